import assert from 'node:assert/strict';
import { all, type Check, collect, get, keyOfEvent, keysOf, list, put, putOf, until } from './phrases.ts';

export function leasePromises(check: Check): void {
  check('deletes the keys of an expired lease, with events', async (store, clock) => {
    const lease = await store.grantLease(60);
    const keys = Array.from({ length: 250 }, (_, i) => `p/${String(i).padStart(3, '0')}`);
    await Promise.all(keys.map((key) => store.txn({ compare: [], success: [{ ...putOf(key), lease }] })));
    assert.equal((await get(store, 'p/000'))?.lease, lease);
    const watch = store.watch(all('p/'));
    clock.advance(59_999);
    assert.equal((await list(store, 'p/')).count, 250);
    clock.advance(1);
    const { events } = await collect(watch, 250);
    assert.deepEqual(
      events.map((event) => `${event.type} ${keyOfEvent(event)}`),
      keys.map((key) => `delete ${key}`),
    );
    assert.equal((await list(store, 'p/')).count, 0);
    assert.equal((await list(store, 'p/', { revision: 251 })).count, 250);
  });

  check('spares a key that has another lease or none by then', async (store, clock) => {
    const lease = await store.grantLease(60);
    const longer = await store.grantLease(120);
    for (const key of ['p/a', 'p/b', 'p/c']) await store.txn({ compare: [], success: [{ ...putOf(key), lease }] });
    await put(store, 'p/a');
    await store.txn({ compare: [], success: [{ ...putOf('p/b'), lease: longer }] });
    const watch = store.watch(all('p/'));
    clock.advance(60_000);
    await collect(watch, 1);
    assert.deepEqual(keysOf(await list(store, 'p/')), ['p/a', 'p/b']);
    await assert.rejects(store.txn({ compare: [], success: [{ ...putOf('p/d'), lease }] }), {
      code: 'ERR_LEASE_NOT_FOUND',
    });
    clock.advance(60_000);
    await until(async () => (await list(store, 'p/')).count === 1);
  });

  check('expires leases in order of their deadlines, not of their granting', async (store, clock) => {
    for (const ttlSeconds of [30, 10, 20]) {
      const lease = await store.grantLease(ttlSeconds);
      await store.txn({ compare: [], success: [{ ...putOf(`p/${ttlSeconds}`), lease }] });
    }
    const batches = store.watch(all('p/'));
    for (const want of ['p/10', 'p/20', 'p/30']) {
      clock.advance(10_000);
      assert.deepEqual((await collect(batches, 1)).events.map(keyOfEvent), [want]);
    }
    await assert.rejects(store.grantLease(0), { code: 'ERR_INVALID_REQUEST' });
  });
}
