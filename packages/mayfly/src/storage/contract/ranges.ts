import assert from 'node:assert/strict';
import { FutureRevisionError } from '../errors.ts';
import { type Check, keysOf, list, pair, put, remove } from './phrases.ts';

export function rangePromises(check: Check): void {
  check('reads half-open ranges in order of UTF-8 bytes, non-ASCII and astral keys too', async (store) => {
    const inOrder = [
      'p/',
      'p/A',
      'p/a',
      'p/a\0',
      'p/a/b',
      'p/ab',
      'p/é',
      'p/\ud7ff',
      'p/\ue000',
      'p/\uffff',
      'p/😀',
      'p/😀a',
    ];
    for (const key of [...inOrder].reverse()) await put(store, key);
    await put(store, 'p');
    await put(store, 'p0');
    assert.deepEqual(keysOf(await list(store, 'p/')), inOrder);
    for (const [i, start] of inOrder.entries()) {
      const { kvs } = await store.range({ key: start, rangeEnd: inOrder[i + 3] ?? 'p0' });
      assert.deepEqual(
        kvs.map(({ key }) => key),
        inOrder.slice(i, i + 3 < inOrder.length ? i + 3 : undefined),
      );
    }
  });

  check('cuts at a limit and counts the whole range', async (store) => {
    await Promise.all(['p/a', 'p/b', 'p/c', 'q/d'].map((key) => put(store, key)));
    for (const { limit, want, more } of [
      { limit: 0, want: 3, more: false },
      { limit: 2, want: 2, more: true },
      { limit: 3, want: 3, more: false },
      { limit: 4, want: 3, more: false },
    ]) {
      const found = await store.range({ key: 'p/', rangeEnd: 'p0', limit });
      assert.deepEqual([found.kvs.length, found.count, found.more], [want, 3, more], `limit ${limit}`);
    }
    const counted = await store.range({ key: 'p/', rangeEnd: 'p0', countOnly: true });
    assert.deepEqual([counted.kvs.length, counted.count], [0, 3]);
    assert.equal((await store.range({ key: 'p/a', countOnly: true })).count, 1);
  });

  check('finds nothing in an empty or reversed range, or in an empty store', async (store) => {
    const empty = { kvs: [], count: 0, more: false, revision: 1 };
    assert.deepEqual(await list(store, 'p/'), empty);
    assert.deepEqual(await store.range({ key: 'a' }), empty);
    await put(store, 'm');
    assert.equal((await store.range({ key: 'm', rangeEnd: 'm' })).count, 0);
    assert.equal((await store.range({ key: 'z', rangeEnd: 'a' })).count, 0);
  });

  check('reads past revisions, with their count, and tells the present one', async (store) => {
    await put(store, 'p/a', '1'); // 2
    await put(store, 'p/b', '1'); // 3
    await put(store, 'p/a', '2'); // 4
    await remove(store, 'p/b'); // 5
    await put(store, 'p/c', '1'); // 6
    for (const { revision, want } of [
      { revision: 1, want: [] },
      { revision: 2, want: ['p/a=1'] },
      { revision: 3, want: ['p/a=1', 'p/b=1'] },
      { revision: 4, want: ['p/a=2', 'p/b=1'] },
      { revision: 5, want: ['p/a=2'] },
      { revision: 6, want: ['p/a=2', 'p/c=1'] },
    ]) {
      const found = await list(store, 'p/', { revision });
      assert.deepEqual(found.kvs.map(pair), want, `at ${revision}`);
      assert.deepEqual([found.count, found.revision], [want.length, 6]);
      const counted = await list(store, 'p/', { revision, countOnly: true });
      assert.equal(counted.count, want.length);
      assert.equal((await list(store, 'p/', { revision, limit: 1 })).more, want.length > 1);
    }
    await assert.rejects(store.range({ key: 'p/a', revision: 7 }), FutureRevisionError);
  });

  check('counts and lists thousands of keys at once, now and at a past revision', async (store) => {
    const keys = Array.from({ length: 3000 }, (_, i) => `p/${(i * 7919) % 3000}`);
    const last = (await Promise.all(keys.map((key) => put(store, key)))).at(-1)?.revision ?? 0;
    await Promise.all(keys.slice(0, 1000).map((key) => remove(store, key)));
    const found = await list(store, 'p/');
    assert.equal(found.count, 2000);
    assert.deepEqual(keysOf(found), keys.slice(1000).sort());
    assert.equal((await list(store, 'p/', { limit: 5 })).count, 2000);
    assert.equal((await list(store, 'p/', { limit: 5, revision: last })).count, 3000);
    assert.equal(
      (await store.range({ key: 'p/1', rangeEnd: 'p/2', countOnly: true })).count,
      found.kvs.filter(({ key }) => key.startsWith('p/1')).length,
    );
  });
}
