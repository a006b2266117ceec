/** Reads the part of a kubeconfig that the commands need: one server, its CA, one credential. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { processEnvironment } from '../config/environment.ts';
import { CommandError } from './failure.ts';
import type { ClientOptions } from './options.ts';

/** How to reach a server and as whom. PEM texts. */
export interface ServerAccess {
  readonly server: string;
  /** Undefined: the system's trust store. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly token: string | undefined;
}

/** `--kubeconfig`, else the first file of KUBECONFIG, else the one in the data directory. */
export function kubeconfigPath(options: ClientOptions): string {
  const env = processEnvironment();
  const fromEnvironment = env.KUBECONFIG?.split(':').find((path) => path !== '');
  if (options.kubeconfig !== undefined) return options.kubeconfig;
  if (options.dataDir === undefined && fromEnvironment !== undefined) return fromEnvironment;
  return join(options.dataDir ?? env.MAYFLY_DATA_DIR ?? '.mayfly', 'kubeconfig');
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws CommandError when the file is absent, is no kubeconfig, or its current context is incomplete */
export async function readKubeconfig(path: string): Promise<ServerAccess> {
  const config = await parseFile(path);
  const context = named(config, 'contexts', 'context', config['current-context'], path);
  const cluster = named(config, 'clusters', 'cluster', context.cluster, path);
  const user = named(config, 'users', 'user', context.user, path);
  const base = dirname(path);
  if (typeof cluster.server !== 'string') throw new CommandError(`kubeconfig ${path} names no server`);
  return {
    server: cluster.server,
    ca: await material(cluster, 'certificate-authority', base),
    cert: await material(user, 'client-certificate', base),
    key: await material(user, 'client-key', base),
    token: typeof user.token === 'string' ? user.token : await readOptional(user.tokenFile, base),
  };
}

async function parseFile(path: string): Promise<Fields> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const hint =
      error.code === 'ENOENT'
        ? 'does not exist; start mayfly up, or give --kubeconfig'
        : `cannot be read (${error.code})`;
    throw new CommandError(`kubeconfig ${path} ${hint}`);
  });
  const { parseYAML } = await import('../config/yaml.ts');
  try {
    const value = parseYAML(text);
    if (typeof value === 'object' && value !== null) return value as Fields;
  } catch {
    // The parser's text quotes the line it failed at, which may be a key.
  }
  throw new CommandError(`kubeconfig ${path} is not YAML`);
}

function named(config: Fields, list: string, field: string, name: unknown, path: string): Fields {
  const entries = Array.isArray(config[list]) ? (config[list] as Fields[]) : [];
  const found = entries.find((entry) => entry.name === name)?.[field];
  if (typeof found === 'object' && found !== null) return found as Fields;
  throw new CommandError(`kubeconfig ${path} has no ${field} "${String(name)}"`);
}

async function material(fields: Fields, name: string, base: string): Promise<string | undefined> {
  const data = fields[`${name}-data`];
  return typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : readOptional(fields[name], base);
}

async function readOptional(path: unknown, base: string): Promise<string | undefined> {
  if (typeof path !== 'string') return undefined;
  const text = await readFile(resolve(base, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${resolve(base, path)}, named by the kubeconfig, cannot be read (${error.code})`);
  });
  return text.trim();
}
