import { readFile } from 'node:fs/promises';
import type { ConfigSources } from './config.ts';
import { ConfigError } from './config-error.ts';

/** The process's environment. This folder is its only reader. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * Reads `--config`.
 *
 * @throws ConfigError when it cannot be read or is not YAML
 */
export async function readConfigFile(path: string | undefined): Promise<ConfigSources['file']> {
  if (path === undefined) return undefined;
  const { parseYAML } = await import('./yaml.ts'); // only a start with a file pays for it
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`--config ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (text.length > MAX_CONFIG_BYTES) throw new ConfigError(`--config ${path} is over 1 MiB`);
  try {
    return { path, content: parseYAML(text) };
  } catch (error) {
    throw new ConfigError(`--config ${path} is not YAML: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}
