/** What may happen while a commit is on its way to the disk; the rest of the store is in `contract/`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FakeClock } from '../../clock/fake-clock.ts';
import { silentLog } from '../../log/log.ts';
import { StorageError } from '../errors.ts';
import { MemoryLog } from '../memory/memory-log.ts';
import type { Store, StoreEvent } from '../store.ts';
import { MVCCStore } from './mvcc-store.ts';
import type { RevisionLog } from './revision-log.ts';

/** A log whose flushes end when the test says so. */
class SlowLog implements RevisionLog {
  readonly #inner = new MemoryLog();
  readonly groups: number[] = [];
  readonly #flushes: PromiseWithResolvers<void>[] = [];

  readonly load = () => this.#inner.load();
  readonly read: RevisionLog['read'] = (name) => this.#inner.read(name);
  readonly scan: RevisionLog['scan'] = (range, from, to) => this.#inner.scan(range, from, to);
  readonly setCompacted = () => this.#inner.setCompacted();
  readonly drop: RevisionLog['drop'] = (versions) => this.#inner.drop(versions);
  readonly settle = () => this.#inner.settle();
  readonly grantLease = () => this.#inner.grantLease();
  readonly removeLease = () => this.#inner.removeLease();
  readonly close = () => this.#inner.close();

  append(events: readonly StoreEvent[]): Promise<void> {
    this.#inner.append(events);
    this.groups.push(events.length);
    const flush = Promise.withResolvers<void>();
    this.#flushes.push(flush);
    return flush.promise;
  }

  async flushed(error?: Error): Promise<void> {
    while (this.#flushes.length === 0) await nextTurn();
    const flush = this.#flushes.shift();
    if (error === undefined) flush?.resolve();
    else flush?.reject(error);
    await nextTurn();
  }
}

function setUp() {
  const clock = new FakeClock();
  const revisions = new SlowLog();
  return { clock, revisions, store: new MVCCStore({ revisions, clock, log: silentLog }) };
}

function put(store: Store, key: string, lease = 0): Promise<unknown> {
  return store.txn({ compare: [], success: [{ type: 'put', key, value: Buffer.from('v'), lease }] });
}

test('nobody sees a write before it is durable; what comes meanwhile shares the next commit', async () => {
  const { revisions, store } = setUp();
  const first = put(store, 'a');
  await nextTurn();
  const others = [put(store, 'b'), put(store, 'c')];
  await nextTurn();
  assert.equal((await store.range({ key: 'a' })).count, 0);
  await revisions.flushed();
  await first;
  assert.equal((await store.range({ key: 'a' })).count, 1);
  await revisions.flushed();
  await Promise.all(others);
  assert.deepEqual(revisions.groups, [1, 2]);
});

test('a key on its way to the disk when its lease ends goes with the lease', async () => {
  const { clock, revisions, store } = setUp();
  const lease = await store.grantLease(60);
  const late = put(store, 'a', lease);
  await nextTurn();
  clock.advance(60_000);
  await revisions.flushed();
  await late;
  await revisions.flushed();
  assert.equal((await store.range({ key: 'a' })).count, 0);
});

test('closing waits for the commit under way, which is answered', async () => {
  const { revisions, store } = setUp();
  const written = put(store, 'a');
  await nextTurn();
  let isClosed = false;
  const closed = store.close().then(() => {
    isClosed = true;
  });
  await nextTurn();
  assert.equal(isClosed, false);
  await revisions.flushed();
  await Promise.all([written, closed]);
});

test('a flush that fails refuses its writes and changes nothing', async () => {
  const { revisions, store } = setUp();
  const refused = assert.rejects(put(store, 'a'), { code: 'ERR_STORE_FAULT' });
  await revisions.flushed(new StorageError('ERR_STORE_FAULT', 'cannot flush'));
  await refused;
  assert.deepEqual(await store.range({ key: 'a' }), { kvs: [], count: 0, more: false, revision: 1 });
});
