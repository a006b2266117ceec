/**
 * A disk that is full, then has room again; and one that is read-only. Needs root, to mount a disk of four megabytes.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../packages/mayfly/src/clock/clock.ts';
import { openSQLiteStore } from '../../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import type { Store } from '../../packages/mayfly/src/storage/store.ts';

const skip = mountRefusal();

test('a full disk refuses writes, keeps what was answered, and recovers', { skip }, async () => {
  await withSmallDisk(async (directory) => {
    const ballast = join(directory, 'ballast');
    writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024));
    const path = join(directory, 'store.db');
    const store = openSQLiteStore({ path, clock: systemClock });
    const watch = store.watch({ key: '/', rangeEnd: '0' })[Symbol.asyncIterator]();
    const answered = await writeUntilRefused(store);
    assert.ok(answered > 10);
    await assertHolds(store, answered);
    assert.equal((await watch.next()).value?.events.length, answered, 'a watch saw a write that was refused');

    rmSync(ballast);
    await put(store, answered);
    await assertHolds(store, answered + 1);
    await store.close();
    const reopened = openSQLiteStore({ path, clock: systemClock });
    await assertHolds(reopened, answered + 1);
    await reopened.close();
  });
});

test('every transaction of a commit that found the disk full is refused', { skip }, async () => {
  await withSmallDisk(async (directory) => {
    const store = openSQLiteStore({ path: join(directory, 'store.db'), clock: systemClock });
    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => put(store, i)));
    for (const result of results) {
      assert.equal(result.status === 'rejected' && result.reason.code, 'ERR_STORE_FULL');
      assert.equal(result.status === 'rejected' && result.reason.retryable, true);
    }
    await assertHolds(store, 0);
    await store.close();
  });
});

test('a full disk is named when a data file is to be created on it', { skip }, async () => {
  await withSmallDisk(async (directory) => {
    writeFileSync(join(directory, 'ballast'), Buffer.alloc(4 * 1024 * 1024 - 8192));
    const open = (): Store => openSQLiteStore({ path: join(directory, 'store.db'), clock: systemClock });
    assert.throws(open, { code: 'ERR_STORE_FULL', message: /^no space left for the data file ".*store\.db"$/ });
  });
});

test('a read-only file system is named, with and without a data file on it', { skip }, async () => {
  await withSmallDisk(async (directory) => {
    const path = join(directory, 'store.db');
    await openSQLiteStore({ path, clock: systemClock }).close();
    execFileSync('mount', ['-o', 'remount,ro', directory]);
    for (const name of ['store.db', 'other.db']) {
      assert.throws(() => openSQLiteStore({ path: join(directory, name), clock: systemClock }), {
        code: 'ERR_STORE_OPEN',
        message: /its file system is read-only; mount it writable or choose another data directory$/,
      });
    }
  });
});

const VALUE = Buffer.alloc(40_000, 'v');

function put(store: Store, i: number): Promise<unknown> {
  return store.txn({ compare: [], success: [{ type: 'put', key: `/${String(i).padStart(4, '0')}`, value: VALUE }] });
}

async function writeUntilRefused(store: Store): Promise<number> {
  for (let answered = 0; ; answered++) {
    try {
      await put(store, answered);
    } catch (error) {
      assert.equal(error instanceof Error && 'code' in error && error.code, 'ERR_STORE_FULL');
      return answered;
    }
  }
}

async function assertHolds(store: Store, count: number): Promise<void> {
  const found = await store.range({ key: '/', rangeEnd: '0' });
  assert.deepEqual([found.count, found.revision], [count, count + 1]);
  assert.deepEqual(
    found.kvs.map(({ modRevision }) => modRevision),
    Array.from({ length: count }, (_, i) => i + 2),
  );
}

async function withSmallDisk(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory]);
  try {
    await run(directory);
  } finally {
    execFileSync('umount', ['-l', directory]);
    rmSync(directory, { recursive: true });
  }
}

/** Why this machine cannot mount a disk; false when it can. */
function mountRefusal(): string | false {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory], { stdio: 'ignore' });
    execFileSync('umount', [directory]);
    return false;
  } catch {
    return 'mounting a small disk needs root';
  } finally {
    rmSync(directory, { recursive: true });
  }
}
