/**
 * The promises of `store.ts`, as tests: every implementation runs them all. Each test opens its own store.
 *
 * The last one compares a store with a model too simple to be wrong, on a random history; its seed is printed, and
 * `MAYFLY_SEED` replays it.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../clock/fake-clock.ts';
import { SeededRandom } from '../random/seeded-random.ts';
import { CompactedError, FutureRevisionError, SlowWatcherError, type StorageErrorCode } from './errors.ts';
import { ModelStore } from './model-store.ts';
import { MAX_OPERATIONS, MAX_WATCH_EVENTS } from './mvcc/limits.ts';
import {
  type KeyValue,
  type Operation,
  prefixEnd,
  type RangeRequest,
  type Store,
  type StoreEvent,
  type StoreWatch,
  type TxnRequest,
  type TxnResponse,
  type WatchBatch,
} from './store.ts';

export interface Opened {
  readonly store: Store;
  /** Releases what the test made; the store may be closed already. */
  dispose(): Promise<void>;
}

/** Registers the suite for one implementation. */
export function storeContract(name: string, open: (clock: FakeClock) => Promise<Opened>): void {
  const check = (promise: string, run: (store: Store, clock: FakeClock) => Promise<void>): void => {
    test(`${name}: ${promise}`, async () => {
      const clock = new FakeClock();
      const { store, dispose } = await open(clock);
      try {
        await run(store, clock);
      } finally {
        await dispose();
      }
    });
  };
  revisionPromises(check);
  rangePromises(check);
  txnPromises(check);
  watchPromises(check);
  compactionPromises(check);
  leasePromises(check);
  closingPromises(check);
  check('agrees with a simple model on a random history', agreesWithModel);
}

type Check = (promise: string, run: (store: Store, clock: FakeClock) => Promise<void>) => void;

function revisionPromises(check: Check): void {
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

function rangePromises(check: Check): void {
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

function txnPromises(check: Check): void {
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

function watchPromises(check: Check): void {
  check('watches from now on, with previous values', async (store) => {
    await put(store, 'p/a', '1');
    const watch = store.watch(all('p/'));
    await put(store, 'p/a', '2');
    await put(store, 'q/a', 'other');
    await remove(store, 'p/a');
    const { events } = await collect(watch, 2);
    assert.deepEqual(events.map(describe), ['3 put p/a=2 was p/a=1', '5 delete p/a was p/a=2']);
  });

  check('watches from a past revision and goes on live, without hole or repeat', async (store) => {
    for (let i = 0; i < 2500; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, j) => put(store, `p/${(i + j) % 7}`, String(i + j))));
    }
    const watches = [2, 3, 1500, 2501, 2502].map((startRevision) => ({
      startRevision,
      watch: store.watch({ ...all('p/'), startRevision }),
    }));
    const reading = watches.map(({ startRevision, watch }) => collect(watch, 2701 - startRevision + 1));
    for (let i = 2500; i < 2700; i++) await put(store, `p/${i % 7}`, String(i));
    for (const [i, { events }] of (await Promise.all(reading)).entries()) {
      const start = watches[i]?.startRevision ?? 0;
      assert.deepEqual(
        events.map(revisionOf),
        Array.from({ length: 2701 - start + 1 }, (_, j) => start + j),
      );
      for (const event of events) {
        const index = revisionOf(event) - 2;
        assert.equal(
          describe(event),
          `${index + 2} put p/${index % 7}=${index} was ${index < 7 ? 'nothing' : `p/${index % 7}=${index - 7}`}`,
        );
      }
    }
  });

  check('waits for a start in the future', async (store) => {
    const watch = store.watch({ ...all('p/'), startRevision: 4 });
    for (const value of ['2', '3', '4', '5']) await put(store, 'p/a', value);
    assert.deepEqual((await collect(watch, 2)).events.map(revisionOf), [4, 5]);
  });

  check('delivers one key, a prefix, and an odd range each to its own watch', async (store) => {
    const watches = [
      { key: 'p/b' },
      all('p/'),
      all('p/b/'),
      { key: 'p/a', rangeEnd: 'p/c' },
      all('/'),
      { key: 'p', rangeEnd: 'q' },
    ].map((request) => store.watch(request));
    for (const key of ['p/a', 'p/b', 'p/b/x', 'p/c', 'q/a', '/z', 'p']) await put(store, key);
    const wants = [
      ['p/b'],
      ['p/a', 'p/b', 'p/b/x', 'p/c'],
      ['p/b/x'],
      ['p/a', 'p/b', 'p/b/x'],
      ['/z'],
      ['p/a', 'p/b', 'p/b/x', 'p/c', 'p'],
    ];
    for (const [i, watch] of watches.entries()) {
      const { events } = await collect(watch, wants[i]?.length ?? 0);
      assert.deepEqual(events.map(keyOfEvent), wants[i]);
    }
  });

  check('puts all events of one revision in one batch', async (store) => {
    const watch = store.watch(all('p/'));
    const replayed = store.watch({ ...all('p/'), startRevision: 1 });
    const success = Array.from({ length: 100 }, (_, i) => putOf(`p/${i}`));
    await store.txn({ compare: [], success });
    const { value } = await iterate(watch).next();
    assert.deepEqual([value?.revision, value?.events.length], [2, 100]);
    const second = await iterate(replayed).next();
    assert.deepEqual([second.value?.revision, second.value?.events.length], [2, 100]);
  });

  check('reports progress when asked, and only up to where the watch has come', async (store) => {
    const watch = store.watch(all('p/'));
    const batches = iterate(watch);
    await put(store, 'q/a');
    watch.requestProgress();
    assert.deepEqual((await batches.next()).value, { revision: 2, events: [] });
    const next = batches.next();
    await put(store, 'q/a');
    watch.requestProgress();
    assert.deepEqual((await next).value, { revision: 3, events: [] });
    const behind = store.watch({ ...all('q/'), startRevision: 1 });
    behind.requestProgress();
    assert.deepEqual((await iterate(behind).next()).value?.events.map(revisionOf), [2, 3]);
  });

  check('ends a cancelled watch, while it waits and before', async (store) => {
    const watch = store.watch(all('p/'));
    const waiting = iterate(watch).next();
    watch.cancel();
    assert.equal((await waiting).done, true);
    assert.equal((await iterate(watch).next()).done, true);
    await put(store, 'p/a');
    for await (const batch of store.watch({ ...all('p/'), startRevision: 1 })) {
      assert.equal(batch.events.length, 1);
      break;
    }
  });

  check('drops a reader that falls too far behind, and no other', async (store) => {
    const slow = store.watch(all('p/'));
    const quick = iterate(store.watch(all('p/')));
    let seen = 0;
    for (let written = 0; written <= MAX_WATCH_EVENTS; written += 1000) {
      await Promise.all(Array.from({ length: 1000 }, (_, i) => put(store, `p/${i}`)));
      while (seen < written + 1000) seen += (await quick.next()).value?.events.length ?? 0;
    }
    await assert.rejects(iterate(slow).next(), SlowWatcherError);
    assert.equal((await iterate(slow).next()).done, true);
  });
}

function compactionPromises(check: Check): void {
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

function leasePromises(check: Check): void {
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

function closingPromises(check: Check): void {
  check('ends watches and refuses everything once closed', async (store) => {
    await put(store, 'a');
    const live = iterate(store.watch({ key: 'a' })).next();
    const behind = store.watch({ key: 'a', startRevision: 1 });
    const waiting = put(store, 'b');
    const refused = assert.rejects(waiting, { code: 'ERR_STORE_CLOSED' });
    await store.close();
    await store.close();
    await refused;
    assert.equal((await live).done, true);
    assert.equal((await iterate(behind).next()).done, true);
    const closed = { code: 'ERR_STORE_CLOSED' };
    await assert.rejects(store.range({ key: 'a' }), closed);
    await assert.rejects(put(store, 'a'), closed);
    await assert.rejects(store.compact(2), closed);
    await assert.rejects(store.grantLease(1), closed);
  });
}

async function agreesWithModel(store: Store): Promise<void> {
  const seed = Number(process.env.MAYFLY_SEED ?? Math.trunc(performance.timeOrigin) % 1_000_000);
  process.stdout.write(`# seed ${seed}\n`);
  const random = new SeededRandom(seed);
  const model = new ModelStore();
  const watch = store.watch(all('p/'));
  for (let step = 0; step < 300; step++) {
    const requests = Array.from({ length: 1 + random.int(6) }, () => randomTxn(random, model.revision));
    const answers = await Promise.all(requests.map((request) => store.txn(request)));
    for (const [i, request] of requests.entries()) {
      const want = model.txn(request);
      assert.deepEqual([answers[i]?.succeeded, answers[i]?.revision], [want.succeeded, want.revision]);
    }
    if (random.int(20) === 0 && model.revision - 5 > model.compactedRevision) {
      model.compact(model.revision - 5);
      await store.compact(model.revision - 5);
    }
    await compareReads(store, model, random);
  }
  const { events } = await collect(watch, model.events.length);
  assert.deepEqual(events.map(describe), model.events);
  const replay = store.watch({ ...all('p/'), startRevision: model.compactedRevision + 1 });
  const recent = model.events.filter((event) => Number.parseInt(event, 10) > model.compactedRevision);
  assert.deepEqual((await collect(replay, recent.length)).events.map(describe), recent);
}

async function compareReads(store: Store, model: ModelStore, random: SeededRandom): Promise<void> {
  const revision = model.compactedRevision + random.int(model.revision - model.compactedRevision + 1);
  const request: RangeRequest = { ...randomRange(random), revision, limit: random.int(5) };
  const want = model.range(request);
  const found = await store.range(request);
  assert.deepEqual(found.kvs.map(facts), want.kvs.map(facts));
  assert.deepEqual([found.count, found.more, found.revision], [want.count, want.more, model.revision]);
}

const MODEL_KEYS = ['p/a', 'p/b', 'p/b/c', 'p/é', 'p/\uffff', 'p/😀', 'p/z', 'p/zz'];

function randomTxn(random: SeededRandom, revision: number): TxnRequest {
  const key = MODEL_KEYS[random.int(MODEL_KEYS.length)] ?? 'p/a';
  const compare =
    random.int(2) === 0 ? [] : [{ key, target: 'modRevision', equals: Math.max(0, revision - random.int(4)) } as const];
  const operation: Operation =
    random.int(3) === 0 ? { type: 'delete', ...randomRange(random) } : putOf(key, String(random.int(1000)));
  return { compare, success: [operation], failure: random.int(2) === 0 ? [] : [putOf(`${key}!`, 'failed')] };
}

function randomRange(random: SeededRandom): { key: string; rangeEnd?: string } {
  const key = MODEL_KEYS[random.int(MODEL_KEYS.length)] ?? 'p/a';
  const rangeEnd = MODEL_KEYS[random.int(MODEL_KEYS.length)] ?? 'p0';
  return random.int(2) === 0 ? { key } : { key, rangeEnd };
}

function putOf(key: string, value = 'v'): Operation & { type: 'put' } {
  return { type: 'put', key, value: Buffer.from(value) };
}

function absent(key: string): TxnRequest['compare'][number] {
  return { key, target: 'modRevision', equals: 0 };
}

function put(store: Store, key: string, value?: string): Promise<TxnResponse> {
  return store.txn({ compare: [], success: [putOf(key, value)] });
}

function remove(store: Store, key: string): Promise<TxnResponse> {
  return store.txn({ compare: [], success: [{ type: 'delete', key }] });
}

async function get(store: Store, key: string): Promise<KeyValue | undefined> {
  return (await store.range({ key })).kvs[0];
}

function all(prefix: string): { key: string; rangeEnd: string } {
  return { key: prefix, rangeEnd: prefixEnd(prefix) };
}

function list(store: Store, prefix: string, rest: Partial<RangeRequest> = {}): ReturnType<Store['range']> {
  return store.range({ ...all(prefix), ...rest });
}

function keysOf({ kvs }: { kvs: readonly KeyValue[] }): string[] {
  return kvs.map(({ key }) => key);
}

function facts(kv: KeyValue | undefined): Record<string, unknown> | undefined {
  if (kv === undefined) return undefined;
  const { key, createRevision, modRevision, version, value } = kv;
  return { key, create: createRevision, mod: modRevision, version, value: Buffer.from(value).toString() };
}

function pair(kv: KeyValue | undefined): string {
  return kv === undefined ? 'nothing' : `${kv.key}=${Buffer.from(kv.value).toString()}`;
}

function describe(event: StoreEvent): string {
  const what = event.type === 'put' ? `put ${pair(event.kv)}` : `delete ${event.key}`;
  return `${revisionOf(event)} ${what} was ${pair(event.prev)}`;
}

function revisionOf(event: StoreEvent): number {
  return event.type === 'put' ? event.kv.modRevision : event.modRevision;
}

function keyOfEvent(event: StoreEvent): string {
  return event.type === 'put' ? event.kv.key : event.key;
}

function isCompacted(revision: number): (error: unknown) => boolean {
  return (error) => error instanceof CompactedError && error.compactRevision === revision;
}

function iterate(watch: StoreWatch): AsyncIterator<WatchBatch> {
  return watch[Symbol.asyncIterator]();
}

/** Reads until `count` events have come, and checks that batches keep their word. */
async function collect(watch: StoreWatch, count: number): Promise<{ events: StoreEvent[] }> {
  const events: StoreEvent[] = [];
  const batches = iterate(watch);
  let reached = 0;
  while (events.length < count) {
    const { done, value } = await batches.next();
    assert.ok(done !== true, `the watch ended after ${events.length} of ${count} events`);
    assert.ok(value.revision >= reached, 'a watch went back');
    for (const event of value.events) assert.ok(revisionOf(event) > reached && revisionOf(event) <= value.revision);
    reached = value.revision;
    events.push(...value.events);
  }
  return { events };
}

/** Lets the event loop turn until the condition holds. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (await condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('the condition never held');
}
