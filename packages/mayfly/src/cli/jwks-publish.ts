/** `mayfly jwks publish`: once, or until a signal. Credentials are read again for each round, since they renew themselves. */
import { resolve } from 'node:path';
import { keepProcessAlive, systemClock } from '../clock/clock.ts';
import { ConfigError } from '../config/config-error.ts';
import { KINDS } from '../config/kinds.ts';
import { type FetchOptions, newFetcher } from '../httpclient/fetch.ts';
import { placeFault } from '../keysetpublisher/documents.ts';
import { type Answer, type Published, publish } from '../keysetpublisher/publish.ts';
import { publishForever } from '../keysetpublisher/watch.ts';
import { VERSION } from '../version.ts';
import { CommandError } from './failure.ts';
import { kubeconfigPath, readKubeconfig, type ServerAccess } from './kubeconfig.ts';
import type { JWKSPublishOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

const TIMEOUT_MS = 15_000;
const DEADLINE_MS = 60_000;
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** @throws ConfigError for what was typed, CommandError when a single round failed; with --watch resolves at a signal */
export async function publishJWKS(options: JWKSPublishOptions, terminal: Terminal): Promise<void> {
  const url = options.url?.replace(/\/$/, '');
  const fault = url === undefined ? undefined : placeFault(url);
  if (fault !== undefined) throw new ConfigError(fault);
  const intervalMs = intervalOf(options);
  const directory = resolve(options.to);
  const round = () => publishRound(options, directory, url);
  if (options.watch === true) return watch(round, intervalMs, terminal);
  const published = await round().catch((error: Error) => {
    throw new CommandError(`not published: ${error.message}`, { cause: error });
  });
  tell(published, terminal);
}

function intervalOf({ watch, interval }: JWKSPublishOptions): number | undefined {
  if (interval === undefined) return undefined;
  if (watch !== true) throw new ConfigError('--interval needs --watch');
  const ms = parseInterval(interval);
  if (ms < 1000) throw new ConfigError('--interval must be 1s or more');
  return ms;
}

function parseInterval(interval: string): number {
  try {
    return KINDS.duration.parse(interval);
  } catch (error) {
    throw new ConfigError(`--interval ${(error as Error).message}`);
  }
}

async function publishRound(
  options: JWKSPublishOptions,
  directory: string,
  url: string | undefined,
): Promise<Published> {
  const access = await readKubeconfig(kubeconfigPath(options));
  const fetcher = newFetcher(fetchOptions(access));
  const get = async (path: string, contentType: string): Promise<Answer> => {
    const response = await fetcher.fetch(new URL(path, access.server).href, {
      method: 'GET',
      signal: AbortSignal.timeout(DEADLINE_MS), // the body included
      headers: {
        accept: contentType,
        'user-agent': `mayfly/${VERSION}`,
        ...(access.token !== undefined && { authorization: `Bearer ${access.token}` }),
      },
    });
    const body = await response.text();
    return { status: response.status, cacheControl: response.headers.get('cache-control'), body };
  };
  try {
    return await publish({ get, directory, place: { server: access.server, url } });
  } finally {
    fetcher.close();
  }
}

function fetchOptions({ ca, cert, key }: ServerAccess): FetchOptions {
  return {
    clock: systemClock,
    timeoutMs: TIMEOUT_MS,
    maxResponseBytes: MAX_DOCUMENT_BYTES,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { clientCertificate: { certificate: cert, key } }),
  };
}

async function watch(
  round: () => Promise<Published>,
  intervalMs: number | undefined,
  terminal: Terminal,
): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  const alive = keepProcessAlive();
  await publishForever({
    publish: round,
    intervalMs,
    clock: systemClock,
    signal: stopping.signal,
    onPublished: (published) => tell(published, terminal),
    onFailed: (text) => terminal.err(`warning: ${text}\n`),
  });
  alive.cancel();
}

/** Nothing, where nothing changed: a service that runs for months has a log to keep short. */
function tell({ written }: Published, terminal: Terminal): void {
  for (const path of written) terminal.out(`published ${path}\n`);
}
