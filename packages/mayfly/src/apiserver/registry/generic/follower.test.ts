import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { silentLog } from '../../../log/log.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import type { Store, StoreWatch } from '../../../storage/store.ts';
import { Follower, type KeySink } from './follower.ts';

const PREFIX = '/x/';

function setUp(over: (store: Store) => Store = (store) => store) {
  const clock = new FakeClock();
  const store = newMemoryStore({ clock });
  const told: string[] = [];
  const sink: KeySink = {
    replace: (pairs) => void told.push(`all ${pairs.map(({ key }) => key).join(' ')}`),
    put: ({ key }) => void told.push(`put ${key}`),
    remove: ({ key }) => void told.push(`remove ${key}`),
  };
  const follower = new Follower({ store: over(store), prefix: PREFIX, sink, clock, log: silentLog });
  const put = async (key: string): Promise<number> =>
    (await store.txn({ compare: [], success: [{ type: 'put', key, value: new Uint8Array(1) }] })).revision;
  return { clock, store, told, follower, put };
}

/** The store under another's eyes: its watches can be made deaf, or broken. */
function watched(watches: StoreWatch[], isDeaf: () => boolean) {
  return (store: Store): Store => {
    const watch: Store['watch'] = (request) => {
      const inner = store.watch(request);
      watches.push(inner);
      return {
        [Symbol.asyncIterator]: () => inner[Symbol.asyncIterator](),
        requestProgress: () => (isDeaf() ? undefined : inner.requestProgress()),
        cancel: () => inner.cancel(),
      };
    };
    return { ...bound(store), watch };
  };
}

function bound(store: Store): Store {
  return {
    range: (request) => store.range(request),
    txn: (request) => store.txn(request),
    watch: (request) => store.watch(request),
    compact: (revision) => store.compact(revision),
    grantLease: (ttlSeconds) => store.grantLease(ttlSeconds),
    close: () => store.close(),
  };
}

test('tells each change of its range, in order, after what there was', async () => {
  const { store, told, follower, put } = setUp();
  await follower.synced;
  await put('/x/a');
  await put('/y/other');
  await store.txn({ compare: [], success: [{ type: 'delete', key: '/x/a' }] });
  await follower.reached(await put('/x/b'));
  assert.deepEqual(told, ['all ', 'put /x/a', 'remove /x/a', 'put /x/b']);
  await follower.stop();
});

test('knows nothing before it has been told everything', async () => {
  const { follower } = setUp();
  assert.equal(follower.behindMs(), Number.POSITIVE_INFINITY);
  await follower.synced;
  assert.equal(follower.behindMs(), 0);
  await follower.stop();
});

test('`reached` waits for a revision, and not for one that is there', async () => {
  const { follower, put, told } = setUp();
  await follower.synced;
  const revision = await put('/x/a');
  await follower.reached(revision);
  assert.deepEqual(told, ['all ', 'put /x/a']);
  let isThere = false;
  const later = follower.reached(revision + 1).then(() => (isThere = true));
  await nextTurn();
  assert.equal(isThere, false);
  await put('/x/b');
  await later;
  await follower.stop();
});

test('is behind as long as the store does not answer, and says for how long', async () => {
  let isDeaf = false;
  const { clock, follower, put } = setUp((store) => watched([], () => isDeaf)(store));
  await follower.synced;
  clock.advance(3600_000);
  await nextTurn();
  assert.equal(follower.behindMs(), 0, 'the store has answered');
  isDeaf = true;
  clock.advance(1_000);
  await nextTurn();
  clock.advance(7_000);
  assert.equal(follower.behindMs(), 7_000);
  await follower.reached(await put('/x/a'));
  assert.equal(follower.behindMs(), 0, 'an event is an answer');
  await follower.stop();
});

test('a watch that breaks is begun anew with everything, and meanwhile it is behind', async () => {
  const watches: StoreWatch[] = [];
  const { clock, told, follower, put } = setUp(watched(watches, () => false));
  await follower.synced;
  watches[0]?.cancel();
  await nextTurn();
  await put('/x/a');
  clock.advance(99);
  await nextTurn();
  assert.deepEqual([told, follower.behindMs()], [['all '], 99]);
  clock.advance(1);
  while (told.length < 2) await nextTurn();
  assert.deepEqual([told, follower.behindMs()], [['all ', 'all /x/a'], 0]);
  await follower.stop();
});

test('a sink that throws breaks the watch: it is told everything again, and never skipped', async () => {
  const clock = new FakeClock();
  const store = newMemoryStore({ clock });
  let tries = 0;
  const sink: KeySink = {
    replace: () => undefined,
    put() {
      tries++;
      throw new Error('unreadable');
    },
    remove: () => undefined,
  };
  const follower = new Follower({ store, prefix: PREFIX, sink, clock, log: silentLog });
  await follower.synced;
  await store.txn({ compare: [], success: [{ type: 'put', key: '/x/a', value: new Uint8Array(1) }] });
  while (tries === 0) await nextTurn();
  clock.advance(50);
  assert.equal(follower.behindMs(), 50);
  await follower.stop();
});
