/** `mayfly up` and `mayfly server`: lock the data directory, start, say so, stay until a signal. */
import { resolve } from 'node:path';
import { openDataDirectory, type ReadyContents } from '../apiserver/server/data-directory.ts';
import { type RunningServer, startServer } from '../apiserver/server/start.ts';
import { systemClock } from '../clock/clock.ts';
import { loadConfig, type ServerConfig } from '../config/config.ts';
import { processEnvironment, readConfigFile } from '../config/environment.ts';
import type { ServerCommand } from '../config/settings.ts';
import type { Log } from '../log/log.ts';
import { newLog } from '../log/pino-log.ts';
import { systemRandom } from '../random/random.ts';
import { VERSION } from '../version.ts';
import type { Terminal } from './terminal.ts';

export interface ServeOptions {
  readonly command: ServerCommand;
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly hasExample: boolean;
  readonly terminal: Terminal;
}

/** @throws ConfigError, FaultError; resolves when a signal has ended the server */
export async function serve({ command, flags, hasExample, terminal }: ServeOptions): Promise<void> {
  const env = processEnvironment();
  const file = await readConfigFile(flags.get('config')?.at(-1) ?? env.MAYFLY_CONFIG);
  const { config } = loadConfig({ command, flags, env, file });
  const log = newLog({
    verbosity: config.v,
    isTerminal: terminal.errIsTerminal,
    hasColor: terminal.errIsTerminal && (env.NO_COLOR ?? '') === '',
    write: terminal.err,
  });
  const dataDirectory = await openDataDirectory({ path: config.dataDir, log });
  try {
    const server = await startServer({ config, clock: systemClock, random: systemRandom, log });
    const stopping = new AbortController();
    const ended = closeOnSignal(server, log, stopping);
    try {
      await dataDirectory.writeReady(readyContents(server));
      greet(server, config, terminal);
      if (hasExample) await tellExample(server, terminal);
    } catch (error) {
      // Ctrl-C in the middle of the example is no failure: its next call finds the server gone.
      if (!stopping.signal.aborted) {
        await server.close();
        throw error;
      }
    }
    await ended;
  } finally {
    await dataDirectory.close();
  }
}

function readyContents(server: RunningServer): ReadyContents {
  const startupMs = Math.round(systemClock.monotonicMs()); // the monotonic clock starts with the process
  return {
    version: VERSION,
    pid: process.pid,
    startedAt: new Date(systemClock.nowMs() - startupMs).toISOString(),
    startupMs,
    apiServer: server.url,
    broker: null,
    console: null,
    kubeconfig: resolve(server.kubeconfig),
    caFile: resolve(server.caFile),
    brokerTokenFile: null,
  };
}

/** `server` speaks through its log alone; `up` is started by people. */
function greet(server: RunningServer, config: ServerConfig, terminal: Terminal): void {
  if (config.command !== 'up') return;
  terminal.out(`mayfly ${VERSION} is up at ${server.url}\n\n  export KUBECONFIG=${resolve(server.kubeconfig)}\n\n`);
}

async function tellExample({ kubeconfig }: RunningServer, terminal: Terminal): Promise<void> {
  const { runExample } = await import('./example.ts');
  await runExample({ kubeconfig: resolve(kubeconfig), terminal });
}

/**
 * Resolves when SIGTERM or SIGINT has ended the server; a second one ends the process at once. SIGHUP reloads.
 *
 * Nothing acknowledged is lost by the second: a write is durable before it is acknowledged. One that comes at once is the
 * first again: a supervisor signals the whole group, and npm and the shell above us pass on what they got.
 */
function closeOnSignal(server: RunningServer, log: Log, stopping: AbortController): Promise<void> {
  return new Promise((resolve, reject) => {
    let firstMs = 0;
    const end = (signal: NodeJS.Signals): void => {
      const nowMs = systemClock.monotonicMs();
      if (stopping.signal.aborted) {
        if (nowMs - firstMs >= ECHO_MS) process.exit(EXIT_BY_SECOND_SIGNAL);
        return;
      }
      firstMs = nowMs;
      stopping.abort();
      log.info('stopping', { signal });
      server.close().then(resolve, reject);
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
    process.on('SIGHUP', () => {
      log.info('reloading', { signal: 'SIGHUP' });
      server.reload().catch((error: unknown) => log.error('not reloaded', { error: (error as Error).message }));
    });
  });
}

const ECHO_MS = 500;
const EXIT_BY_SECOND_SIGNAL = 130;
