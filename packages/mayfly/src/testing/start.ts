/**
 * A whole Mayfly in the test's own process, on the in-memory store and a clock that the test moves.
 *
 * It needs no files, no root and no fixed port, is ready in well under a second, and many run side by side. What answers is
 * the real thing over real TLS: filters, authentication, authorization, registry, controllers.
 *
 * ```ts
 * const mayfly = await startMayfly();
 * const token = await mayfly.issueToken('default', 'app', { audiences: ['vault'] });
 * mayfly.clock.advance(3_600_000);
 * await mayfly.close();
 * ```
 *
 * `startMayfly({ store: first.store, clock: another })` is a second server of the same cluster, with its own clock.
 */

import type { TokenRequest } from '@mayfly/api/authentication/v1/token-request';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { type KubeClient, newKubeClient } from '@mayfly/sdk/kube/client';
import type { AuditEvent } from '../apiserver/audit/event.ts';
import type { AuditSink } from '../apiserver/audit/sink.ts';
import { startAPIServer } from '../apiserver/server/api-server.ts';
import { openPKI, servingHosts } from '../apiserver/server/pki.ts';
import { generateKey, openServiceAccountKeys } from '../apiserver/server/service-account-keys.ts';
import { type Clock, systemClock } from '../clock/clock.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { newServerConfig, type ServerConfig } from '../config/config.ts';
import { newFetcher } from '../httpclient/fetch.ts';
import type { SigningAlgorithm } from '../jose/algorithms.ts';
import type { SigningKey } from '../jose/keys.ts';
import { type Log, silentLog } from '../log/log.ts';
import { type Random, systemRandom } from '../random/random.ts';
import { newMemoryStore } from '../storage/memory/memory-store.ts';
import type { Store } from '../storage/store.ts';

export type { AuditEvent } from '../apiserver/audit/event.ts';
export { type Clock, systemClock } from '../clock/clock.ts';

/** Any setting of `mayfly up`, and the worlds a test may want to hold. */
export interface MayflyOptions<C extends Clock = FakeClock> extends Partial<Omit<ServerConfig, 'command' | 'dataDir'>> {
  /** `systemClock` where real clients wait for real time to pass; else one that stands still. */
  readonly clock?: C;
  /** One that another server stands on too: it stays open when this one closes. */
  readonly store?: Store;
  readonly random?: Random;
  readonly log?: Log;
  /** Told instead of the audit log. */
  readonly auditSink?: AuditSink;
}

export interface Mayfly<C extends Clock = FakeClock> {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** PEM. */
  readonly caCertificate: string;
  /** Of a cluster admin, as YAML text; works with any Kubernetes client. */
  readonly kubeconfig: string;
  /** The one given; else starts at the current second and stands still until advanced. */
  readonly clock: C;
  readonly store: Store;
  /** Cluster admin, by client certificate. */
  readonly admin: KubeClient;
  /** A client with a bearer token, or with no credential at all. */
  client(token?: string): KubeClient;
  /** Every audit event so far, unless `auditSink` was given. */
  readonly auditEvents: readonly AuditEvent[];
  /** A bound token; makes the service account if it is missing. */
  issueToken(namespace: string, serviceAccount: string, spec?: Partial<TokenRequest['spec']>): Promise<string>;
  close(): Promise<void>;
}

export async function startMayfly(options?: MayflyOptions): Promise<Mayfly>;
export async function startMayfly<C extends Clock>(
  options: MayflyOptions<C> & { readonly clock: C },
): Promise<Mayfly<C>>;
export async function startMayfly(options: MayflyOptions<Clock> = {}): Promise<Mayfly<Clock>> {
  const {
    clock = new FakeClock(wholeSecond()),
    random = systemRandom,
    log = silentLog,
    auditSink,
    ...settings
  } = options;
  const { store = newMemoryStore({ clock }), ...overrides } = settings;
  const ownStore = settings.store === undefined ? store : undefined;
  const config = newServerConfig('up', { listen: { host: '127.0.0.1', port: 0 }, ...overrides, dataDir: '' });
  const audit = new CollectedAudit();
  const [pki, keys] = await Promise.all([
    openPKI({ dataDir: undefined, clock, random, hosts: servingHosts([config.listen.host]), log }),
    openServiceAccountKeys({ config, store, dataDir: undefined, clock, random, log, firstKey }),
  ]);
  const server = await startAPIServer({
    config,
    store,
    pki,
    keys,
    auditSink: auditSink ?? audit,
    clock,
    random,
    log,
  });
  await server.settled; // the same objects in every test, from its first line on
  const { cert: certificate, key } = pki.adminMaterial();
  const fetchOptions = { clock, ca: pki.caPEM, timeoutMs: 60_000, maxResponseBytes: 2 ** 28 };
  const asAdmin = newFetcher({ ...fetchOptions, clientCertificate: { certificate, key } });
  const asAnybody = newFetcher(fetchOptions);
  const admin = newKubeClient({ baseURL: server.url, fetch: asAdmin.fetch });
  return {
    url: server.url,
    caCertificate: pki.caPEM,
    kubeconfig: pki.kubeconfig(server.url),
    clock,
    store,
    admin,
    client: (token) =>
      newKubeClient({
        baseURL: server.url,
        fetch: asAnybody.fetch,
        ...(token !== undefined && { token: () => token }),
      }),
    auditEvents: audit.events,
    issueToken: (namespace, name, spec) => issueToken(admin, namespace, name, spec),
    close: () => close([asAdmin, asAnybody], [server, keys, ownStore]),
  };
}

function wholeSecond(): number {
  return Math.floor(systemClock.nowMs() / 1000) * 1000;
}

/** Making an RSA key takes a tenth of a second, so the stores of one test process share their first. */
const firstKeys = new Map<SigningAlgorithm, Promise<SigningKey>>();

function firstKey(algorithm: SigningAlgorithm): Promise<SigningKey> {
  const key = firstKeys.get(algorithm) ?? generateKey(algorithm);
  firstKeys.set(algorithm, key);
  return key;
}

class CollectedAudit implements AuditSink {
  readonly events: AuditEvent[] = [];

  write(event: AuditEvent): undefined {
    this.events.push(event);
  }

  get counts(): AuditSink['counts'] {
    return { written: this.events.length, lost: 0 };
  }

  flush = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
}

const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };

async function issueToken(
  admin: KubeClient,
  namespace: string,
  name: string,
  spec: Partial<TokenRequest['spec']> = {},
): Promise<string> {
  const account: ServiceAccount = { metadata: { name, namespace } };
  await admin.create(SERVICE_ACCOUNTS, account).catch((error: { reason?: string }) => {
    if (error.reason !== 'AlreadyExists') throw error;
  });
  const target = { namespace, name, subresource: 'token' };
  const issued = await admin.create<TokenRequest>(SERVICE_ACCOUNTS, { spec } as TokenRequest, target);
  return issued.status?.token ?? '';
}

async function close(
  fetchers: readonly { close(): void }[],
  inOrder: readonly ({ close(): Promise<void> } | undefined)[],
): Promise<void> {
  for (const fetcher of fetchers) fetcher.close();
  for (const each of inOrder) await each?.close();
}
