/**
 * What the durable store costs: grouped writes beside a bare append log on the same disk in the same run, reads, memory
 * per key, and how long a full data file takes to open.
 *
 *     node --expose-gc --conditions=source bench/storage.bench.ts
 */

import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../packages/mayfly/src/clock/clock.ts';
import { openSQLiteStore } from '../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import { prefixEnd, type Store } from '../packages/mayfly/src/storage/store.ts';
import { median } from './median.ts';

export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: number;
  /** value / baseline */
  readonly ratio?: number;
  readonly goal?: string;
}

export type Report = (row: BenchRow) => void;

const WRITERS = 64;
const ROUNDS = 9;
const ROUND_MS = 400;
const KEYS = 120_000;
const PREFIX_KEYS = 100;
const VALUE = Buffer.alloc(500, 'v');

/** A write that is answered when it is durable. */
type DurableWrite = (key: string) => Promise<unknown>;

/** Runs everything; some 20 seconds on two cores. */
export async function bench(report: Report): Promise<void> {
  const directory = mkdtempSync(join(process.env.MAYFLY_BENCH_DIR ?? tmpdir(), 'mayfly-bench-'));
  try {
    await benchWrites(directory, report);
    await benchReads(directory, report);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Rounds alternate, so that a disk that slows down slows both. */
async function benchWrites(directory: string, report: Report): Promise<void> {
  const store = openSQLiteStore({ path: join(directory, 'writes.db'), clock: systemClock });
  const bare = newBareLog(join(directory, 'bare.log'));
  const rates = { store: [] as number[], bare: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.bare.push(await writesPerSecond(bare.write));
    rates.store.push(await writesPerSecond((key) => put(store, key)));
  }
  bare.close();
  await store.close();
  const value = median(rates.store);
  const baseline = median(rates.bare);
  report({
    name: 'durable writes, 64 writers',
    value,
    unit: '1/s',
    baseline,
    ratio: value / baseline,
    goal: 'ratio >= 0.5',
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

/** With a path: only fills a file there, in a process of its own, whose memory is not counted. */
if (process.argv[1] === import.meta.filename) {
  const path = process.argv[2];
  if (path !== undefined) await fill(path);
  else await bench((row) => process.stdout.write(`${JSON.stringify(row)}\n`));
}
