/**
 * `service-account-keys/` of the data directory, where earlier releases kept the keys they made. The store takes them over
 * once, and the files go: a private key has one place.
 */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSigningKey } from '../../jose/key-file.ts';
import type { SigningKey } from '../../jose/keys.ts';
import type { Log } from '../../log/log.ts';
import { FaultError } from './fault-error.ts';
import { readKeyFile } from './key-files.ts';

const DIRECTORY = 'service-account-keys';

/** Oldest first; none when there is no such directory. @throws FaultError when a file of it cannot be used */
export async function readKeptKeys(dataDir: string): Promise<readonly SigningKey[]> {
  return Promise.all((await keptPaths(dataDir)).map(readKeptKey));
}

/** Names sort by age. */
async function keptPaths(dataDir: string): Promise<readonly string[]> {
  const directory = join(dataDir, DIRECTORY);
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.pem'))
    .sort()
    .map((name) => join(directory, name));
}

/** A key of our own making that is damaged is no fault of the settings. */
async function readKeptKey(path: string): Promise<SigningKey> {
  return readKeyFile(path, parseSigningKey).catch((error: Error) => {
    const remedy = error.message.includes('chmod') ? '' : '; restore it from a backup, or remove it';
    throw new FaultError('ERR_DATA_DIRECTORY', `${error.message}${remedy}`, { cause: error });
  });
}

/**
 * Removes the files of keys that the store holds. A file of another key stays, and the log says that nobody reads it.
 *
 * @param isInStore by `kid`
 */
export async function removeKeptKeys(dataDir: string, isInStore: (kid: string) => boolean, log: Log): Promise<void> {
  const paths = await keptPaths(dataDir);
  if (paths.length === 0) return;
  const left: string[] = [];
  for (const path of paths) {
    const key = await readKeptKey(path).catch(() => undefined);
    if (key !== undefined && isInStore(key.kid)) await rm(path);
    else left.push(path);
  }
  if (left.length > 0) return log.warn('key files in the data directory are not read: keys are in the store', { left });
  await rmdir(join(dataDir, DIRECTORY)).catch(() => undefined); // something else lies there: it may stay
  log.info('the signing keys are in the store now; their files were removed', { directory: DIRECTORY });
}
