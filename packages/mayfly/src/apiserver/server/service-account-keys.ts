/**
 * The keys service account tokens are signed and verified with: files the operator names, or keys of our own making.
 *
 * Our own are kept one a file in `service-account-keys/` of the data directory, so that a key that once signed goes on
 * verifying when another algorithm is asked for.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { KeyShape, SigningAlgorithm } from '../../jose/algorithms.ts';
import { parseSigningKey, parseVerificationKeys } from '../../jose/key-file.ts';
import { generateSigningKey, KeyError, type SigningKey } from '../../jose/keys.ts';
import { Keyring, newFileKeyring } from '../serviceaccount/keyring.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { FaultError } from './fault-error.ts';

const SHAPE: Readonly<Record<SigningAlgorithm, KeyShape>> = {
  RS256: 'RSA',
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
};

/**
 * Where an external signer has the keys there are none here: neither made nor read.
 *
 * @param dataDir undefined: a new key that lives in memory
 * @throws ConfigError when a named file holds no usable key
 */
export async function loadServiceAccountKeys(config: ServerConfig, dataDir: string | undefined): Promise<Keyring> {
  if (config.serviceAccountSigningEndpoint !== undefined) return new Keyring({ entries: [], signer: undefined });
  if (config.serviceAccountKeyFile.length > 0) return namedKeys(config);
  const shape = SHAPE[config.serviceAccountSigningAlgorithm];
  const kept = dataDir === undefined ? [] : await keptKeys(join(dataDir, DIRECTORY));
  const signingKey = kept.findLast((key) => key.shape === shape) ?? (await newKey(shape, dataDir, kept.length));
  return newFileKeyring({ signingKey, verificationKeys: [...new Set([signingKey, ...kept])] });
}

const DIRECTORY = 'service-account-keys';

async function newKey(shape: KeyShape, dataDir: string | undefined, keptCount: number): Promise<SigningKey> {
  const key = await generateSigningKey(shape);
  if (dataDir === undefined) return key;
  await mkdir(join(dataDir, DIRECTORY), { recursive: true, mode: 0o700 });
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const name = `${String(keptCount + 1).padStart(4, '0')}-${shape}.pem`; // names sort by age
  await writeFileAtomic(join(dataDir, DIRECTORY, name), pem.toString(), 0o600);
  return key;
}

/** Oldest first. */
async function keptKeys(directory: string): Promise<readonly SigningKey[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const paths = names.filter((name) => name.endsWith('.pem')).sort();
  return Promise.all(paths.map((name) => readKeptKey(join(directory, name))));
}

async function namedKeys(config: ServerConfig): Promise<Keyring> {
  const verificationKeys = await Promise.all(
    config.serviceAccountKeyFile.map((path) => readKeyFile(path, parseVerificationKeys)),
  );
  const signingKey =
    config.serviceAccountSigningKeyFile === undefined
      ? undefined
      : await readKeyFile(config.serviceAccountSigningKeyFile, parseSigningKey);
  return newFileKeyring({ signingKey, verificationKeys: verificationKeys.flat() });
}

/** A key of our own making that is damaged is no fault of the settings. */
async function readKeptKey(path: string): Promise<SigningKey> {
  return readKeyFile(path, parseSigningKey).catch((error: Error) => {
    throw new FaultError('ERR_DATA_DIRECTORY', `${error.message}; restore it from a backup, or remove it`, {
      cause: error,
    });
  });
}

async function readKeyFile<T>(path: string, parse: (pem: string) => T): Promise<T> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof KeyError) throw new ConfigError(`${path}: ${error.message}`);
    throw new ConfigError(`cannot read the key file ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
