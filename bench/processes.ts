/** Starts the program, the baseline and the load generator as processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { openPKI, servingHosts } from '../packages/mayfly/src/apiserver/server/pki.ts';
import { systemClock } from '../packages/mayfly/src/clock/clock.ts';
import { silentLog } from '../packages/mayfly/src/log/log.ts';
import { systemRandom } from '../packages/mayfly/src/random/random.ts';
import type { LoadPlan, LoadResult } from './load.ts';

export const MAYFLY = join(import.meta.dirname, '../packages/mayfly/bin/mayfly.js');

export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly ca: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Time from spawning the process to the ready file, milliseconds. */
  readonly readyMs: number;
  /** Resident set size now, bytes. */
  rssBytes(): Promise<number>;
  /** A request as cluster admin. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** Nothing in the log but what goes wrong. */
export const QUIET: readonly string[] = ['--v=0'];

/** `mayfly server` (or `up`) on a data directory (a new one unless given, removed at the end unless given). */
export async function startServer(
  flags: readonly string[] = [],
  givenDataDir?: string,
  command: 'server' | 'up' = 'server',
): Promise<Server> {
  const dataDir = givenDataDir ?? (await mkdtemp(join(tmpdir(), 'mayfly-bench-')));
  const startedMs = performance.now();
  const child = spawn(process.execPath, [MAYFLY, command, '--data-dir', dataDir, '--listen', '127.0.0.1:0', ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ready = await readyFile(child, join(dataDir, 'ready.json'));
  const readyMs = performance.now() - startedMs;
  const [ca, kubeconfig] = await Promise.all([readFile(ready.caFile, 'utf8'), readFile(ready.kubeconfig, 'utf8')]);
  const field = (name: string): string =>
    Buffer.from(new RegExp(`${name}: (\\S+)`).exec(kubeconfig)?.[1] ?? '', 'base64').toString();
  const agent = new Agent({
    keepAlive: true,
    ca,
    cert: field('client-certificate-data'),
    key: field('client-key-data'),
  });
  return {
    url: ready.apiServer,
    port: Number(new URL(ready.apiServer).port),
    ca,
    dataDir,
    pid: child.pid ?? 0,
    readyMs,
    rssBytes: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
    },
    api: (method, path, body) => callAPI(agent, ready.apiServer + path, method, body),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await stop(child);
      if (givenDataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const CLOCK_TICKS_PER_SECOND = 100; // USER_HZ, which Linux fixes for /proc

/** Processor time a process has used with all its threads, microseconds (Linux; NaN elsewhere). */
export async function cpuMicros(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the first is field 3 of proc_pid_stat(5)
  return ((Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND) * 1e6;
}

export interface BareServer extends AsyncDisposable {
  readonly port: number;
  readonly ca: string;
  readonly pid: number;
}

/** The baseline, serving a certificate of the same kind as ours. */
export async function startBareServer(bodyBytes: number): Promise<BareServer> {
  const deps = { clock: systemClock, random: systemRandom, log: silentLog };
  const pki = await openPKI({ ...deps, dataDir: undefined, hosts: servingHosts([]) });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-server.ts'), String(bodyBytes)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin?.end(JSON.stringify(pki.servingMaterial()));
  pki.close();
  const port = await new Promise<number>((resolve) => child.stdout?.once('data', (line) => resolve(Number(line))));
  return { port, ca: pki.caPEM, pid: child.pid ?? 0, [Symbol.asyncDispose]: () => stop(child) };
}

export async function load(plan: LoadPlan): Promise<LoadResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin?.end(JSON.stringify(plan));
  const result = JSON.parse(await text(child.stdout)) as LoadResult;
  const failed = Object.entries(result.failures);
  if (failed.length > 0) throw new Error(`requests failed: ${failed.map(([code, n]) => `${n} × ${code}`).join(', ')}`);
  return result;
}

interface Ready {
  readonly apiServer: string;
  readonly caFile: string;
  readonly kubeconfig: string;
}

async function readyFile(child: ChildProcess, path: string): Promise<Ready> {
  const deadlineMs = performance.now() + 60_000;
  for (;;) {
    const found = await readFile(path, 'utf8').catch(() => undefined); // absent until the server is ready
    if (found !== undefined) return JSON.parse(found) as Ready;
    if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error('the server did not become ready');
    await delay(2);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function callAPI<T>(agent: Agent, url: string, method: string, body: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers: { 'content-type': 'application/json' } }, (response) => {
      text(response).then((answer) => {
        if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(answer) as T);
        else reject(new Error(`${method} ${new URL(url).pathname}: ${answer}`));
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
