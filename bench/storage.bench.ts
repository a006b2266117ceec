/**
 * What the durable store costs: grouped writes beside a bare append log on the same disk in the same run, reads of now
 * and of the past, watches, a compaction, memory per key, and how long a full data file takes to open.
 */

import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../packages/mayfly/src/clock/clock.ts';
import { openSQLiteStore } from '../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import { prefixEnd, type Store, type StoreWatch } from '../packages/mayfly/src/storage/store.ts';
import { median } from './median.ts';
import type { BenchOptions, Report } from './report.ts';

const WRITERS = 64;
const ROUNDS = 25;
const ROUND_MS = 200; // one checkpoint or so
const KEYS = 120_000;
const PREFIX_KEYS = 100;
const VALUE = Buffer.alloc(500, 'v');

/** A write that is answered when it is durable. */
type DurableWrite = (key: string) => Promise<unknown>;

export async function bench(report: Report, { smoke }: BenchOptions): Promise<void> {
  const directory = mkdtempSync(join(process.env.MAYFLY_BENCH_DIR ?? tmpdir(), 'mayfly-bench-'));
  try {
    await benchWrites(directory, report, smoke ? 3 : ROUNDS);
    await benchReads(directory, report);
    await benchWatches(directory, report);
    await benchHistory(directory, report);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Rounds alternate and each is compared with its neighbour: a disk has better and worse seconds. */
async function benchWrites(directory: string, report: Report, rounds: number): Promise<void> {
  const store = openSQLiteStore({ path: join(directory, 'writes.db'), clock: systemClock });
  const bare = newBareLog(join(directory, 'bare.log'));
  const rates: number[] = [];
  const baselines: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const baseline = await writesPerSecond(bare.write);
    const rate = await writesPerSecond((key) => put(store, key));
    rates.push(rate);
    baselines.push(baseline);
    ratios.push(rate / baseline);
  }
  bare.close();
  await store.close();
  report({
    name: 'durable writes, 64 writers',
    value: median(rates),
    unit: '1/s',
    baseline: median(baselines),
    ratio: median(ratios),
    goal: '>= 50 %',
  });
}

async function benchReads(directory: string, report: Report): Promise<void> {
  const path = join(directory, 'reads.db');
  execFileSync(process.execPath, ['--conditions=source', import.meta.filename, path]);
  const before = residentBytes();
  const openedMs = systemClock.monotonicMs();
  const store = openSQLiteStore({ path, clock: systemClock });
  report({ name: 'open with 120 000 keys', value: systemClock.monotonicMs() - openedMs, unit: 'ms', goal: '< 1500' });
  report({
    name: 'memory per key of 500 bytes',
    value: (residentBytes() - before) / KEYS,
    unit: 'bytes',
    goal: '< 1500',
  });
  const point = await perSecond(200_000, (i) => store.range({ key: keyOf(i % KEYS) }));
  report({ name: 'point reads', value: point, unit: '1/s' });
  const prefix = await perSecond(20_000, (i) => readPrefix(store, i % (KEYS / PREFIX_KEYS)));
  report({ name: 'reads of 100 keys by prefix', value: prefix, unit: '1/s' });
  await store.close();
}

/** Each write is wanted by one of 300 watches of other collections, or by all of 300 watches of one collection. */
async function benchWatches(directory: string, report: Report): Promise<void> {
  const rates: number[] = [];
  for (const [name, prefixOf] of WATCHED) {
    const store = openSQLiteStore({ path: join(directory, `${name}.db`), clock: systemClock });
    let seen = 0;
    const readers = Array.from({ length: WATCHES }, (_, i) => {
      const key = prefixOf(i);
      return countEvents(store.watch({ key, rangeEnd: prefixEnd(key) }), (events) => (seen += events));
    });
    const first = writes;
    rates.push(await writesPerSecond((key) => put(store, key)));
    report({ name: `durable writes, ${name}`, value: rates.at(-1) ?? 0, unit: '1/s' });
    report({ name: '… events delivered for each', value: seen / (writes - first), unit: 'events' });
    await store.close();
    await Promise.all(readers);
  }
}

const WATCHES = 300;
const WATCHED: readonly [string, (i: number) => string][] = [
  ['300 watches of other collections', (i) => `/registry/other-${i}/`],
  ['300 watches of the collection', () => '/registry/serviceaccounts/'],
];

async function countEvents(watch: StoreWatch, count: (events: number) => void): Promise<void> {
  for await (const { events } of watch) count(events.length);
}

/** Lists of a past in which every key had another value, and how long forgetting it holds up the event loop. */
async function benchHistory(directory: string, report: Report): Promise<void> {
  const store = openSQLiteStore({ path: join(directory, 'history.db'), clock: systemClock });
  for (let version = 0; version < PAST_VERSIONS; version++) {
    await Promise.all(Array.from({ length: PAST_KEYS }, (_, i) => put(store, keyOf(i))));
  }
  const { revision } = await store.range({ key: 'x' });
  const list = { key: '/registry/', rangeEnd: '/registry0' };
  const perList = await perSecond(100, () => store.range({ ...list, revision: revision - PAST_KEYS, limit: 1000 }));
  report({ name: 'lists of 1000 keys that have all changed since', value: perList, unit: '1/s' });
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const startMs = systemClock.monotonicMs();
  delays.enable();
  await store.compact(revision);
  delays.disable();
  const versions = PAST_KEYS * (PAST_VERSIONS - 1);
  report({ name: `compaction of ${versions} versions`, value: systemClock.monotonicMs() - startMs, unit: 'ms' });
  report({ name: '… the event loop held up, longest', value: delays.max / 1e6, unit: 'ms' });
  report({ name: '… and the 99th percentile', value: delays.percentile(99) / 1e6, unit: 'ms' });
  await store.close();
}

const PAST_KEYS = 5_000;
const PAST_VERSIONS = 21;

async function fill(path: string): Promise<void> {
  const store = openSQLiteStore({ path, clock: systemClock });
  for (let start = 0; start < KEYS; start += 1000) {
    await Promise.all(Array.from({ length: 1000 }, (_, i) => put(store, keyOf(start + i))));
  }
  await store.close();
}

/** The least a durable store can do: one write and one flush for the records that wait. */
function newBareLog(path: string): { write: DurableWrite; close: () => void } {
  const file = openSync(path, 'a');
  let waiting: { record: Buffer; resolve: () => void }[] = [];
  const flush = (): void => {
    const group = waiting;
    waiting = [];
    writeSync(file, Buffer.concat(group.map(({ record }) => record)));
    fdatasyncSync(file);
    for (const { resolve } of group) resolve();
  };
  const write = (key: string): Promise<void> =>
    new Promise((resolve) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ record: Buffer.concat([Buffer.from(key), VALUE]), resolve });
    });
  return { write, close: () => closeSync(file) };
}

let writes = 0;

async function writesPerSecond(write: DurableWrite): Promise<number> {
  const startMs = systemClock.monotonicMs();
  const first = writes;
  const writer = async (): Promise<void> => {
    while (systemClock.monotonicMs() - startMs < ROUND_MS) await write(keyOf(writes++));
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return ((writes - first) * 1000) / (systemClock.monotonicMs() - startMs);
}

async function perSecond(times: number, read: (i: number) => Promise<unknown>): Promise<number> {
  const startMs = systemClock.monotonicMs();
  for (let i = 0; i < times; i++) await read(i);
  return (times * 1000) / (systemClock.monotonicMs() - startMs);
}

function put(store: Store, key: string): Promise<unknown> {
  return store.txn({ compare: [], success: [{ type: 'put', key, value: VALUE }] });
}

function readPrefix(store: Store, namespace: number): Promise<unknown> {
  const prefix = `/registry/serviceaccounts/namespace-${namespace}/`;
  return store.range({ key: prefix, rangeEnd: prefixEnd(prefix) });
}

function keyOf(i: number): string {
  return `/registry/serviceaccounts/namespace-${Math.floor(i / PREFIX_KEYS)}/account-${i}`;
}

function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

/** Run as a program it only fills a file, in a process of its own, whose memory is not counted. */
if (process.argv[1] === import.meta.filename) await fill(process.argv[2] ?? '');
