/**
 * A disk that fails at the flush of a commit: SQLite's COMMIT throws. Nothing of that commit may be seen, nothing that was
 * answered may be lost, and the store goes on as soon as the disk does.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SQLInputValue, StatementSync } from 'node:sqlite';
import { after, type TestContext, test } from 'node:test';
import { FakeClock } from '../../clock/fake-clock.ts';
import { prefixEnd, type RangeResponse, type Store, type StoreEvent } from '../store.ts';
import { openSQLiteStore } from './sqlite-store.ts';

const root = mkdtempSync(join(tmpdir(), 'mayfly-failing-commit-'));
after(() => rmSync(root, { recursive: true }));

const SQLITE_IOERR_FSYNC = 1034;

/** From now on commits fail as they do when fsync fails; the returned function mends the disk. */
function breakCommits(t: TestContext): () => void {
  const { run } = StatementSync.prototype;
  const broken = t.mock.method(
    StatementSync.prototype,
    'run',
    function (this: StatementSync, ...values: SQLInputValue[]) {
      if (this.sourceSQL === 'commit')
        throw Object.assign(new Error('disk I/O error'), { errcode: SQLITE_IOERR_FSYNC });
      return Reflect.apply(run, this, values);
    },
  );
  return () => broken.mock.restore();
}

function put(store: Store, key: string): Promise<unknown> {
  return store.txn({ compare: [], success: [{ type: 'put', key, value: Buffer.from(key) }] });
}

async function keysOf(store: Store): Promise<string[]> {
  const { kvs }: RangeResponse = await store.range({ key: '/', rangeEnd: prefixEnd('/') });
  return kvs.map(({ key }) => key);
}

function revisionAndKey(event: StoreEvent): [number, string] {
  return event.type === 'put' ? [event.kv.modRevision, event.kv.key] : [event.modRevision, event.key];
}

test('a commit that cannot be flushed is refused whole and leaves no trace', async (t) => {
  const path = join(root, 'refused.db');
  const store = openSQLiteStore({ path, clock: new FakeClock() });
  await put(store, '/kept');
  const { revision } = await store.range({ key: '/kept' });
  const watch = store.watch({ key: '/', rangeEnd: '0' })[Symbol.asyncIterator]();

  const mend = breakCommits(t);
  const outcomes = await Promise.allSettled(['/a', '/b', '/kept'].map((key) => put(store, key)));
  for (const outcome of outcomes) {
    assert.equal(outcome.status === 'rejected' && outcome.reason.code, 'ERR_STORE_FAULT');
  }
  assert.deepEqual(await keysOf(store), ['/kept']);
  assert.equal((await store.range({ key: '/kept' })).revision, revision, 'a refused commit used up a revision');

  mend();
  await put(store, '/c');
  assert.deepEqual((await watch.next()).value?.events.map(revisionAndKey), [[revision + 1, '/c']]);
  await store.close();
  const reopened = openSQLiteStore({ path, clock: new FakeClock() });
  assert.deepEqual(await keysOf(reopened), ['/c', '/kept']);
  await reopened.close();
});

test('a compaction that cannot be flushed forgets nothing that can still be read, and is finished later', async (t) => {
  const path = join(root, 'compaction.db');
  const store = openSQLiteStore({ path, clock: new FakeClock() });
  for (let i = 0; i < 3; i++) await put(store, '/a'); // 2, 3, 4
  const mend = breakCommits(t);
  await assert.rejects(store.compact(4), { code: 'ERR_STORE_FAULT' });
  assert.equal((await store.range({ key: '/a', revision: 4 })).count, 1);
  mend();
  await put(store, '/a'); // 5
  await store.compact(5);
  assert.deepEqual(await keysOf(store), ['/a']);
  await store.close();
});
