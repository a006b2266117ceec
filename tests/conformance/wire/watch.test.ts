import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WatchEvent, WatchStream } from './client.ts';
import { fieldsAtFault, newSuite, type World } from './suite.ts';

const { row } = newSuite();

const named = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata } });
const shown = (events: readonly WatchEvent[]): string[] =>
  events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());

/** A watch from now on, over an object of its own. */
async function watchFromNow({ get, watch }: World, query = ''): Promise<WatchStream> {
  const { resourceVersion } = (await get('configmaps')).body.metadata;
  return watch('configmaps', `&resourceVersion=${resourceVersion}${query}`);
}

row(74, 'headers come before any event', async (world) => {
  const stream = await watchFromNow(world); // resolves at the status line
  assert.equal(stream.code, 200);
  assert.equal(stream.headers['content-type'], 'application/json');
  assert.deepEqual(stream.events, []);
  stream.cancel();
});

row(75, 'every later change comes once, in order', async (world) => {
  const stream = await watchFromNow(world);
  const expected: string[] = [];
  for (let i = 0; i < 30; i++) {
    await world.made('configmaps', named(`c${i}`));
    await world.patch('configmaps', `c${i}`, { data: { i: String(i) } });
    await world.remove('configmaps', `c${i}`);
    expected.push(`ADDED c${i}`, `MODIFIED c${i}`, `DELETED c${i}`);
  }
  const events = await stream.take(90);
  assert.deepEqual(shown(events), expected);
  const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
  assert.deepEqual(
    versions,
    [...new Set(versions)].sort((a, b) => a - b),
  );
  assert.deepEqual([events[0]?.object.kind, events[0]?.object.apiVersion], ['ConfigMap', 'v1']);
  stream.cancel();
});

for (const query of ['', '&resourceVersion=0'])
  row(76, `a watch from nowhere (${query}) begins with what there is`, async ({ made, watch, remove }) => {
    await made('configmaps', named('b'));
    await made('configmaps', named('a'));
    const stream = await watch('configmaps', query);
    assert.deepEqual(shown(await stream.take(2)), ['ADDED a', 'ADDED b']);
    await remove('configmaps', 'a');
    assert.deepEqual(shown(await stream.take(1)), ['DELETED a']);
    stream.cancel();
  });

row(77, 'a WatchList ends its beginning with an annotated bookmark', async ({ made, watch, get }) => {
  await made('configmaps', named('a'));
  const { resourceVersion } = (await get('configmaps')).body.metadata;
  const stream = await watch(
    'configmaps',
    '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
  );
  const [added, bookmark] = await stream.take(2);
  assert.deepEqual([added?.type, bookmark?.type], ['ADDED', 'BOOKMARK']);
  assert.deepEqual([bookmark?.object.kind, bookmark?.object.apiVersion], ['ConfigMap', 'v1']);
  assert.deepEqual(bookmark?.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
  assert.ok(Number(bookmark?.object.metadata.resourceVersion) >= Number(resourceVersion));
  await made('configmaps', named('b'));
  assert.deepEqual(shown(await stream.take(1)), ['ADDED b']);
  stream.cancel();
});

row(77, 'a WatchList of nothing has its bookmark at once', async ({ watch }) => {
  const stream = await watch(
    'configmaps',
    '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0&allowWatchBookmarks=true',
  );
  assert.equal((await stream.next()).type, 'BOOKMARK');
  stream.cancel();
});

row(77, 'sendInitialEvents=false begins now', async ({ made, watch }) => {
  await made('configmaps', named('a'));
  const stream = await watch('configmaps', '&sendInitialEvents=false&resourceVersionMatch=NotOlderThan');
  await made('configmaps', named('b'));
  assert.deepEqual(shown(await stream.take(1)), ['ADDED b']);
  stream.cancel();
});

for (const query of [
  '&sendInitialEvents=true',
  '&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1',
  '&resourceVersionMatch=NotOlderThan&resourceVersion=1',
])
  row(78, `?watch=true${query} is refused`, async ({ get }) => {
    assert.equal(fieldsAtFault(await get('configmaps', `?watch=true${query}`))[0], 422);
  });

row(79, 'bookmarks come about once a minute, and shortly before the end', async (world) => {
  const { clock } = world.mayfly;
  const stream = await watchFromNow(world, '&allowWatchBookmarks=true&timeoutSeconds=100');
  const without = await watchFromNow(world, '&timeoutSeconds=100');
  await world.made('configmaps', named('a'));
  await Promise.all([stream.next(), without.next()]);
  clock.advance(70_000);
  assert.equal((await stream.next()).type, 'BOOKMARK');
  clock.advance(29_000);
  const { type, object } = await stream.next();
  assert.equal(type, 'BOOKMARK');
  const { resourceVersion, ...rest } = object.metadata;
  assert.match(resourceVersion, /^\d+$/);
  assert.deepEqual(
    Object.keys(rest).filter((key) => key !== 'creationTimestamp'),
    [],
  );
  clock.advance(2000);
  await Promise.all([stream.ended(), without.ended()]);
  assert.deepEqual(shown(without.events), ['ADDED a']);
});

row(80, 'timeoutSeconds ends a watch cleanly', async (world) => {
  const stream = await watchFromNow(world, '&timeoutSeconds=3');
  world.mayfly.clock.advance(2900);
  await world.made('configmaps', named('a'));
  assert.equal((await stream.next()).type, 'ADDED');
  world.mayfly.clock.advance(200);
  await stream.ended();
  assert.deepEqual(shown(stream.events), ['ADDED a']);
});

row(81, 'a watch from a compacted version gets one 410 event and ends', async ({ made, watch, mayfly }) => {
  const { metadata } = await made('configmaps', named('a'));
  const later = await made('configmaps', named('b'));
  await made('configmaps', named('c'));
  await mayfly.store.compact(Number(later.metadata.resourceVersion));
  const stream = await watch('configmaps', `&resourceVersion=${metadata.resourceVersion}`);
  assert.equal(stream.code, 200);
  const { type, object } = await stream.next();
  assert.deepEqual([type, object.kind, object.code, object.reason], ['ERROR', 'Status', 410, 'Expired']);
  assert.match(object.message, /^too old resource version: \d+ \(\d+\)$/);
  await stream.ended();
  assert.equal(stream.events.length, 1);
});

row(81, 'a watch from a version to come gets a 504 event after three seconds', async ({ watch, passTimeUntil }) => {
  const asked = watch('configmaps', '&resourceVersion=99999999');
  const stream = await passTimeUntil(asked);
  const { type, object } = await passTimeUntil(stream.next());
  assert.deepEqual([type, object.code, object.reason], ['ERROR', 504, 'Timeout']);
  await stream.ended();
});

row(82, 'leaving a selection is a deletion of the old object, entering an addition', async (world) => {
  const { made, patch } = world;
  const stream = await watchFromNow(world, '&labelSelector=color%3Dred');
  await made('configmaps', named('a', { labels: { color: 'red' } }));
  await made('configmaps', named('other', { labels: { color: 'green' } }));
  const left = await patch('configmaps', 'a', { metadata: { labels: { color: 'blue' } }, data: { a: '1' } });
  await patch('configmaps', 'a', { data: { a: '2' } });
  await patch('configmaps', 'a', { metadata: { labels: { color: 'red' } } });
  const [, deleted, added] = await stream.take(3);
  assert.equal(deleted?.type, 'DELETED');
  assert.deepEqual(deleted?.object.metadata.labels, { color: 'red' });
  assert.equal(deleted?.object.data, undefined);
  assert.equal(deleted?.object.metadata.resourceVersion, left.body.metadata.resourceVersion);
  assert.deepEqual([added?.type, added?.object.data], ['ADDED', { a: '2' }]);
  stream.cancel();
});

row(83, 'a deletion has a version of its own', async (world) => {
  const stream = await watchFromNow(world);
  await world.made('configmaps', named('a'));
  await world.patch('configmaps', 'a', { data: { a: '2' } });
  await world.remove('configmaps', 'a');
  const [, modified, deleted] = await stream.take(3);
  assert.ok(Number(deleted?.object.metadata.resourceVersion) > Number(modified?.object.metadata.resourceVersion));
  assert.deepEqual(deleted?.object.data, { a: '2' });
  stream.cancel();
});

row(84, 'a watch of tables names its columns once', async ({ made, watch }) => {
  await made('configmaps', named('a'));
  const stream = await watch('configmaps', '', { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' });
  await made('configmaps', named('b'));
  const [first, second] = await stream.take(2);
  assert.deepEqual([first?.object.kind, first?.object.apiVersion], ['Table', 'meta.k8s.io/v1']);
  assert.deepEqual(
    first?.object.columnDefinitions.map(({ name }) => name),
    ['Name', 'Data', 'Age'],
  );
  assert.equal(second?.object.columnDefinitions?.length ?? 0, 0);
  assert.deepEqual([first?.object.rows.length, second?.object.rows[0]?.object.metadata.name], [1, 'b']);
  stream.cancel();
});

row(84, 'a watch of metadata holds nothing else', async ({ made, watch }) => {
  await made('configmaps', { ...named('a'), data: { a: '1' } });
  const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
  const stream = await watch('configmaps', '', { accept });
  const { object } = await stream.next();
  assert.deepEqual([object.kind, object.apiVersion], ['PartialObjectMetadata', 'meta.k8s.io/v1']);
  assert.deepEqual(Object.keys(object).sort(), ['apiVersion', 'kind', 'metadata']);
  stream.cancel();
});

row(85, 'a reader that falls behind is cut off; others are not, and it resumes without loss', async (world) => {
  const { made, watch } = world;
  const slow = await watchFromNow(world);
  const quick = await watchFromNow(world);
  slow.pause();
  const big = 'x'.repeat(1_000_000);
  for (let i = 0; i < 16; i++) await made('configmaps', { ...named(`big${i}`), data: { big } }); // fills every buffer
  await changeOften(world, 120);
  const total = 16 + 1 + 120 * 100;
  assert.equal((await quick.take(total)).length, total);
  slow.resume();
  await slow.ended();
  const seen = slow.events.length;
  assert.ok(seen < total, 'it was not cut off');
  const resumed = await watch('configmaps', `&resourceVersion=${slow.events.at(-1)?.object.metadata.resourceVersion}`);
  const versions = (events: readonly WatchEvent[]) => events.map(({ object }) => object.metadata.resourceVersion);
  assert.deepEqual(versions(await resumed.take(total - seen)), versions(quick.events.slice(seen)));
  resumed.cancel();
  quick.cancel();
});

/** A hundred objects changed at once, so many times; past the wire, which would take longer. */
async function changeOften({ made, mayfly: { store }, namespace }: World, times: number): Promise<void> {
  await made('configmaps', named('small'));
  const key = `/registry/configmaps/${namespace}/small`;
  const { value } = (await store.range({ key })).kvs[0] ?? assert.fail();
  const put = (i: number) => ({ type: 'put', key: key + i, value }) as const;
  const success = Array.from({ length: 100 }, (_, i) => put(i));
  for (let i = 0; i < times; i++) {
    await store.txn({ compare: [], success });
    await nextTurn(); // readers that can keep up do
  }
}

row(86, 'three hundred watches are open at once', async (world) => {
  const streams = await Promise.all(Array.from({ length: 300 }, () => watchFromNow(world)));
  await world.made('configmaps', named('a'));
  const first = await Promise.all(streams.map((stream) => stream.next()));
  assert.deepEqual([...new Set(shown(first))], ['ADDED a']);
  for (const stream of streams) stream.cancel();
});

row(87, 'one object is watched by its name', async (world) => {
  const stream = await watchFromNow(world, '&fieldSelector=metadata.name%3Db');
  await world.made('configmaps', named('a'));
  await world.made('configmaps', named('b'));
  assert.deepEqual(shown(await stream.take(1)), ['ADDED b']);
  stream.cancel();
});

row(133, 'a compaction under a watch and between pages loses nothing newer', async (world) => {
  const stream = await watchFromNow(world);
  const expected: string[] = [];
  for (let i = 0; i < 20; i++) {
    const { metadata } = await world.made('configmaps', named(`c${i}`));
    if (i % 5 === 4) await world.mayfly.store.compact(Number(metadata.resourceVersion));
    expected.push(`ADDED c${i}`);
  }
  assert.deepEqual(shown(await stream.take(20)), expected);
  stream.cancel();
});

row(
  137,
  'an event lives for an hour, and its end is seen',
  async ({ made, watch, get, mayfly, namespace, passTimeUntil }) => {
    const { metadata } = await made('events', { ...named('e'), involvedObject: { kind: 'Pod', name: 'p', namespace } });
    const stream = await watch('events', `&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=100000`);
    mayfly.clock.advance(3_500_000);
    assert.equal((await get('events', 'e')).code, 200);
    const deleted = await passTimeUntil(stream.next(), 10_000);
    assert.deepEqual([deleted.type, deleted.object.metadata.name], ['DELETED', 'e']);
    assert.equal((await get('events', 'e')).code, 404);
    stream.cancel();
  },
);
