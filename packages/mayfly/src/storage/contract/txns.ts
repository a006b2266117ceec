import assert from 'node:assert/strict';
import type { StorageErrorCode } from '../errors.ts';
import { MAX_OPERATIONS } from '../mvcc/limits.ts';
import type { Operation, TxnRequest } from '../store.ts';
import { absent, type Check, get, keysOf, list, pair, put, putOf, remove } from './phrases.ts';

export function txnPromises(check: Check): void {
  check('compares revision and version, and takes the failure branch', async (store) => {
    await put(store, 'a', '1');
    await put(store, 'a', '2');
    const failure: Operation[] = [{ type: 'range', request: { key: 'a' } }];
    for (const { compare, want } of [
      { compare: [{ key: 'a', target: 'modRevision', equals: 3 }], want: true },
      { compare: [{ key: 'a', target: 'modRevision', equals: 2 }], want: false },
      { compare: [{ key: 'a', target: 'version', equals: 2 }], want: true },
      { compare: [absent('a')], want: false },
      { compare: [absent('b')], want: true },
      {
        compare: [
          { key: 'a', target: 'version', equals: 2 },
          { key: 'b', target: 'version', equals: 1 },
        ],
        want: false,
      },
    ] as { compare: TxnRequest['compare']; want: boolean }[]) {
      const { succeeded, results } = await store.txn({ compare, success: [], failure });
      assert.equal(succeeded, want);
      assert.equal(results.length, want ? 0 : 1);
      if (!want) assert.equal(results[0]?.type === 'range' && pair(results[0].response.kvs[0]), 'a=2');
    }
  });

  check('does all operations of a transaction at one revision', async (store) => {
    await Promise.all(['p/a', 'p/b'].map((key) => put(store, key)));
    const { revision, results } = await store.txn({
      compare: [],
      success: [
        putOf('q/1'),
        { type: 'delete', key: 'p/', rangeEnd: 'p0' },
        { type: 'range', request: { key: 'q/', rangeEnd: 'q0' } },
        putOf('q/2'),
      ],
    });
    assert.equal(revision, 4);
    assert.deepEqual(results[1]?.type === 'delete' && results[1].deleted.map(({ key }) => key), ['p/a', 'p/b']);
    assert.deepEqual(results[2]?.type === 'range' && keysOf(results[2].response), ['q/1']);
    assert.deepEqual(
      (await list(store, 'q/')).kvs.map((kv) => kv.modRevision),
      [4, 4],
    );
    assert.deepEqual((await list(store, 'p/', { revision: 3 })).count, 2);
  });

  check('evaluates each transaction on what the ones before it wrote, in order', async (store) => {
    const creations = Array.from({ length: 50 }, (_, i) =>
      store.txn({ compare: [absent('a')], success: [putOf('a', String(i))] }),
    );
    const results = await Promise.all(creations);
    assert.deepEqual(
      results.map(({ succeeded }) => succeeded),
      [true, ...Array<boolean>(49).fill(false)],
    );
    const [, , , seen] = await Promise.all([
      put(store, 'p/b'),
      remove(store, 'a'),
      put(store, 'p/a'),
      store.txn({
        compare: [absent('a')],
        success: [{ type: 'range', request: { key: 'p/', rangeEnd: 'p0', limit: 1 } }],
      }),
    ]);
    const response = seen?.results[0]?.type === 'range' ? seen.results[0].response : undefined;
    assert.deepEqual([response?.kvs[0]?.key, response?.count, response?.more], ['p/a', 2, true]);
  });

  check('lets exactly one of many writers win each round', async (store) => {
    const writers = 20;
    const rounds = 25;
    await put(store, 'counter', '0');
    let lost = 0;
    const writer = async (): Promise<void> => {
      for (let done = 0; done < rounds; ) {
        const kv = await get(store, 'counter');
        const next = String(Number(Buffer.from(kv?.value ?? []).toString()) + 1);
        const compare = [{ key: 'counter', target: 'modRevision', equals: kv?.modRevision ?? 0 }] as const;
        const { succeeded } = await store.txn({ compare, success: [putOf('counter', next)] });
        if (succeeded) done++;
        else lost++;
      }
    };
    await Promise.all(Array.from({ length: writers }, writer));
    const kv = await get(store, 'counter');
    assert.equal(pair(kv), `counter=${writers * rounds}`);
    assert.equal(kv?.version, writers * rounds + 1);
    assert.ok(lost > 0);
  });

  check('refuses what cannot be right, with the code and without a trace', async (store) => {
    const huge = Buffer.alloc(1.5 * 1024 * 1024 + 1);
    const many = Array.from({ length: MAX_OPERATIONS + 1 }, (_, i) => putOf(`k${i}`));
    const cases: { name: string; success: Operation[]; code: StorageErrorCode }[] = [
      { name: 'empty key', success: [putOf('')], code: 'ERR_INVALID_REQUEST' },
      { name: 'half a surrogate pair', success: [putOf('a\ud83d')], code: 'ERR_INVALID_REQUEST' },
      { name: 'key of 2049 characters', success: [putOf('k'.repeat(2049))], code: 'ERR_INVALID_REQUEST' },
      { name: '129 operations', success: many, code: 'ERR_INVALID_REQUEST' },
      { name: 'the same key twice', success: [putOf('a'), putOf('b'), putOf('a')], code: 'ERR_INVALID_REQUEST' },
      { name: 'over 1.5 MiB', success: [{ type: 'put', key: 'a', value: huge }], code: 'ERR_REQUEST_TOO_LARGE' },
      { name: 'unknown lease', success: [putOf('b'), { ...putOf('a'), lease: 77 }], code: 'ERR_LEASE_NOT_FOUND' },
    ];
    for (const { name, success, code } of cases) {
      const [refused, next] = await Promise.allSettled([store.txn({ compare: [], success }), put(store, 'z', name)]);
      assert.equal(refused.status === 'rejected' && refused.reason.code, code, name);
      assert.equal(next.status, 'fulfilled', name);
    }
    assert.equal((await store.range({ key: 'a', rangeEnd: 'z' })).count, 0);
    assert.equal((await get(store, 'z'))?.modRevision, 1 + cases.length);
  });
}
