import assert from 'node:assert/strict';
import { FutureRevisionError } from '../errors.ts';
import { all, type Check, collect, describe, get, isCompacted, iterate, list, pair, put, remove } from './phrases.ts';

export function compactionPromises(check: Check): void {
  check('forgets the past at compaction, keeps the newest versions and the revision', async (store) => {
    await put(store, 'p/a', '1'); // 2
    await put(store, 'p/b', '1'); // 3
    await put(store, 'p/a', '2'); // 4
    await remove(store, 'p/b'); // 5
    await put(store, 'p/a', '3'); // 6
    await store.compact(5);
    await assert.rejects(store.range({ key: 'p/a', revision: 4 }), isCompacted(5));
    assert.deepEqual((await list(store, 'p/', { revision: 5 })).kvs.map(pair), ['p/a=2']);
    assert.deepEqual((await list(store, 'p/')).kvs.map(pair), ['p/a=3']);
    await assert.rejects(iterate(store.watch({ ...all('p/'), startRevision: 5 })).next(), isCompacted(5));
    const { events } = await collect(store.watch({ ...all('p/'), startRevision: 6 }), 1);
    assert.deepEqual(events.map(describe), ['6 put p/a=3 was p/a=2']);
    assert.equal((await put(store, 'p/b')).revision, 7);
  });

  check('refuses to compact twice, or into the future', async (store) => {
    await put(store, 'a');
    await put(store, 'a');
    await store.compact(2);
    await assert.rejects(store.compact(2), isCompacted(2));
    await assert.rejects(store.compact(4), FutureRevisionError);
    await store.compact(3);
    assert.equal((await get(store, 'a'))?.modRevision, 3);
  });

  check('survives compaction of everything there was', async (store) => {
    await put(store, 'a');
    await remove(store, 'a');
    await store.compact(3);
    assert.deepEqual(await store.range({ key: 'a', rangeEnd: 'b' }), { kvs: [], count: 0, more: false, revision: 3 });
    assert.equal((await put(store, 'a')).revision, 4);
    assert.equal((await get(store, 'a'))?.version, 1);
  });

  check('tells a watch whose start was compacted while it was behind', async (store) => {
    for (let i = 0; i < 10; i++) await put(store, 'p/a');
    const watch = store.watch({ ...all('p/'), startRevision: 3 });
    await store.compact(8);
    await assert.rejects(iterate(watch).next(), isCompacted(8));
  });

  check('compacts thousands of versions while writes go on', async (store) => {
    for (let i = 0; i < 5; i++)
      await Promise.all(Array.from({ length: 1000 }, (_, j) => put(store, `p/${j}`, String(i))));
    const compacting = store.compact(4500);
    const during = await Promise.all(Array.from({ length: 200 }, (_, j) => put(store, `p/${j}`, 'new')));
    await compacting;
    assert.equal(during.at(-1)?.revision, 5201);
    const { kvs, count } = await list(store, 'p/', { revision: 4500 });
    assert.equal(count, 1000);
    assert.deepEqual(new Set(kvs.map((kv) => Buffer.from(kv.value).toString())), new Set(['3', '4']));
    await store.compact(5201);
    assert.equal((await list(store, 'p/')).kvs.filter((kv) => Buffer.from(kv.value).toString() === 'new').length, 200);
  });
}
