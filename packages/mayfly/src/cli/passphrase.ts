/**
 * The passphrase of an encrypted file: from a file, the environment or the terminal. Never from the command line, where
 * every user of the machine can read it.
 */
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ConfigError } from '../config/config-error.ts';
import { processEnvironment } from '../config/environment.ts';
import { CommandError } from './failure.ts';
import type { Terminal } from './terminal.ts';

export const PASSPHRASE_VARIABLE = 'MAYFLY_KEYS_PASSPHRASE';

/** Characters. The work factor makes each guess slow; it does not make a short word long. */
const MIN_LENGTH = 12;
const MAX_FILE_BYTES = 4096;

export interface PassphraseOptions {
  /** `--passphrase-file`. */
  readonly file: string | undefined;
  /** A new one is asked for twice and must be long. */
  readonly isNew: boolean;
}

/** @throws ConfigError when there is none or it is too short, CommandError when its file cannot be used */
export async function readPassphrase({ file, isNew }: PassphraseOptions, terminal: Terminal): Promise<string> {
  const inEnvironment = processEnvironment()[PASSPHRASE_VARIABLE];
  const passphrase =
    file === undefined ? (inEnvironment ?? (await askPassphrase(isNew, terminal))) : await readPassphraseFile(file);
  if (isNew && passphrase.length < MIN_LENGTH) {
    throw new ConfigError(`the passphrase must have at least ${MIN_LENGTH} characters`);
  }
  return passphrase;
}

async function readPassphraseFile(path: string): Promise<string> {
  const { text, mode } = await readFileAndMode(path);
  if (process.platform !== 'win32' && (mode & 0o066) !== 0) {
    throw new CommandError(`the passphrase file ${path} is open to others: chmod 600 ${path}`);
  }
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase === '') throw new CommandError(`the passphrase file ${path} is empty`);
  return passphrase;
}

/** Both of one open file, so that what was checked is what was read. */
async function readFileAndMode(path: string): Promise<{ text: string; mode: number }> {
  const file = await open(path).catch((error: unknown) => unreadable(path, error));
  try {
    const { mode, size } = await file.stat();
    if (size > MAX_FILE_BYTES) throw new CommandError(`the passphrase file ${path} is over ${MAX_FILE_BYTES} bytes`);
    return { text: await file.readFile('utf8').catch((error: unknown) => unreadable(path, error)), mode };
  } finally {
    await file.close();
  }
}

function unreadable(path: string, error: unknown): never {
  throw new CommandError(`cannot read the passphrase file ${path}: ${(error as NodeJS.ErrnoException).code}`);
}

async function askPassphrase(isNew: boolean, terminal: Terminal): Promise<string> {
  if (process.stdin.isTTY !== true || !terminal.errIsTerminal) {
    throw new ConfigError(`a passphrase is needed: --passphrase-file, ${PASSPHRASE_VARIABLE}, or a terminal to ask on`);
  }
  const passphrase = await ask('passphrase: ', terminal);
  if (isNew && (await ask('once more: ', terminal)) !== passphrase) throw new ConfigError('the passphrases differ');
  return passphrase;
}

/** What is typed is not shown. */
async function ask(prompt: string, terminal: Terminal): Promise<string> {
  terminal.err(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const stop = new AbortController();
  lines.once('SIGINT', () => stop.abort()); // the terminal is in raw mode: Ctrl-C is a key like any other
  try {
    return await lines.question('', { signal: stop.signal });
  } catch {
    throw new CommandError('no passphrase was given');
  } finally {
    lines.close();
    terminal.err('\n');
  }
}
