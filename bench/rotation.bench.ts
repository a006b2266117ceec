/**
 * A rotation of the signing key under a steady load of issued and reviewed tokens, and a panic: how long until a fleet of
 * agents has new tokens. The server is the program itself, on its own clock; the announcement is dated back, so that the
 * hour that a key is published before it signs need not be waited for.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyRotation } from '@mayfly/api/identity/v1alpha1/key-rotation';
import { formatTime } from '@mayfly/api/meta/v1/time';
import { readSigningKeys, writeSigningKey } from '../packages/mayfly/src/apiserver/registry/signingkey/records.ts';
import { withStatus } from '../packages/mayfly/src/apiserver/registry/signingkey/steps.ts';
import { announcedKey, PUBLICATION_MS } from '../packages/mayfly/src/apiserver/serviceaccount/key-rotation.ts';
import { systemClock } from '../packages/mayfly/src/clock/clock.ts';
import { openSQLiteStore } from '../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import { prepareCaller } from './http.bench.ts';
import { QUIET, type Server, startServer } from './processes.ts';
import type { BenchOptions, Report } from './report.ts';

const ROTATIONS = '/apis/identity.mayfly.dev/v1alpha1/keyrotations';
const TOKEN = '/api/v1/namespaces/default/serviceaccounts/app/token';
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';
const CONNECTIONS = 64;
const RATE = 1000;
const TOKENS_KEPT = 5_000;

export async function bench(report: Report, { smoke }: BenchOptions): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'mayfly-rotation-'));
  try {
    await rotateUnderLoad(report, home, smoke ? { dueMs: 3_000, totalMs: 12_000 } : { dueMs: 20_000, totalMs: 50_000 });
    await panicOfAFleet(report, smoke ? 300 : 10_000);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function rotateUnderLoad(
  report: Report,
  home: string,
  { dueMs, totalMs }: { dueMs: number; totalMs: number },
): Promise<void> {
  const dataDir = join(home, 'data');
  const caller = await announce(dataDir, dueMs);
  await using server = await startServer(QUIET, dataDir);
  const client = newClient(server, caller);
  const samples = await steadyLoad(client, totalMs);
  client.close();
  const signers = new Set(samples.map(({ signer }) => signer).filter((kid) => kid !== undefined));
  const [firstKid] = signers;
  const turnedMs = samples.find(({ signer }) => signer !== undefined && signer !== firstKid)?.atMs ?? Number.NaN;
  const failures = samples.filter(({ isGood }) => !isGood).length;
  const p99 = (from: number, to: number): number =>
    quantile(
      samples.filter(({ atMs }) => atMs >= from && atMs < to).map(({ tookMs }) => tookMs),
      0.99,
    );
  report({ name: 'rotation under load: requests', value: samples.length / (totalMs / 1000), unit: 'req/s' });
  report({ name: 'rotation under load: keys that signed', value: signers.size, unit: 'keys', goal: '2' });
  report({ name: 'rotation under load: failed requests and reviews', value: failures, unit: 'of all', goal: '0' });
  report({ name: 'rotation under load: p99 before', value: p99(1_000, turnedMs - 1_000), unit: 'ms' });
  report({
    name: 'rotation under load: p99 within a second of it',
    value: p99(turnedMs - 1_000, turnedMs + 1_000),
    unit: 'ms',
  });
  report({
    name: 'rotation under load: p99 after',
    value: p99(turnedMs + 1_000, Number.POSITIVE_INFINITY),
    unit: 'ms',
  });
}

/** A data directory whose announced key is to sign so long after now. @returns the token of a caller who may do what we do */
async function announce(dataDir: string, dueMs: number): Promise<string> {
  let caller: string;
  {
    await using server = await startServer(QUIET, dataDir);
    caller = await prepareCaller(server);
    await server.api('POST', ROTATIONS, { spec: {} });
  }
  const store = openSQLiteStore({ path: join(dataDir, 'store.db'), clock: systemClock });
  const key = announcedKey((await readSigningKeys(store)).objects);
  if (key === undefined) throw new Error('no key is announced');
  const announcedAt = formatTime(systemClock.nowMs() + dueMs - PUBLICATION_MS);
  if (!(await writeSigningKey(store, withStatus(key, { announcedAt })))) throw new Error('the key changed');
  await store.close();
  return caller;
}

interface Sample {
  /** From the start of the load to the sending of the request. */
  readonly atMs: number;
  readonly tookMs: number;
  readonly isGood: boolean;
  /** Key of an issued token. */
  readonly signer: string | undefined;
}

/** Half issues, half reviews of what was issued, at a fixed rate: a slow answer does not slow down the next request. */
async function steadyLoad(client: Client, totalMs: number): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const tokens: string[] = [await client.issue()];
  const underWay = new Set<Promise<void>>();
  const startMs = performance.now();
  const one = async (n: number): Promise<void> => {
    const sentMs = performance.now();
    const token = tokens[Math.floor(Math.random() * tokens.length)] ?? '';
    const issued = n % 2 === 0 ? await client.issue().catch(() => '') : undefined;
    const isGood = issued === undefined ? await client.review(token).catch(() => false) : issued !== '';
    samples.push({
      atMs: sentMs - startMs,
      tookMs: performance.now() - sentMs,
      isGood,
      signer: issued ? kidOf(issued) : undefined,
    });
    if (issued) tokens[tokens.length < TOKENS_KEPT ? tokens.length : n % TOKENS_KEPT] = issued;
  };
  for (let n = 0; performance.now() - startMs < totalMs; ) {
    const due = ((performance.now() - startMs) / 1000) * RATE;
    for (; n < due && underWay.size < 10 * CONNECTIONS; n++) {
      const request = one(n).finally(() => underWay.delete(request));
      underWay.add(request);
    }
    await delay(1);
  }
  await Promise.all(underWay);
  return samples.sort((a, b) => a.atMs - b.atMs);
}

/** Every agent asks again for each of its tokens as soon as the keys have changed. */
async function panicOfAFleet(report: Report, tokens: number): Promise<void> {
  await using server = await startServer(QUIET);
  const client = newClient(server, await prepareCaller(server));
  const before: string[] = [];
  await inParallel(tokens, async () => void before.push(await client.issue()));
  const startMs = performance.now();
  const { status } = await server.api<KeyRotation>('POST', ROTATIONS, { spec: { panic: true } });
  const answeredMs = performance.now();
  const agents = newClient(server, await adminToken(server)); // the caller's own token died with the others
  if (await agents.review(before[0] ?? '')) throw new Error('a token outlived its key');
  let wrong = 0;
  await inParallel(tokens, async () => {
    if (kidOf(await agents.issue()) !== status?.keyID) wrong++;
  });
  const seconds = (performance.now() - startMs) / 1000;
  for (const each of [client, agents]) each.close();
  report({
    name: 'panic: until the new key signs and the old are refused',
    value: answeredMs - startMs,
    unit: 'ms',
    goal: '< 1000',
  });
  report({ name: `panic: until ${tokens} tokens are issued again`, value: seconds, unit: 's', goal: '< 60' });
  report({ name: 'panic: tokens issued again', value: tokens / seconds, unit: 'req/s' });
  report({ name: 'panic: tokens not of the new key', value: wrong, unit: 'of all', goal: '0' });
}

async function adminToken(server: Server): Promise<string> {
  const path = '/api/v1/namespaces/default/serviceaccounts/caller/token';
  return (await server.api<{ status: { token: string } }>('POST', path, { spec: {} })).status.token;
}

async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

interface Client {
  issue(): Promise<string>;
  review(token: string): Promise<boolean>;
  close(): void;
}

function newClient({ port, ca }: Server, bearer: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca });
  const post = (path: string, body: object): Promise<{ status?: { token?: string; authenticated?: boolean } }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
      const outgoing = request({ agent, port, host: '127.0.0.1', method: 'POST', path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if ((response.statusCode ?? 0) < 300) resolve(JSON.parse(text));
          else reject(new Error(`${path}: ${response.statusCode}`));
        });
      });
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify(body));
    });
  return {
    issue: async () => (await post(TOKEN, { spec: {} })).status?.token ?? '',
    review: async (token) => (await post(REVIEWS, { spec: { token } })).status?.authenticated === true,
    close: () => agent.destroy(),
  };
}

function kidOf(token: string): string {
  return (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}
