/**
 * TokenRequest and TokenReview over TLS keep-alive: the caller is a service account with just the rights it needs, audit
 * is on, writes are durable. Beside a bare node:https server that answers a constant JSON of the same size, and beside
 * raw signing on one core.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { LoadPlan, LoadResult } from './load.ts';
import { cpuMicros, load, type Server, startBareServer, startServer } from './processes.ts';
import type { BenchOptions, Report } from './report.ts';

const CONNECTIONS = 32;

/** Load on each side before anything is measured: V8 takes some seconds to compile all of a path, and servers run for weeks. */
const SETTLING_MS = 8_000;

export async function bench(report: Report, { smoke }: BenchOptions): Promise<void> {
  const size = smoke ? { rounds: 1, warmupMs: 300, durationMs: 700 } : { rounds: 5, warmupMs: 300, durationMs: 1_000 };
  const settling = { ...size, durationMs: smoke ? 700 : SETTLING_MS };
  for (const algorithm of ['RS256', 'ES256'] as const) {
    await using server = await startServer([`--service-account-signing-algorithm=${algorithm}`]);
    const caller = await prepareCaller(server);
    for (const work of await workloads(server, algorithm)) {
      const plan = { connections: CONNECTIONS, ...size, ...work.plan, headers: headers(caller) };
      const { bodyBytes } = await load({ ...plan, ...settling, port: server.port, ca: server.ca });
      await using bare = await startBareServer(bodyBytes);
      await load({ ...plan, ...settling, port: bare.port, ca: bare.ca });
      const rounds = await alternate(plan, server, bare, size.rounds);
      reportRounds(report, work, rounds);
      if (work.signs) reportSigning(report, algorithm, rounds, smoke);
    }
  }
}

interface Target {
  readonly port: number;
  readonly ca: string;
  readonly pid: number;
}

interface Measured extends LoadResult {
  /** Processor time of the server for each answer, all its threads. */
  readonly cpuMicrosEach: number;
}

interface Round {
  readonly ours: Measured;
  readonly bare: Measured;
}

type RoundPlan = Omit<LoadPlan, 'port' | 'ca'>;

/**
 * Short rounds of one server, then the other, so that whatever else the machine does falls on both; a ratio is taken
 * within a round, and of all rounds the median counts.
 */
async function alternate(plan: RoundPlan, server: Target, bare: Target, rounds: number): Promise<readonly Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const ours = await measure(plan, server);
    measured.push({ ours, bare: await measure(plan, bare) });
  }
  return measured;
}

async function measure(plan: RoundPlan, { port, ca, pid }: Target): Promise<Measured> {
  const beforeMicros = await cpuMicros(pid);
  const result = await load({ ...plan, port, ca });
  return { ...result, cpuMicrosEach: ((await cpuMicros(pid)) - beforeMicros) / result.answered };
}

interface Workload {
  readonly name: string;
  readonly plan: Pick<LoadPlan, 'path' | 'body'>;
  readonly goal?: string;
  readonly signs?: boolean;
}

async function workloads(server: Server, algorithm: string): Promise<readonly Workload[]> {
  const token = await issueToken(server, 'app');
  const review = (audiences?: readonly string[]): Pick<LoadPlan, 'path' | 'body'> => ({
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, ...(audiences === undefined ? {} : { audiences }) },
    }),
  });
  const request: Pick<LoadPlan, 'path' | 'body'> = {
    path: '/api/v1/namespaces/default/serviceaccounts/app/token',
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['vault'] },
    }),
  };
  return [
    { name: `TokenReview, ${algorithm}, cached`, plan: review(), goal: '>= 45 %' },
    {
      name: `TokenReview, ${algorithm}, uncached`, // a new list of audiences is a new cache key
      plan: review(['https://kubernetes.default.svc', 'aud-########']),
      ...(algorithm === 'RS256' ? { goal: '>= 28 %' } : {}),
    },
    {
      name: `TokenRequest, ${algorithm}`,
      plan: request,
      ...(algorithm === 'ES256' ? { goal: '>= 25 %' } : {}),
      signs: true,
    },
  ];
}

function reportRounds(report: Report, { name, goal }: Workload, rounds: readonly Round[]): void {
  const rates = rounds.map(({ ours, bare }) => [ours.requestsPerSecond, bare.requestsPerSecond] as const);
  const costs = rounds.map(({ ours, bare }) => [ours.cpuMicrosEach, bare.cpuMicrosEach] as const);
  report({
    name,
    value: medianOf(rates, ([ours]) => ours),
    unit: 'req/s',
    baseline: medianOf(rates, ([, bare]) => bare),
    ratio: medianOf(rates, ([ours, bare]) => ours / bare),
    ...(goal === undefined ? {} : { goal }),
  });
  report({ name: `${name}: bare server of that size`, value: medianOf(rates, ([, bare]) => bare), unit: 'req/s' });
  report({
    name: `${name}: processor time, bare's share of ours`,
    value: medianOf(costs, ([ours]) => ours),
    unit: 'µs/req',
    baseline: medianOf(costs, ([, bare]) => bare),
    ratio: medianOf(costs, ([ours, bare]) => bare / ours),
  });
  report({ name: `${name}: p50`, value: medianOf(rounds, ({ ours }) => ours.p50Ms), unit: 'ms' });
  report({ name: `${name}: p99`, value: medianOf(rounds, ({ ours }) => ours.p99Ms), unit: 'ms' });
}

function medianOf<T>(items: readonly T[], measure: (item: T) => number): number {
  const sorted = items.map(measure).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function reportSigning(report: Report, algorithm: 'RS256' | 'ES256', rounds: readonly Round[], smoke: boolean): void {
  const rate = rawSigningRate(algorithm, smoke ? 300 : 2_000);
  report({
    name: `TokenRequest, ${algorithm}: against raw signing on one core`,
    value: rate,
    unit: 'sign/s',
    ratio: medianOf(rounds, ({ ours }) => ours.requestsPerSecond) / rate,
    ...(algorithm === 'RS256' ? { goal: '>= 70 %' } : {}),
  });
}

function rawSigningRate(algorithm: 'RS256' | 'ES256', durationMs: number): number {
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const data = Buffer.alloc(600, 1);
  const endMs = performance.now() + durationMs;
  let signed = 0;
  while (performance.now() < endMs) {
    sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    signed++;
  }
  return signed / (durationMs / 1000);
}

/** A service account that may review tokens and request them for `app`, and its token. */
export async function prepareCaller(server: Server): Promise<string> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const subjects = [{ kind: 'ServiceAccount', name: 'caller', namespace: 'default' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole' };
  await server.api('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'caller' } });
  await server.api('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'app' } });
  await server.api('POST', `${rbac}/clusterroles`, {
    metadata: { name: 'token-requester' },
    rules: [{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }],
  });
  await server.api('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name: 'caller-reviews' },
    roleRef: { ...roleRef, name: 'system:auth-delegator' },
    subjects,
  });
  await server.api('POST', `${rbac}/namespaces/default/rolebindings`, {
    metadata: { name: 'caller-requests' },
    roleRef: { ...roleRef, name: 'token-requester' },
    subjects,
  });
  return issueToken(server, 'caller');
}

export async function issueToken(server: Server, name: string): Promise<string> {
  const path = `/api/v1/namespaces/default/serviceaccounts/${name}/token`;
  const { status } = await server.api<{ status: { token: string } }>('POST', path, { spec: {} });
  return status.token;
}

export function headers(token: string): LoadPlan['headers'] {
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' };
}
