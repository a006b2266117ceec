/**
 * The victim of `kill-during-write.test.ts`: many writers on one data file, each answered write noted in a second file.
 *
 * Each writer puts its two keys in one transaction, now and then deletes the second, and counts on from what the file
 * holds. One line per answered write: `writer count revision`. Meanwhile it compacts, so that kills hit that too.
 */

import { openSync, writeSync } from 'node:fs';
import { systemClock } from '../../packages/mayfly/src/clock/clock.ts';
import { CompactedError } from '../../packages/mayfly/src/storage/errors.ts';
import { openSQLiteStore } from '../../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import type { Operation, Store } from '../../packages/mayfly/src/storage/store.ts';

export const WRITERS = 24;

export function keysOfWriter(writer: number): [string, string] {
  return [`/first/${writer}`, `/second/${writer}`];
}

/** Every fifth write deletes the second key instead of putting it. */
export function deletesSecond(count: number): boolean {
  return count % 5 === 0;
}

async function write(store: Store, writer: number, notes: number): Promise<never> {
  const [first, second] = keysOfWriter(writer);
  const found = (await store.range({ key: first })).kvs[0];
  for (
    let count =
      Number(
        Buffer.from(found?.value ?? [])
          .toString()
          .trim(),
      ) + 1;
    ;
    count++
  ) {
    const value = Buffer.from(String(count).padEnd(400));
    const other: Operation = deletesSecond(count)
      ? { type: 'delete', key: second }
      : { type: 'put', key: second, value };
    const { revision } = await store.txn({ compare: [], success: [{ type: 'put', key: first, value }, other] });
    writeSync(notes, `${writer} ${count} ${revision}\n`); // in the page cache, which outlives this process
  }
}

/** Forgets what the last round verified; nothing when this round's predecessor was killed before it wrote. */
async function compact(store: Store, revision: number): Promise<void> {
  try {
    if (revision > 1) await store.compact(revision);
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
  }
}

if (process.argv[1] === import.meta.filename) {
  const [path = '', notesPath = ''] = process.argv.slice(2);
  const notes = openSync(notesPath, 'a');
  const store = openSQLiteStore({ path, clock: systemClock });
  const { revision } = await store.range({ key: '/' });
  const writing = Array.from({ length: WRITERS }, (_, writer) => write(store, writer, notes));
  process.stdout.write('writing\n');
  await compact(store, revision);
  await Promise.all(writing);
}
