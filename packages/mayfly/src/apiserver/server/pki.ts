/**
 * The built-in CA and what it signs: the serving certificate, and the admin's client certificate in `kubeconfig`.
 *
 * The CA's key is the only one that stays on disk beside the admin's; a serving key lives in memory and is new with every
 * start and renewal. Without a data directory everything is in memory, for tests.
 *
 * @see spec command-line "Files in the data directory"; docs/adr/0006-own-x509.md
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import type { Random } from '../../random/random.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatKeyed, issueClient, issueServing, type KeyedCertificate, validityFrom } from '../../x509/issue.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { CA_LIFETIME_MS, loadOrMakeCA, newCA } from './ca-files.ts';
import { formatKubeconfig, readClientMaterial } from './kubeconfig-file.ts';
import { type ServingFiles, selfSignedPEM, servingFilesMaterial } from './serving-files.ts';
import type { TLSMaterial } from './tls-material.ts';

export type { TLSMaterial };

export interface PKI {
  /** PEM of the built-in CA: it signs the serving certificate and the admin's client certificate. */
  readonly caPEM: string;
  /** The same, parsed: always an anchor of client certificates. */
  readonly ca: Certificate;
  /** PEM of what verifies the certificate that is served; undefined when clients must know its root already. */
  servingCABundle(): string | undefined;
  /** What the listener serves now. */
  servingMaterial(): TLSMaterial;
  /** What our own clients are served under `LOOPBACK_SERVER_NAME`, whatever certificate the operator chose. In memory only. */
  loopbackMaterial(): TLSMaterial;
  /** Called with new material whenever it was renewed; returns how to stop. */
  onRenewed(listener: (material: TLSMaterial) => void): () => void;
  /** Client certificate of `mayfly-admin` in `system:masters`. */
  adminMaterial(): TLSMaterial;
  /** Text of an admin kubeconfig for `serverURL`. */
  kubeconfig(serverURL: string): string;
  /** Writes that text to `kubeconfig` in the data directory (mode 0600) and returns the path; undefined in memory. */
  writeKubeconfig(serverURL: string): Promise<string | undefined>;
  /** Renews what is due and reads changed files again; a broken file is logged and the old one stays. Runs every minute. */
  refresh(): Promise<void>;
  /** Stops the timer. */
  close(): void;
}

export interface PKIOptions {
  /** Holds `ca.crt`, `ca.key` and `kubeconfig`; undefined: all in memory. */
  readonly dataDir: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Further names and addresses of the serving certificate, as `servingHosts` lists them. */
  readonly hosts: readonly string[];
  readonly log: Log;
  /** `--tls-cert-file` and its key, served instead of a certificate of ours. */
  readonly servingFiles?: ServingFiles | undefined;
}

/** By this name the server's own clients ask for a certificate they can trust. @see kubernetes/apiserver pkg/server/loopback.go */
export const LOOPBACK_SERVER_NAME = 'apiserver-loopback-client';

const DAY_MS = 86_400_000;
const SERVING_LIFETIME_MS = 90 * DAY_MS;
const ADMIN_LIFETIME_MS = 365 * DAY_MS;
const REFRESH_INTERVAL_MS = 60_000;

/** The names by which clients on this machine and in a cluster reach an API server, and the caller's own. */
export function servingHosts(own: readonly string[]): string[] {
  const wellKnown = ['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const unspecified = new Set(['0.0.0.0', '::', '']);
  return [...new Set([...own, ...wellKnown])].filter((host) => !unspecified.has(host));
}

/**
 * Reads or makes the CA, and makes the serving and admin certificates.
 *
 * @throws FaultError when the CA's files are damaged, do not belong together or have expired
 * @throws ConfigError when `servingFiles` cannot be used
 */
export async function openPKI(options: PKIOptions): Promise<PKI> {
  const { dataDir, clock, servingFiles } = options;
  const ca = dataDir === undefined ? newCA(clock, options.random) : await loadOrMakeCA({ ...options, dataDir });
  const material = servingFiles === undefined ? undefined : await servingFilesMaterial(servingFiles);
  const admin = (await keptAdmin(options, ca)) ?? newAdmin(options, ca);
  return new BuiltInPKI(options, ca, admin, material);
}

class BuiltInPKI implements PKI {
  readonly ca: Certificate;
  readonly caPEM: string;
  readonly #options: PKIOptions;
  readonly #issuer: KeyedCertificate;
  readonly #admin: TLSMaterial;
  readonly #listeners = new Set<(material: TLSMaterial) => void>();
  #serving: TLSMaterial;
  /** Undefined while files are served: they are not ours to renew. */
  #renewAtMs: number | undefined;
  #timer: Timer;

  constructor(options: PKIOptions, issuer: KeyedCertificate, admin: TLSMaterial, fromFiles: TLSMaterial | undefined) {
    this.#options = options;
    this.#issuer = issuer;
    this.#admin = admin;
    this.ca = issuer.certificate;
    this.caPEM = formatKeyed(issuer).cert;
    this.#serving = fromFiles ?? this.#newServing();
    this.#timer = this.#schedule();
  }

  servingMaterial(): TLSMaterial {
    return this.#serving;
  }

  loopbackMaterial(): TLSMaterial {
    const { clock, random } = this.#options;
    const lifetime = validityFrom(clock.nowMs(), CA_LIFETIME_MS); // as long as the process may run
    const named = { commonName: LOOPBACK_SERVER_NAME, hosts: [LOOPBACK_SERVER_NAME], random };
    return formatKeyed(issueServing({ ...lifetime, ...named }, this.#issuer));
  }

  adminMaterial(): TLSMaterial {
    return this.#admin;
  }

  onRenewed(listener: (material: TLSMaterial) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  servingCABundle(): string | undefined {
    return this.#options.servingFiles === undefined ? this.caPEM : selfSignedPEM(this.#serving.cert);
  }

  kubeconfig(serverURL: string): string {
    return formatKubeconfig({ serverURL, caPEM: this.servingCABundle(), client: this.#admin });
  }

  async writeKubeconfig(serverURL: string): Promise<string | undefined> {
    const { dataDir } = this.#options;
    if (dataDir === undefined) return undefined;
    const path = join(dataDir, 'kubeconfig');
    await writeFileAtomic(path, this.kubeconfig(serverURL), 0o600);
    return path;
  }

  async refresh(): Promise<void> {
    const { servingFiles, clock, log } = this.#options;
    if (servingFiles === undefined) {
      if (clock.nowMs() >= (this.#renewAtMs ?? 0)) this.#replace(this.#newServing());
      return;
    }
    try {
      const material = await servingFilesMaterial(servingFiles);
      if (material.cert !== this.#serving.cert || material.key !== this.#serving.key) this.#replace(material);
    } catch (error) {
      log.warn('serving certificate not reloaded; the old one stays in use', { error: (error as Error).message });
    }
  }

  close(): void {
    this.#timer.cancel();
    this.#listeners.clear();
  }

  #replace(material: TLSMaterial): void {
    this.#serving = material;
    this.#options.log.info('serving certificate replaced');
    for (const listener of this.#listeners) listener(material);
  }

  /** A timer may fire early (Node.js caps its delay) and clocks step, so it asks whether a renewal is due. */
  #schedule(): Timer {
    return this.#options.clock.setTimer(REFRESH_INTERVAL_MS, () => {
      void this.refresh();
      this.#timer = this.#schedule();
    });
  }

  #newServing(): TLSMaterial {
    const { clock, random, dataDir } = this.#options;
    const nowMs = clock.nowMs();
    // In memory the certificate lasts as long as its CA: a test may move its clock far from that of its TLS client.
    const lifetimeMs = dataDir === undefined ? CA_LIFETIME_MS : SERVING_LIFETIME_MS;
    const request = {
      ...validityFrom(nowMs, lifetimeMs),
      commonName: 'kubernetes',
      hosts: servingHosts(this.#options.hosts),
      random,
    };
    const serving = issueServing(request, this.#issuer);
    this.#renewAtMs = renewalMs(nowMs, serving.certificate);
    return formatKeyed(serving);
  }
}

/** Two thirds of a life leaves a month to notice that renewing fails. */
function renewalMs(startMs: number, certificate: Certificate): number {
  return startMs + ((certificate.notAfterMs - startMs) * 2) / 3;
}

function newAdmin({ clock, random, dataDir }: PKIOptions, ca: KeyedCertificate): TLSMaterial {
  const lifetimeMs = dataDir === undefined ? CA_LIFETIME_MS : ADMIN_LIFETIME_MS;
  const validity = validityFrom(clock.nowMs(), lifetimeMs);
  return formatKeyed(
    issueClient({ ...validity, commonName: 'mayfly-admin', organizations: ['system:masters'], random }, ca),
  );
}

/** The credential in the kubeconfig of an earlier run, while it is ours, whole, and has a third of its life left. */
async function keptAdmin({ dataDir, clock }: PKIOptions, ca: KeyedCertificate): Promise<TLSMaterial | undefined> {
  if (dataDir === undefined) return undefined;
  try {
    const material = readClientMaterial(await readFile(join(dataDir, 'kubeconfig'), 'utf8'));
    if (material === undefined) return undefined;
    const certificate = new X509Certificate(material.cert);
    const isOurs = certificate.verify(new X509Certificate(ca.certificate.raw).publicKey);
    const leftMs = certificate.validToDate.getTime() - clock.nowMs();
    const fits = certificate.checkPrivateKey(createPrivateKey(material.key));
    return isOurs && fits && leftMs > ADMIN_LIFETIME_MS / 3 ? material : undefined;
  } catch {
    return undefined; // absent or damaged: a new one is made and written over it
  }
}
