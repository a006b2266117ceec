import assert from 'node:assert/strict';
import { absent, type Check, facts, get, list, pair, put, putOf, remove } from './phrases.ts';

export function revisionPromises(check: Check): void {
  check('starts at revision 1 and grows by one per changing transaction', async (store) => {
    assert.equal((await store.range({ key: 'a' })).revision, 1);
    assert.equal((await put(store, 'a')).revision, 2);
    assert.equal((await put(store, 'a')).revision, 3);
    assert.equal((await remove(store, 'a')).revision, 4);
  });

  check('keeps its revision when a transaction changes nothing', async (store) => {
    await put(store, 'a');
    assert.equal((await remove(store, 'absent')).revision, 2);
    assert.equal((await store.txn({ compare: [], success: [] })).revision, 2);
    const lost = await store.txn({ compare: [absent('a')], success: [putOf('a')] });
    assert.deepEqual([lost.succeeded, lost.revision], [false, 2]);
    assert.equal((await put(store, 'b')).revision, 3);
  });

  check('counts versions from creation, and begins again after a deletion', async (store) => {
    await put(store, 'a', 'one');
    await put(store, 'a', 'two');
    assert.deepEqual(facts(await get(store, 'a')), { key: 'a', create: 2, mod: 3, version: 2, value: 'two' });
    await remove(store, 'a');
    await put(store, 'a', 'three');
    assert.deepEqual(facts(await get(store, 'a')), { key: 'a', create: 5, mod: 5, version: 1, value: 'three' });
  });

  check('hands every reader the same frozen object for a version', async (store) => {
    const written = (await put(store, 'p/a')).results[0];
    const first = await get(store, 'p/a');
    assert.ok(first !== undefined && Object.isFrozen(first));
    assert.equal(await get(store, 'p/a'), first);
    assert.equal((await list(store, 'p/')).kvs[0], first);
    assert.equal(written?.type === 'put' && written.kv, first);
  });

  check('does not keep the pool alive that a small value was cut from', async (store) => {
    const pool = Buffer.from('0123456789'.repeat(100));
    const value = pool.subarray(10, 20);
    await store.txn({ compare: [], success: [{ type: 'put', key: 'a', value }] });
    const kept = await get(store, 'a');
    assert.equal(pair(kept), 'a=0123456789');
    assert.equal(kept?.value.buffer.byteLength, 10);
  });

  check('keeps an empty value apart from a deletion', async (store) => {
    await put(store, 'a', '');
    await put(store, 'a', 'later');
    assert.equal((await store.range({ key: 'a', revision: 2 })).kvs[0]?.value.byteLength, 0);
  });
}
