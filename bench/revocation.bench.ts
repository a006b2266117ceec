/**
 * Ending tokens: 10,000 one by one and all of an account's at once; and what 100,000 revocations in force cost a server that
 * reviews other tokens, in rate and in memory, beside one that has none.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headers, issueToken, prepareCaller } from './http.bench.ts';
import type { LoadPlan } from './load.ts';
import { median } from './median.ts';
import { load, QUIET, type Server, startServer } from './processes.ts';
import type { BenchOptions, Report } from './report.ts';
import { populateRevocations } from './revocations.ts';

const AT_ONCE = 32;
const REVOCATIONS = '/apis/identity.mayfly.dev/v1alpha1/tokenrevocations';
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

export async function bench(report: Report, { smoke }: BenchOptions): Promise<void> {
  await revoking(report, smoke ? 200 : 10_000);
  await reviewing(report, smoke ? 2_000 : 100_000, smoke ? 3 : 9);
}

async function revoking(report: Report, count: number): Promise<void> {
  await using server = await startServer(['--service-account-signing-algorithm=ES256', ...QUIET]);
  await prepareCaller(server);
  const tokens = await each(count, () => issueToken(server, 'app'));
  const startMs = performance.now();
  await each(count, (n) => revoke(server, { credentialID: idOf(tokens[n] ?? '') }));
  const elapsedMs = performance.now() - startMs;
  report({ name: `${count} tokens revoked one by one`, value: elapsedMs / 1000, unit: 's' });
  report({ name: 'tokens revoked one by one', value: count / (elapsedMs / 1000), unit: 'tokens/s' });
  await requireRefused(server, tokens);
  const others = await each(count, () => issueToken(server, 'caller'));
  const atOnceMs = performance.now();
  await revoke(server, { serviceAccount: { namespace: 'default', name: 'caller' } });
  report({ name: `${count} tokens revoked by their service account`, value: performance.now() - atOnceMs, unit: 'ms' });
  await requireRefused(server, others);
}

async function reviewing(report: Report, count: number, rounds: number): Promise<void> {
  const dataDir = join(await mkdtemp(join(tmpdir(), 'mayfly-bench-')), 'data');
  try {
    await populateRevocations(dataDir, count);
    await using full = await startServer(QUIET, dataDir);
    await using none = await startServer(QUIET);
    const [ofFull, ofNone] = [await planFor(full), await planFor(none)];
    for (const plan of [ofFull, ofNone]) await load(plan); // warms the servers' code
    const rates: [number, number][] = [];
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 0; // whoever comes first has the cooler machine
      const a = await load(first ? ofFull : ofNone);
      const b = await load(first ? ofNone : ofFull);
      rates.push(first ? [a.requestsPerSecond, b.requestsPerSecond] : [b.requestsPerSecond, a.requestsPerSecond]);
    }
    report({
      name: `TokenReview with ${count} revocations in force`,
      value: median(rates.map(([full]) => full)),
      unit: 'req/s',
      baseline: median(rates.map(([, none]) => none)),
      ratio: median(rates.map(([full, none]) => full / none)),
      goal: '>= 95 %',
    });
    const bytes = (await full.rssBytes()) - (await none.rssBytes());
    report({ name: `memory of ${count} revocations`, value: bytes / 2 ** 20, unit: 'MiB' });
    report({ name: `start with ${count} revocations`, value: full.readyMs, unit: 'ms', baseline: none.readyMs });
  } finally {
    await rm(join(dataDir, '..'), { recursive: true, force: true });
  }
}

async function planFor(server: Server): Promise<LoadPlan> {
  const caller = await prepareCaller(server);
  const token = await issueToken(server, 'app');
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
  return {
    port: server.port,
    ca: server.ca,
    path: REVIEWS,
    headers: headers(caller),
    body: JSON.stringify(review),
    connections: AT_ONCE,
    warmupMs: 500,
    durationMs: 1_000,
  };
}

function revoke(server: Server, spec: object): Promise<unknown> {
  return server.api('POST', REVOCATIONS, {
    apiVersion: 'identity.mayfly.dev/v1alpha1',
    kind: 'TokenRevocation',
    spec: { ...spec, reason: 'bench' },
  });
}

async function requireRefused(server: Server, tokens: readonly string[]): Promise<void> {
  for (const token of [tokens[0], tokens.at(-1)]) {
    const { status } = await server.api<{ status: { error?: string } }>('POST', REVIEWS, { spec: { token } });
    if (!status.error?.includes('token has been revoked')) throw new Error('a revoked token is still good');
  }
}

function idOf(token: string): string {
  return (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }).jti;
}

/** Runs `work` for 0, 1, 2 … with so many at once as a busy client has. */
async function each<T>(count: number, work: (n: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = new Array(count);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) results[n] = await work(n);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
