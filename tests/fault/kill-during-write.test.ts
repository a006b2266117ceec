/**
 * SIGKILL at random moments while many writers write and a compaction runs. After each kill the file is opened again:
 * every answered write is there, both halves of a transaction agree, no revision is missing or used twice, and a watch
 * goes on from where the last round ended.
 *
 * `MAYFLY_KILL_ROUNDS` (15) and `MAYFLY_SEED` set how often and when.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../packages/mayfly/src/clock/clock.ts';
import { SeededRandom } from '../../packages/mayfly/src/random/seeded-random.ts';
import { openSQLiteStore } from '../../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import type { Store, StoreEvent } from '../../packages/mayfly/src/storage/store.ts';
import { deletesSecond, keysOfWriter, WRITERS } from './write-until-killed.ts';

const ROUNDS = Number(process.env.MAYFLY_KILL_ROUNDS ?? 15);
const LONGEST_RUN_MS = 120;
const CHILD = join(import.meta.dirname, 'write-until-killed.ts');

interface Answered {
  readonly writer: number;
  readonly count: number;
  readonly revision: number;
}

const directory = mkdtempSync(join(tmpdir(), 'mayfly-kill-'));
after(() => rmSync(directory, { recursive: true }));

test(`no answered write is lost in ${ROUNDS} kills`, async () => {
  const seed = Number(process.env.MAYFLY_SEED ?? Math.trunc(performance.timeOrigin) % 1_000_000);
  process.stdout.write(`# seed ${seed}\n`);
  const random = new SeededRandom(seed);
  const path = join(directory, 'store.db');
  let verifiedRevision = 1;
  let total = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const answered = await writeUntilKilled(path, random.int(LONGEST_RUN_MS));
    const store = openSQLiteStore({ path, clock: systemClock });
    try {
      verifiedRevision = await verify(store, verifiedRevision, answered);
    } finally {
      await store.close();
    }
    total += answered.length;
  }
  process.stdout.write(`# ${ROUNDS} kills, ${total} answered writes, revision ${verifiedRevision}\n`);
  assert.ok(total > 0);
});

/** Lets the writers run for a while, kills them, and returns what they were answered. */
async function writeUntilKilled(path: string, runMs: number): Promise<Answered[]> {
  const notes = join(directory, 'answered.txt');
  writeFileSync(notes, '');
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, CHILD, path, notes], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exited]);
  await delay(runMs); // the moment of the kill is what this test varies; nothing is awaited by it
  child.kill('SIGKILL');
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', 'the writers ended by themselves');
  return readFileSync(notes, 'utf8')
    .trimEnd()
    .split('\n')
    .map(parseAnswered)
    .filter(({ revision }) => revision > 0);
}

function parseAnswered(line: string): Answered {
  const [writer = 0, count = 0, revision = 0] = line.split(' ').map(Number);
  return { writer, count, revision };
}

/** @returns the revision up to which everything was found right */
async function verify(store: Store, from: number, answered: readonly Answered[]): Promise<number> {
  const events = await eventsSince(store, from);
  const { revision } = await store.range({ key: '/' });
  const byRevision = Map.groupBy(events, revisionOf);
  for (let expected = from + 1; expected <= revision; expected++)
    assert.ok(byRevision.has(expected), `hole at ${expected}`);
  for (const { writer, count, revision: at } of answered) {
    const first = byRevision.get(at)?.find((event) => event.type === 'put' && event.kv.key === keysOfWriter(writer)[0]);
    assert.equal(first?.type === 'put' && countIn(first.kv.value), count, `the answered write at ${at} is lost`);
  }
  for (let writer = 0; writer < WRITERS; writer++) await verifyWriter(store, writer, answered);
  return revision;
}

/** The newest state of a writer's keys is its last answered write, or the one that was under way. */
async function verifyWriter(store: Store, writer: number, answered: readonly Answered[]): Promise<void> {
  const [first, second] = await Promise.all(
    keysOfWriter(writer).map(async (key) => (await store.range({ key })).kvs[0]),
  );
  const last = answered.findLast((answer) => answer.writer === writer)?.count;
  const count = first === undefined ? 0 : countIn(first.value);
  if (last !== undefined) assert.ok(count === last || count === last + 1, `writer ${writer}: ${count} after ${last}`);
  if (first === undefined || deletesSecond(count)) assert.equal(second, undefined);
  else
    assert.deepEqual(
      [second && countIn(second.value), second?.modRevision],
      [count, first.modRevision],
      'half a transaction',
    );
}

async function eventsSince(store: Store, revision: number): Promise<StoreEvent[]> {
  const events: StoreEvent[] = [];
  const { revision: current } = await store.range({ key: '/' });
  if (current === revision) return events;
  const watch = store.watch({ key: '/', rangeEnd: '0', startRevision: revision + 1 });
  for await (const batch of watch) {
    events.push(...batch.events);
    if (batch.revision >= current) break;
  }
  return events;
}

function revisionOf(event: StoreEvent): number {
  return event.type === 'put' ? event.kv.modRevision : event.modRevision;
}

function countIn(value: Uint8Array): number {
  return Number(Buffer.from(value).toString().trim());
}
