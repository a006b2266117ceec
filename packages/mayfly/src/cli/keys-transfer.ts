/** `mayfly keys export` and `keys import`: the issuer, moved to another data directory. The server does not run meanwhile. */
import { readFile } from 'node:fs/promises';
import {
  exportKeys,
  importKeys,
  KEY_SET_CONTENT_TYPE,
  KeyTransferError,
  type TransferredKey,
} from '../apiserver/registry/signingkey/transfer.ts';
import { writeFileAtomic } from '../apiserver/server/atomic-file.ts';
import { withStoppedServer } from '../apiserver/server/stopped-server.ts';
import { systemClock } from '../clock/clock.ts';
import { processEnvironment } from '../config/environment.ts';
import { DecryptError, decryptWithPassphrase, encryptWithPassphrase } from '../jose/encrypted.ts';
import { silentLog } from '../log/log.ts';
import { systemRandom } from '../random/random.ts';
import { CommandError } from './failure.ts';
import type { KeyExportOptions, KeyTransferOptions } from './options.ts';
import { readPassphrase } from './passphrase.ts';
import type { Terminal } from './terminal.ts';

const MAX_FILE_BYTES = 4 * 1024 * 1024;

export async function exportSigningKeys(options: KeyExportOptions, terminal: Terminal): Promise<void> {
  const passphrase = await readPassphrase({ file: options.passphraseFile, isNew: true }, terminal);
  const { keySet, keys } = await withStoppedServer(serverOf(options, false), exportKeys).catch(asCommandError);
  const encrypted = await encryptWithPassphrase(keySet, {
    passphrase,
    contentType: KEY_SET_CONTENT_TYPE,
    random: systemRandom,
  });
  await writeFileAtomic(options.to, `${encrypted}\n`, 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot write ${options.to}: ${error.code}`, { cause: error });
  });
  print(keys, 'exported', options.output, terminal);
}

export async function importSigningKeys(path: string, options: KeyTransferOptions, terminal: Terminal): Promise<void> {
  const file = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code}`, { cause: error });
  });
  if (file.length > MAX_FILE_BYTES) throw new CommandError(`${path} is over 4 MiB; is it the right file?`);
  const passphrase = await readPassphrase({ file: options.passphraseFile, isNew: false }, terminal);
  const keySet = await decryptWithPassphrase(file, passphrase, KEY_SET_CONTENT_TYPE).catch(asFault(path));
  const deps = { clock: systemClock, random: systemRandom };
  const { imported, present } = await withStoppedServer(serverOf(options, true), (store) =>
    importKeys(keySet, { store, ...deps }),
  ).catch(asFault(path));
  print(imported, 'imported', options.output, terminal);
  if (present > 0 && options.output !== 'json') terminal.out(`${present} there already\n`);
}

function serverOf({ dataDir }: KeyTransferOptions, mayMake: boolean): Parameters<typeof withStoppedServer>[0] {
  const path = dataDir ?? processEnvironment().MAYFLY_DATA_DIR ?? '.mayfly';
  return { dataDir: path, mayMake, clock: systemClock, log: silentLog };
}

function asCommandError(error: unknown): never {
  if (error instanceof KeyTransferError) throw new CommandError(`nothing exported: ${error.message}`, { cause: error });
  throw error;
}

function asFault(path: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof KeyTransferError || error instanceof DecryptError) {
      throw new CommandError(`nothing imported from ${path}: ${error.message}`, { cause: error });
    }
    throw error;
  };
}

function print(
  keys: readonly TransferredKey[],
  done: 'exported' | 'imported',
  output: string | undefined,
  terminal: Terminal,
): void {
  const lines = keys.map(({ kid, state }) => `${done} ${kid} (${state})\n`);
  terminal.out(output === 'json' ? `${JSON.stringify(keys, null, 2)}\n` : lines.join(''));
}
