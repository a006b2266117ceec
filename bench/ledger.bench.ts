/**
 * The ledger at 150 000 rows: how long questions to it take, what a restart costs; and what writing it costs a TokenRequest,
 * beside a server that writes no rows, both loaded in turn.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { encodeObject } from '../packages/mayfly/src/apiserver/registry/generic/codec.ts';
import { systemClock } from '../packages/mayfly/src/clock/clock.ts';
import { openSQLiteStore } from '../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import { median } from './median.ts';
import { load, QUIET, type Server, startServer } from './processes.ts';
import type { BenchOptions, Report } from './report.ts';

const ROWS = 150_000;
const NAMESPACES = 1_000;
const NODES = 500;
const AT_ONCE = 1_000;
const DAY_MS = 86_400_000;
const PREFIX = '/registry/identity.mayfly.dev/issuedtokens/';
const PATH = '/apis/identity.mayfly.dev/v1alpha1';

export async function bench(report: Report, { smoke }: BenchOptions): Promise<void> {
  const home = await mkdtemp(join(process.env.MAYFLY_BENCH_DIR ?? tmpdir(), 'mayfly-ledger-'));
  try {
    await benchQueries(join(home, 'rows'), report, smoke);
    for (const algorithm of ['RS256', 'ES256']) await benchWriting(join(home, algorithm), algorithm, report, smoke);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Name, path below the group, and about how many rows it means. */
const QUERIES: readonly (readonly [string, string])[] = [
  ['of one account', `namespaces/team-7/issuedtokens?${selecting('spec.serviceAccountName=app-1007')}`],
  ['of one namespace', 'namespaces/team-7/issuedtokens?limit=500'],
  ['of an account’s name in all namespaces', `issuedtokens?${selecting('spec.serviceAccountName=app-1007')}`],
  ['bound to one pod', `issuedtokens?${selecting('spec.boundObjectRef.kind=Pod,spec.boundObjectRef.name=pod-77777')}`],
  ['of one node', `issuedtokens?${selecting('spec.nodeName=node-123')}`],
  ['for one audience', `issuedtokens?${selecting('spec.audiences=vault')}`],
  ['ending within an hour', `issuedtokens?${selecting(`expiresBefore=${time(3_600_000)}`)}`],
  ['unused for 30 days', `issuedtokens?${selecting(`unusedSince=${time(-30 * DAY_MS)}`)}`],
  ['stale', `issuedtokens?${selecting('status.stale=true')}`],
  ['signed by an old key', `issuedtokens?${selecting('spec.keyID=old')}`],
  ['a token by its id', `issuedtokens?${selecting(`metadata.name=${idOf(4711)}`)}`],
];

function selecting(selector: string): string {
  return `limit=500&fieldSelector=${encodeURIComponent(selector)}`;
}

async function benchQueries(dataDir: string, report: Report, smoke: boolean): Promise<void> {
  await mkdir(dataDir, { mode: 0o700 });
  const rows = smoke ? ROWS / 10 : ROWS;
  await fill(dataDir, rows);
  await startOnce(dataDir); // makes keys, CA and policy
  await using server = await startServer(QUIET, dataDir);
  report({ name: `restart with ${rows} rows`, value: server.readyMs, unit: 'ms', goal: '< 3000 ms' });
  report({ name: 'resident memory, idle', value: (await server.rssBytes()) / 2 ** 20, unit: 'MiB' });
  for (const [name, path] of QUERIES) {
    const { ms, rows } = await ask(server, path, smoke ? 2 : 9);
    report({ name: `tokens ${name} (${rows})`, value: ms, unit: 'ms', goal: '< 200 ms' });
  }
  report({ name: 'resident memory, after', value: (await server.rssBytes()) / 2 ** 20, unit: 'MiB' });
}

async function startOnce(dataDir: string): Promise<void> {
  await using _ = await startServer(QUIET, dataDir);
}

async function ask(server: Server, path: string, times: number): Promise<{ ms: number; rows: number }> {
  const tookMs: number[] = [];
  let rows = 0;
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    rows = (await server.api<{ items: readonly unknown[] }>('GET', `${PATH}/${path}`)).items.length;
    tookMs.push(performance.now() - startMs);
  }
  return { ms: median(tookMs), rows };
}

/** Past the wire, in seconds. */
async function fill(dataDir: string, count: number): Promise<void> {
  const store = openSQLiteStore({ path: join(dataDir, 'store.db'), clock: systemClock });
  const lease = await store.grantLease(7 * 86_400);
  for (let first = 0; first < count; first += AT_ONCE) {
    const rows = Array.from({ length: AT_ONCE }, (_, i) => rowOf(first + i));
    await Promise.all(
      rows.map((row) => {
        const key = `${PREFIX}${row.metadata?.namespace}/${row.metadata?.name}`;
        return store.txn({ compare: [], success: [{ type: 'put', key, value: encodeObject(row), lease }] });
      }),
    );
  }
  await store.close();
}

/** Tokens of pods, most in daily use; one in a thousand stale, one in three hundred for another audience. */
function rowOf(n: number): IssuedToken {
  const used = { time: time(-(n % 40) * DAY_MS), sourceIP: '10.0.0.9', userAgent: 'OpenAPI-Generator/29.0.0/python' };
  const seen = { firstSeen: used.time, lastSeen: used.time };
  return {
    kind: 'IssuedToken',
    apiVersion: 'identity.mayfly.dev/v1alpha1',
    metadata: { name: idOf(n), namespace: `team-${n % NAMESPACES}`, creationTimestamp: time(-40 * DAY_MS) },
    spec: {
      serviceAccountName: `app-${n % (NAMESPACES * 20)}`,
      serviceAccountUID: idOf(n + 1e6),
      audiences: [n % 300 === 0 ? 'vault' : 'https://kubernetes.default.svc'],
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: `pod-${n}`, uid: idOf(n + 2e6) },
      workload: { kind: 'Deployment', name: `app-${n % (NAMESPACES * 20)}` },
      nodeName: `node-${n % NODES}`,
      issuedAt: time(-40 * DAY_MS),
      expirationTimestamp: time(n % 200 === 0 ? 1_800_000 : 5 * DAY_MS),
      warnAfterTimestamp: time(-40 * DAY_MS + 3_607_000),
      keyID: n % 500 === 0 ? 'old' : 'k'.repeat(43),
      issuer: 'https://kubernetes.default.svc',
      requestedBy: { username: `system:node:node-${n % NODES}`, sourceIP: '10.0.0.1', userAgent: 'kubelet/v1.35.0' },
    },
    status: {
      lastUsed: used,
      seen: [{ ...used, ...seen }],
      ...(n % 1000 === 0 && { stale: { count: 7, ...seen, sourceIP: used.sourceIP, userAgent: used.userAgent } }),
    },
  };
}

function idOf(n: number): string {
  return `${(n * 2_654_435_761).toString(16).padStart(14, '0').slice(-8)}-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

function time(fromNowMs: number): string {
  return `${new Date(Date.now() + fromNowMs).toISOString().slice(0, 19)}Z`;
}

interface LedgerServer {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ca: string;
  readonly token: string;
  readonly path: string;
}

/** Few callers wait for the disk at times; many keep the server busy, which shows what a row costs it. */
const CALLERS = [32, 128];

async function benchWriting(directory: string, algorithm: string, report: Report, smoke: boolean): Promise<void> {
  const on = await startLedgerServer('on', algorithm, directory);
  const off = await startLedgerServer('off', algorithm, directory);
  try {
    for (const server of [on, off]) await requestsPerSecond(server, 32, smoke ? 500 : SETTLING_MS);
    for (const callers of CALLERS) {
      const { rate, ratio } = await compare(on, off, callers, smoke);
      const name = `TokenRequest, ${algorithm}, ${callers} callers, with the ledger against without`;
      report({ name, value: rate, unit: 'req/s', ratio, goal: '>= 85 %' });
    }
  } finally {
    await Promise.all([on, off].map(stopLedgerServer));
  }
}

/** V8 compiles all of a path in some seconds. */
const SETTLING_MS = 8_000;

async function compare(on: LedgerServer, off: LedgerServer, callers: number, smoke: boolean) {
  const rates: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < (smoke ? 1 : 9); round++) {
    const rate = await requestsPerSecond(on, callers, smoke ? 500 : 1_500);
    rates.push(rate);
    ratios.push(rate / (await requestsPerSecond(off, callers, smoke ? 500 : 1_500)));
  }
  return { rate: median(rates), ratio: median(ratios) };
}

async function startLedgerServer(ledger: 'on' | 'off', algorithm: string, home: string): Promise<LedgerServer> {
  const directory = join(home, ledger);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const program = join(import.meta.dirname, 'ledger-server.ts');
  const child = spawn(process.execPath, ['--conditions=source', program, ledger, algorithm, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (done === true) throw new Error('the server did not become ready');
  return { child, ...(JSON.parse(value) as Omit<LedgerServer, 'child'>) };
}

async function stopLedgerServer({ child }: LedgerServer): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  await ended;
}

async function requestsPerSecond(
  { port, ca, token, path }: LedgerServer,
  connections: number,
  durationMs: number,
): Promise<number> {
  const result = await load({
    port,
    ca,
    path,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['vault'] },
    }),
    connections,
    warmupMs: 200,
    durationMs,
  });
  return result.requestsPerSecond;
}
