import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../clock/fake-clock.ts';
import { silentLog } from '../log/log.ts';
import { COMPACT_REV_KEY, compactOnce, startCompactor } from './compaction.ts';
import { StorageError } from './errors.ts';
import { newMemoryStore } from './memory/memory-store.ts';
import type { Store } from './store.ts';

const MINUTE = 60_000;

function put(store: Store, key: string): Promise<unknown> {
  return store.txn({ compare: [], success: [{ type: 'put', key, value: Buffer.from('v') }] });
}

/** Reads at a revision until that fails, which a compaction in the background makes happen. */
async function untilCompacted(store: Store, revision: number): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    try {
      await store.range({ key: 'a', revision });
    } catch (error) {
      assert.equal(error instanceof StorageError && error.code, 'ERR_COMPACTED');
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`revision ${revision} was never compacted`);
}

test('compacts to the revision of the round before, so history is kept for at least five minutes', async () => {
  const store = newMemoryStore({ clock: new FakeClock() });
  await put(store, 'a'); // 2
  const first = await compactOnce(store, { version: 0, revision: 0 }); // writes 3
  assert.deepEqual(first, { version: 1, revision: 3 });
  await store.range({ key: 'a', revision: 1 });
  await put(store, 'a'); // 4
  const second = await compactOnce(store, first); // writes 5
  assert.deepEqual(second, { version: 2, revision: 5 });
  await assert.rejects(store.range({ key: 'a', revision: 2 }), { code: 'ERR_COMPACTED', compactRevision: 3 });
  await store.range({ key: 'a', revision: 3 });
  const kv = (await store.range({ key: COMPACT_REV_KEY })).kvs[0];
  assert.equal(Buffer.from(kv?.value ?? []).toString(), '3');
  await store.close();
});

test('of two servers one compacts each round, and the other learns its version', async () => {
  const store = newMemoryStore({ clock: new FakeClock() });
  const winner = await compactOnce(store, { version: 0, revision: 0 });
  const loser = await compactOnce(store, { version: 0, revision: 0 });
  assert.deepEqual(
    [winner, loser],
    [
      { version: 1, revision: 2 },
      { version: 1, revision: 2 },
    ],
  );
  assert.equal((await compactOnce(store, loser)).version, 2);
  assert.deepEqual(await compactOnce(store, winner), { version: 2, revision: 3 });
  await store.close();
});

test('runs every five minutes, survives a failed round, and stops', async () => {
  const clock = new FakeClock();
  const store = newMemoryStore({ clock });
  let failures = 1;
  const warnings: string[] = [];
  const flaky: Store = {
    range: (request) => store.range(request),
    watch: (request) => store.watch(request),
    compact: (revision) => store.compact(revision),
    grantLease: (ttlSeconds) => store.grantLease(ttlSeconds),
    close: () => store.close(),
    txn: (request) =>
      failures-- > 0 ? Promise.reject(new StorageError('ERR_STORE_FULL', 'full')) : store.txn(request),
  };
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
  const compactor = startCompactor({ store: flaky, clock, log });
  const writes = store.watch({ key: COMPACT_REV_KEY })[Symbol.asyncIterator]();
  clock.advance(5 * MINUTE - 1);
  assert.deepEqual(warnings, []);
  clock.advance(1); // fails
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, ['compaction failed']);
  clock.advance(5 * MINUTE); // writes revision 2
  await writes.next();
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(5 * MINUTE); // compacts to it
  await untilCompacted(store, 1);
  await compactor.stop();
  clock.advance(20 * MINUTE);
  assert.equal((await store.range({ key: 'a' })).revision, 3);
  await store.close();
});
