/** Deletes over any store. Numbers are rows of spec kubernetes-wire §25. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fixture, newFixture, pod, refusal, STORES } from './fixture.ts';

for (const { label, openStore } of STORES) {
  const fact = (name: string, run: (fixture: Fixture) => Promise<void>) =>
    test(`${label}: ${name}`, async () => {
      const fixture = newFixture(openStore);
      await run(fixture);
      await fixture.store.close();
    });

  fact(
    "53 removes an object and answers its last state with the deletion's version",
    async ({ create, remove, get }) => {
      const { metadata } = await create('secrets', { metadata: { name: 'a' } });
      const { object, removed } = await remove('secrets', 'a');
      assert.deepEqual([removed, object.metadata?.uid], [true, metadata?.uid]);
      assert(Number(object.metadata?.resourceVersion) > Number(metadata?.resourceVersion));
      assert.equal((await refusal(get('secrets', 'a'))).message, 'secrets "a" not found');
      assert.equal((await refusal(remove('secrets', 'a'))).code, 404);
    },
  );

  fact('53 says for which kinds the answer is the object', async ({ registry }) => {
    const returning = registry.resources().filter(({ returnsDeletedObject }) => returnsDeletedObject === true);
    assert.deepEqual(returning.map(({ definition }) => definition.resource).sort(), [
      'namespaces',
      'pods',
      'serviceaccounts',
    ]);
  });

  fact('54 refuses a deletion of another uid or version', async ({ create, remove, get }) => {
    const { metadata } = await create('configmaps', { metadata: { name: 'a' } });
    const uid = await refusal(remove('configmaps', 'a', { preconditions: { uid: 'other' } }));
    assert.equal(
      uid.message,
      `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${metadata?.uid}). The object might have been deleted and then recreated`,
    );
    const version = await refusal(remove('configmaps', 'a', { preconditions: { resourceVersion: '1' } }));
    assert.equal(version.code, 409);
    assert.match(
      version.message,
      /the ResourceVersion in the precondition \(1\) does not match .* might have been modified$/,
    );
    await get('configmaps', 'a');
    const { uid: right = '', resourceVersion = '' } = metadata ?? {};
    assert.equal((await remove('configmaps', 'a', { preconditions: { uid: right, resourceVersion } })).removed, true);
  });

  fact('56 keeps an object until its last finalizer is gone', async ({ create, remove, put, get, watch }) => {
    const created = await create('configmaps', { metadata: { name: 'a', finalizers: ['x.io/y'] } });
    const events = await watch('configmaps', { resourceVersion: created.metadata?.resourceVersion ?? '' });
    const { object, removed } = await remove('configmaps', 'a');
    assert.equal(removed, false);
    assert.deepEqual(
      [object.metadata?.deletionTimestamp, object.metadata?.deletionGracePeriodSeconds],
      ['2026-01-01T00:00:00Z', 0],
    );
    const again = await remove('configmaps', 'a');
    assert.equal(again.object.metadata?.resourceVersion, object.metadata?.resourceVersion); // no second write
    const released = await put('configmaps', { metadata: { name: 'a' } });
    assert.equal(released.metadata?.name, 'a');
    assert.equal((await refusal(get('configmaps', 'a'))).code, 404);
    assert.deepEqual(await events.take(2), ['MODIFIED a', 'DELETED a']);
  });

  fact('57 lets nobody add a finalizer to a terminating object', async ({ create, remove, put }) => {
    await create('configmaps', { metadata: { name: 'a', finalizers: ['x.io/y'] } });
    await remove('configmaps', 'a');
    const error = await refusal(put('configmaps', { metadata: { name: 'a', finalizers: ['x.io/y', 'a.io/b'] } }));
    assert.deepEqual([error.code, error.details?.causes?.[0]?.field], [422, 'metadata.finalizers']);
  });

  fact('58 gives a pod on a node its grace, and shortens it from where it began', async ({ create, remove, clock }) => {
    await create('pods', pod('p', { spec: { nodeName: 'n1', terminationGracePeriodSeconds: 30 } }));
    const first = await remove('pods', 'p');
    assert.equal(first.removed, false);
    assert.equal(first.object.metadata?.deletionTimestamp, '2026-01-01T00:00:30Z');
    assert.equal(first.object.metadata?.generation, 2);
    clock.advance(5_000);
    const longer = await remove('pods', 'p', { gracePeriodSeconds: 60 });
    assert.equal(longer.object.metadata?.resourceVersion, first.object.metadata?.resourceVersion);
    const shorter = await remove('pods', 'p', { gracePeriodSeconds: 10 });
    assert.deepEqual(
      [shorter.object.metadata?.deletionTimestamp, shorter.object.metadata?.deletionGracePeriodSeconds],
      ['2026-01-01T00:00:10Z', 10],
    );
    assert.equal(shorter.object.metadata?.generation, 2);
    assert.equal((await remove('pods', 'p', { gracePeriodSeconds: 0 })).removed, true);
  });

  for (const [what, more] of [
    ['no node', {}],
    ['an end already', { spec: { nodeName: 'n1' }, phase: 'Succeeded' }],
  ] as const)
    fact(`58 removes a pod with ${what} at once`, async ({ create, put, remove }) => {
      const created = await create('pods', pod('p', 'spec' in more ? { spec: more.spec } : {}));
      if ('phase' in more) await put('pods', { ...created, status: { phase: more.phase } }, { path: 'status' });
      assert.equal((await remove('pods', 'p')).removed, true);
    });

  fact('keeps a pod whose grace is over until its finalizers are gone', async ({ create, remove, patch, get }) => {
    await create('pods', {
      ...pod('p', { spec: { nodeName: 'n1' } }),
      metadata: { name: 'p', finalizers: ['x.io/y'] },
    });
    await remove('pods', 'p', { gracePeriodSeconds: 5 });
    const { finalizers: _, ...without } = (await get('pods', 'p')).metadata ?? {};
    await patch('pods', 'p', (now) => ({ ...now, metadata: without }));
    assert.equal((await get('pods', 'p')).metadata?.deletionGracePeriodSeconds, 5); // its node has not let go
    assert.equal((await remove('pods', 'p', { gracePeriodSeconds: 0 })).removed, true);
  });

  for (const propagationPolicy of ['Orphan', 'Foreground', 'Background'] as const)
    fact(`59 60 61 takes ${propagationPolicy} for a deletion that nothing waits for`, async ({ create, remove }) => {
      await create('configmaps', { metadata: { name: 'a', finalizers: ['x.io/y', 'orphan'] } });
      const { object } = await remove('configmaps', 'a', { propagationPolicy });
      assert.deepEqual(object.metadata?.finalizers, ['x.io/y']); // of the collector's own, nobody would take it off
    });

  fact('never removes a version it has not judged', async (fixture) => {
    await fixture.create('configmaps', { metadata: { name: 'a' } });
    let judged = 0;
    const validate = async () => {
      if (++judged === 1) await fixture.put('configmaps', { metadata: { name: 'a', finalizers: ['x.io/y'] } });
    };
    assert.equal((await fixture.remove('configmaps', 'a', { validate })).removed, false);
    assert.equal(judged, 2);
    await fixture.get('configmaps', 'a');
  });

  fact('asks admission before it deletes', async ({ create, remove, get }) => {
    await create('configmaps', { metadata: { name: 'a' } });
    const validate = async () => Promise.reject(new Error('no'));
    await assert.rejects(remove('configmaps', 'a', { validate }), /^Error: no$/);
    await get('configmaps', 'a');
  });
}
