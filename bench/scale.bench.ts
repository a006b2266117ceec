/**
 * What 100 000 service accounts and 20 000 pods cost: start-up, memory, and the rates of TokenReview and TokenRequest
 * beside those of a second server with 100 and 20.
 *
 * Both servers run all the time and are loaded in turn, so that what disturbs one round disturbs its partner; a ratio is
 * the median over the pairs. Rates of one machine's busy hours are noisy where processor time is not: both are told.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadPlan } from './load.ts';
import { median } from './median.ts';
import { type Place, type Population, placeOf, populate } from './population.ts';
import { cpuMicros, load, QUIET, type Server, startServer } from './processes.ts';
import type { BenchOptions, Report } from './report.ts';

const FEW: Population = { serviceAccounts: 100, pods: 20 };
const MANY: Population = { serviceAccounts: 100_000, pods: 20_000 };

const CONNECTIONS = 32;
/** Each of another service account and bound to its pod. */
const TOKENS = FEW.pods;
/** TokenRequests go round these, spread over all namespaces. */
const ASKED_FOR = 20_000;

export async function bench(report: Report, { smoke }: BenchOptions): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'mayfly-scale-'));
  const many = smoke ? { serviceAccounts: 10_000, pods: 2_000 } : MANY;
  try {
    await populate(join(home, 'few'), FEW);
    await populate(join(home, 'many'), many);
    await benchStartUp(join(home, 'many'), report, smoke ? 1 : 3);
    await using few = await startServer(QUIET, join(home, 'few'));
    await using crowded = await startServer(QUIET, join(home, 'many'));
    report({ name: 'resident memory, idle', value: (await crowded.rssBytes()) / 2 ** 20, unit: 'MiB' });
    await benchRates([await contender(few, FEW), await contender(crowded, many)], report, smoke);
    report({ name: 'resident memory, after load', value: (await crowded.rssBytes()) / 2 ** 20, unit: 'MiB' });
    report({ name: '… of the server with 100', value: (await few.rssBytes()) / 2 ** 20, unit: 'MiB' });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function benchStartUp(dataDir: string, report: Report, rounds: number): Promise<void> {
  await startOnce(dataDir); // makes keys, CA and policy
  const readyMs: number[] = [];
  for (let round = 0; round < rounds; round++) readyMs.push(await startOnce(dataDir));
  report({ name: 'start to ready', value: median(readyMs), unit: 'ms', goal: '< 3000 ms' });
}

async function startOnce(dataDir: string): Promise<number> {
  await using server = await startServer(QUIET, dataDir);
  return server.readyMs;
}

/** A server, and what it is asked. */
interface Contender {
  readonly server: Server;
  readonly works: readonly Work[];
}

interface Work {
  readonly name: string;
  readonly plan: Pick<LoadPlan, 'path' | 'body' | 'headers'>;
}

const AUTHENTICATION = { apiVersion: 'authentication.k8s.io/v1' };
const CALLER: Place = { namespace: 'default', name: 'caller' };

async function contender(server: Server, population: Population): Promise<Contender> {
  const caller = await prepareCaller(server);
  const headers = { authorization: `Bearer ${caller}`, 'content-type': 'application/json', accept: 'application/json' };
  const step = Math.floor(population.pods / TOKENS);
  const bound = Array.from({ length: TOKENS }, (_, i) => placeOf(i * step, population));
  const tokens = await Promise.all(bound.map((place) => issue(server, place, { boundObjectRef: podReference(place) })));
  const review = (spec: object): Work['plan'] => ({
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    headers,
    body: tokens.map((token) => JSON.stringify({ ...AUTHENTICATION, kind: 'TokenReview', spec: { token, ...spec } })),
  });
  const request: Work['plan'] = {
    path: askedFor(population).map(tokenPath),
    headers,
    body: JSON.stringify({ ...AUTHENTICATION, kind: 'TokenRequest', spec: { audiences: ['vault'] } }),
  };
  return {
    server,
    works: [
      { name: 'TokenReview, cached', plan: review({}) },
      // A new list of audiences is a new cache key.
      {
        name: 'TokenReview, uncached',
        plan: review({ audiences: ['https://kubernetes.default.svc', 'aud-########'] }),
      },
      { name: 'TokenRequest', plan: request },
    ],
  };
}

function askedFor(population: Population): readonly Place[] {
  const count = Math.min(ASKED_FOR, population.serviceAccounts);
  return Array.from({ length: count }, (_, i) => placeOf(i * (population.serviceAccounts / count), population));
}

async function benchRates([few, many]: [Contender, Contender], report: Report, smoke: boolean): Promise<void> {
  const rounds = smoke ? 1 : 7;
  for (const [i, work] of few.works.entries()) {
    for (const contender of [few, many]) await measure(contender, i, smoke); // compiled and cached by now, as later
    const rates: number[] = [];
    const rateRatios: number[] = [];
    const costRatios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const [a, b] = [await measure(few, i, smoke), await measure(many, i, smoke)];
      rates.push(b.requestsPerSecond);
      rateRatios.push(b.requestsPerSecond / a.requestsPerSecond);
      costRatios.push(a.microsPerRequest / b.microsPerRequest);
    }
    const goal = '>= 85 %';
    report({ name: work.name, value: median(rates), unit: 'req/s', ratio: median(rateRatios), goal });
    report({ name: '… by processor time', value: median(costRatios) * 100, unit: '%', goal });
  }
}

async function measure({ server, works }: Contender, work: number, smoke: boolean) {
  const durations = smoke ? { warmupMs: 300, durationMs: 700 } : { warmupMs: 300, durationMs: 1_500 };
  const plan = {
    ...durations,
    connections: CONNECTIONS,
    port: server.port,
    ca: server.ca,
    ...(works[work] as Work).plan,
  };
  const before = await cpuMicros(server.pid);
  const { answered, requestsPerSecond } = await load(plan);
  return { requestsPerSecond, microsPerRequest: ((await cpuMicros(server.pid)) - before) / answered };
}

/** A service account that may review tokens and request them everywhere, and its token. */
async function prepareCaller(server: Server): Promise<string> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await server.api('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: CALLER.name } });
  await server.api('POST', `${rbac}/clusterroles`, {
    metadata: { name: 'token-requester' },
    rules: [{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }],
  });
  for (const role of ['system:auth-delegator', 'token-requester']) {
    await server.api('POST', `${rbac}/clusterrolebindings`, {
      metadata: { name: `caller-${role}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', ...CALLER }],
    });
  }
  return issue(server, CALLER, {});
}

async function issue(server: Server, place: Place, spec: object): Promise<string> {
  const { status } = await server.api<{ status: { token: string } }>('POST', tokenPath(place), { spec });
  return status.token;
}

function tokenPath({ namespace, name }: Place): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
}

function podReference({ name }: Place): object {
  return { kind: 'Pod', apiVersion: 'v1', name };
}
