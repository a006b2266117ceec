/** `ca.crt` and `ca.key` in the data directory: read and checked, or made once. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import type { Random } from '../../random/random.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { formatKeyed, issueCA, type KeyedCertificate, validityFrom } from '../../x509/issue.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { FaultError } from './fault-error.ts';

const DAY_MS = 86_400_000;
export const CA_LIFETIME_MS = 3650 * DAY_MS;
const WARN_BEFORE_MS = 180 * DAY_MS;

export interface CAFilesOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A CA that exists in memory only. The random part of its name tells two of them apart in a client's trust store. */
export function newCA(clock: Clock, random: Random): KeyedCertificate {
  const commonName = `mayfly-ca-${random.bytes(4).toString('hex')}`;
  return issueCA({ ...validityFrom(clock.nowMs(), CA_LIFETIME_MS), commonName, random });
}

/** @throws FaultError when one file is missing, either is damaged, they do not belong together, or the CA has expired */
export async function loadOrMakeCA({ dataDir, clock, random, log }: CAFilesOptions): Promise<KeyedCertificate> {
  const certPath = join(dataDir, 'ca.crt');
  const keyPath = join(dataDir, 'ca.key');
  const [cert, key] = await Promise.all([readIfPresent(certPath), readIfPresent(keyPath)]);
  // A certificate alone would make a new key, and every kubeconfig in use would stop working without a word.
  if (cert === undefined && key === undefined) return makeCA(clock, random, certPath, keyPath);
  if (cert === undefined)
    throw fault(`${certPath} is missing beside ca.key; restore it, or remove ca.key too to make a new CA`);
  if (key === undefined)
    throw fault(`${keyPath} is missing beside ca.crt; restore it, or remove ca.crt too to make a new CA`);
  const ca = parseCA(cert, key, dataDir);
  const leftMs = ca.certificate.notAfterMs - clock.nowMs();
  if (leftMs <= 0)
    throw fault(`${certPath} has expired; remove ca.crt and ca.key to make a new CA, then hand out ca.crt again`);
  if (leftMs < WARN_BEFORE_MS) log.warn('the built-in CA ends soon', { daysLeft: Math.floor(leftMs / DAY_MS) });
  return ca;
}

async function makeCA(clock: Clock, random: Random, certPath: string, keyPath: string): Promise<KeyedCertificate> {
  const ca = newCA(clock, random);
  const { cert, key } = formatKeyed(ca);
  // The key first: a crash in between leaves a key without certificate, which the next start names.
  await writeFileAtomic(keyPath, key, 0o600);
  await writeFileAtomic(certPath, cert, 0o644);
  return ca;
}

function parseCA(cert: string, keyPEM: string, dataDir: string): KeyedCertificate {
  let certificate: X509Certificate;
  let key: KeyObject;
  try {
    certificate = new X509Certificate(cert);
    key = createPrivateKey(keyPEM);
  } catch (error) {
    throw fault(`ca.crt or ca.key in ${dataDir} is damaged; restore both, or remove both to make a new CA`, error);
  }
  if (!certificate.checkPrivateKey(key)) {
    throw fault(
      `ca.crt and ca.key in ${dataDir} do not belong together; restore both, or remove both to make a new CA`,
    );
  }
  return { certificate: parseCertificate(certificate.raw), key };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fault(`cannot read ${path}`, error);
  }
}

function fault(message: string, cause?: unknown): FaultError {
  return new FaultError('ERR_CA_FILES', message, { cause });
}
