import assert from 'node:assert/strict';
import { SlowWatcherError } from '../errors.ts';
import { MAX_WATCH_EVENTS } from '../mvcc/limits.ts';
import { all, type Check, collect, describe, iterate, keyOfEvent, put, putOf, remove, revisionOf } from './phrases.ts';

export function watchPromises(check: Check): void {
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
