/** Watches over any store. Numbers are rows of spec kubernetes-wire §25. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fixture, labelled, newFixture, refusal, STORES, settle, withField } from './fixture.ts';

for (const { label, openStore } of STORES) {
  const fact = (name: string, run: (fixture: Fixture) => Promise<void>) =>
    test(`${label}: ${name}`, async () => {
      const fixture = newFixture(openStore);
      await run(fixture);
      await fixture.store.close();
    });
  const cm = (name: string, labels?: Record<string, string>) => ({ metadata: { name, ...(labels && { labels }) } });

  fact('75 tells every change after a version once, in order', async ({ create, put, remove, watch }) => {
    const first = await create('configmaps', cm('a'));
    await create('configmaps', cm('b'));
    const events = await watch('configmaps', { resourceVersion: first.metadata?.resourceVersion ?? '' });
    assert.deepEqual(await events.take(1), ['ADDED b']);
    await put('configmaps', { ...cm('a'), data: { x: '1' } });
    await remove('configmaps', 'b');
    await create('secrets', cm('other'));
    await create('configmaps', cm('a'), { namespace: 'ns2' });
    await create('configmaps', cm('c'));
    assert.deepEqual(await events.take(3), ['MODIFIED a', 'DELETED b', 'ADDED c']);
    events.stream.cancel();
    assert.equal(await events.next(), undefined);
  });

  for (const resourceVersion of ['', '0'])
    fact(`76 tells all that exists, then what comes, from version "${resourceVersion}"`, async ({ create, watch }) => {
      await create('configmaps', cm('b'));
      await create('configmaps', cm('a'));
      const events = await watch('configmaps', { resourceVersion });
      assert.deepEqual(await events.take(2), ['ADDED a', 'ADDED b']);
      await create('configmaps', cm('c'));
      assert.deepEqual(await events.take(1), ['ADDED c']);
    });

  fact('gives every event its kind and version', async ({ create, watch }) => {
    const { metadata } = await create('roles', { metadata: { name: 'r' }, rules: [] });
    const { object } = (await (await watch('roles')).next()) ?? {};
    assert.deepEqual([object?.kind, object?.apiVersion], ['Role', 'rbac.authorization.k8s.io/v1']);
    assert.equal(object?.metadata?.resourceVersion, metadata?.resourceVersion);
  });

  fact('shares one decoded object among all watchers of a version', async ({ create, watch }) => {
    const [one, two] = [await watch('configmaps'), await watch('configmaps')];
    await create('configmaps', cm('a'));
    assert.equal((await one.next())?.object, (await two.next())?.object);
  });

  fact('77 ends the initial events of a WatchList with a bookmark', async ({ create, list, watch }) => {
    await create('configmaps', cm('a'));
    const { metadata } = await list('configmaps');
    const asked = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowBookmarks: true } as const;
    const events = await watch('configmaps', asked);
    assert.deepEqual(await events.take(1), ['ADDED a']);
    assert.deepEqual(await events.next(), {
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: {
          resourceVersion: metadata.resourceVersion,
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
    await create('configmaps', cm('b'));
    assert.deepEqual(await events.take(1), ['ADDED b']);
  });

  fact('starts at now when no initial events are wanted', async ({ create, watch }) => {
    await create('configmaps', cm('a'));
    const events = await watch('configmaps', { sendInitialEvents: false, resourceVersionMatch: 'NotOlderThan' });
    const next = events.take(1);
    await settle();
    await create('configmaps', cm('b'));
    assert.deepEqual(await next, ['ADDED b']);
  });

  for (const [what, options] of [
    ['initial events without a match', { sendInitialEvents: true }],
    ['a match without initial events', { resourceVersionMatch: 'NotOlderThan', resourceVersion: '1' }],
    ['an exact match', { sendInitialEvents: true, resourceVersionMatch: 'Exact', resourceVersion: '1' }],
  ] as const)
    fact(`78 refuses ${what}`, async ({ watch }) => {
      const error = await refusal(watch('configmaps', options));
      assert.deepEqual([error.code, error.details?.kind], [422, 'ListOptions']);
    });

  fact('79 sends a bookmark each minute and one before the deadline', async ({ create, watch, clock, store }) => {
    await create('configmaps', cm('a'));
    const events = await watch('configmaps', { allowBookmarks: true, timeoutMs: 100_000 });
    assert.deepEqual(await events.take(1), ['ADDED a']);
    const second = events.next();
    await settle();
    await create('secrets', cm('s')); // moves the revision, not this watch
    clock.advance(60_000);
    const bookmark = await second;
    const { revision } = await store.range({ key: '/', countOnly: true });
    assert.deepEqual([bookmark?.type, bookmark?.object.metadata], ['BOOKMARK', { resourceVersion: String(revision) }]);
    const last = events.next();
    await settle();
    clock.advance(38_000);
    assert.equal((await last)?.type, 'BOOKMARK');
    const end = events.next();
    await settle();
    clock.advance(2_000);
    assert.equal(await end, undefined);
  });

  fact('79 80 sends no bookmark unasked, and ends quietly at its deadline', async ({ watch, clock }) => {
    const events = await watch('configmaps', { timeoutMs: 120_000 });
    const end = events.next();
    await settle();
    clock.advance(120_000);
    assert.equal(await end, undefined);
  });

  fact('81 answers a compacted version with one 410 event', async ({ create, put, watch, store }) => {
    const { metadata } = await create('configmaps', cm('a'));
    await put('configmaps', { ...cm('a'), data: { x: '1' } });
    await put('configmaps', { ...cm('a'), data: { x: '2' } });
    const { revision } = await store.range({ key: '/', countOnly: true });
    await store.compact(revision);
    const events = await watch('configmaps', { resourceVersion: metadata?.resourceVersion ?? '' });
    const error = await events.next();
    assert.equal(error?.type, 'ERROR');
    assert.deepEqual([error?.object.code, error?.object.reason], [410, 'Expired']);
    assert.equal(error?.object.message, `too old resource version: ${metadata?.resourceVersion} (${revision})`);
    assert.equal(await events.next(), undefined);
  });

  fact('answers a version that never comes with a 504 event', async ({ watch, clock }) => {
    const events = await watch('configmaps', { resourceVersion: '999' });
    const next = events.next();
    await settle();
    clock.advance(3_000);
    const error = await next;
    assert.deepEqual([error?.type, error?.object.code], ['ERROR', 504]);
  });

  fact('82 turns leaving and entering a selector into DELETED and ADDED', async ({ create, put, watch }) => {
    await create('configmaps', cm('a', { on: 'yes' }));
    const events = await watch('configmaps', { labelSelector: labelled('on', 'yes') });
    assert.deepEqual(await events.take(1), ['ADDED a']);
    const left = await put('configmaps', cm('a', { on: 'no' }));
    const gone = await events.next();
    assert.equal(gone?.type, 'DELETED');
    assert.deepEqual(gone?.object.metadata?.labels, { on: 'yes' });
    assert.equal(gone?.object.metadata?.resourceVersion, left.metadata?.resourceVersion);
    await put('configmaps', cm('a', { on: 'no', seen: 'no' }));
    await create('configmaps', cm('b', { on: 'no' }));
    await put('configmaps', cm('a', { on: 'yes' }));
    await put('configmaps', cm('a', { on: 'yes', more: 'x' }));
    assert.deepEqual(await events.take(2), ['ADDED a', 'MODIFIED a']);
  });

  fact('82 does so for fields', async ({ create, watch, put, get }) => {
    await create('pods', { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
    const events = await watch('pods', { fieldSelector: withField('status.phase', 'Pending') });
    assert.deepEqual(await events.take(1), ['ADDED p']);
    const pod = await get('pods', 'p');
    await put('pods', { ...pod, status: { phase: 'Running' } }, { path: 'status' });
    assert.deepEqual(await events.take(1), ['DELETED p']);
  });

  fact('83 tells a deletion with its last state and a newer version', async ({ create, remove, watch }) => {
    const { metadata } = await create('configmaps', { ...cm('a'), data: { x: '1' } });
    const events = await watch('configmaps', { resourceVersion: metadata?.resourceVersion ?? '' });
    await remove('configmaps', 'a');
    const { object, type } = (await events.next()) ?? {};
    assert.deepEqual([type, object?.data], ['DELETED', { x: '1' }]);
    assert(Number(object?.metadata?.resourceVersion) > Number(metadata?.resourceVersion));
  });

  fact('watches one object by name', async ({ create, watch }) => {
    await create('configmaps', cm('a'));
    await create('configmaps', cm('ab'));
    const events = await watch('configmaps', { fieldSelector: withField('metadata.name', 'a'), resourceVersion: '0' });
    assert.deepEqual(await events.take(1), ['ADDED a']);
    const next = events.next();
    await settle();
    await create('configmaps', cm('abc'));
    await create('configmaps', cm('a'), { namespace: 'ns2' });
    events.stream.cancel();
    assert.equal(await next, undefined);
  });

  fact('85 cuts off a reader that falls behind, and loses nothing for one that resumes', async (fixture) => {
    const { create, put, watch } = fixture;
    await create('configmaps', cm('a'));
    const slow = await watch('configmaps');
    assert.deepEqual(await slow.take(1), ['ADDED a']);
    const started = slow.next();
    await settle();
    await put('configmaps', { ...cm('a'), data: { n: 'first' } });
    let version = (await started)?.object.metadata?.resourceVersion ?? '';
    for (let i = 0; i < 400; i++) await put('configmaps', { ...cm('a'), data: { n: String(i) } });
    let seen = 0;
    for (let event = await slow.next(); event !== undefined; event = await slow.next()) {
      assert.equal(event.type, 'MODIFIED');
      version = event.object.metadata?.resourceVersion ?? '';
      if (++seen === 400) return; // the store kept it all
    }
    const again = await watch('configmaps', { resourceVersion: version });
    for (; seen < 400; seen++) assert.equal((await again.next())?.type, 'MODIFIED');
  });
}
