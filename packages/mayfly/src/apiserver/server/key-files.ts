/** Files of keys: `--service-account-key-file`, `--service-account-signing-key-file`. */
import { open } from 'node:fs/promises';
import { ConfigError } from '../../config/config-error.ts';
import { KeyError } from '../../jose/keys.ts';

/**
 * Reads a file of keys. One that holds a private key is for its owner alone.
 *
 * @throws ConfigError naming the file: it cannot be read, others can read it, or `parse` finds no key in it
 */
export async function readKeyFile<T>(path: string, parse: (pem: string) => T): Promise<T> {
  const { text, mode } = await readFileAndMode(path);
  if (isOpenToOthers(mode) && text.includes('PRIVATE KEY-----')) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    throw new ConfigError(`${path} holds a private key and is open to others (mode ${shown}): chmod 600 ${path}`);
  }
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof KeyError) throw new ConfigError(`${path}: ${error.message}`);
    throw error;
  }
}

/** Windows has no such bits. */
function isOpenToOthers(mode: number): boolean {
  return process.platform !== 'win32' && (mode & 0o066) !== 0;
}

/** Both of one open file, so that what was checked is what was read. */
async function readFileAndMode(path: string): Promise<{ text: string; mode: number }> {
  try {
    await using file = await open(path);
    return { text: await file.readFile('utf8'), mode: (await file.stat()).mode };
  } catch (error) {
    throw new ConfigError(`cannot read the key file ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
