/** What is special about each kind. Numbers are rows of spec kubernetes-wire §25. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapNamespaces, SYSTEM_NAMESPACES } from './bootstrap-namespaces.ts';
import { type Fixture, LIST, type Loose, newFixture, pod, refusal, STORES, settle } from './fixture.ts';
import type { SubresourceStorage } from './rest.ts';

for (const { label, openStore } of STORES) {
  const fact = (name: string, run: (fixture: Fixture) => Promise<void>) =>
    test(`${label}: ${name}`, async () => {
      const fixture = newFixture(openStore);
      await run(fixture);
      await fixture.store.close();
    });

  fact('§18 gives a namespace its finalizer, phase and name label', async ({ create, put }) => {
    const created = await create('namespaces', { metadata: { name: 'a' }, status: { phase: 'Terminating' } });
    assert.deepEqual(created.spec, { finalizers: ['kubernetes'] });
    assert.deepEqual(created.status, { phase: 'Active' });
    assert.deepEqual(created.metadata?.labels, { 'kubernetes.io/metadata.name': 'a' });
    const relabelled = { metadata: { name: 'a', labels: { 'kubernetes.io/metadata.name': 'b', x: 'y' } }, spec: {} };
    const updated = await put('namespaces', relabelled);
    assert.deepEqual(updated.metadata?.labels, { 'kubernetes.io/metadata.name': 'a', x: 'y' });
    assert.deepEqual(updated.spec, { finalizers: ['kubernetes'] });
  });

  fact('§18 ends a namespace only through /finalize', async ({ create, remove, put, get }) => {
    await create('namespaces', { metadata: { name: 'a' } });
    const marked = await remove('namespaces', 'a');
    assert.deepEqual([marked.removed, marked.object.status], [false, { phase: 'Terminating' }]);
    const again = await remove('namespaces', 'a');
    assert.equal(again.object.metadata?.resourceVersion, marked.object.metadata?.resourceVersion);
    await put('namespaces', { metadata: { name: 'a' }, spec: {} });
    await put(
      'namespaces',
      { metadata: { name: 'a' }, spec: {}, status: { phase: 'Terminating' } },
      { path: 'status' },
    );
    assert.deepEqual((await get('namespaces', 'a')).spec, { finalizers: ['kubernetes'] });
    await put('namespaces', { metadata: { name: 'a' }, spec: { finalizers: [] } }, { path: 'finalize' });
    assert.equal((await refusal(get('namespaces', 'a'))).code, 404);
  });

  fact('§18 keeps a finalized namespace while it has finalizers of its own', async ({ create, remove, put, get }) => {
    await create('namespaces', { metadata: { name: 'a', finalizers: ['x.io/y'] } });
    await remove('namespaces', 'a');
    await put('namespaces', { metadata: { name: 'a', labels: { z: '1' } }, spec: {} }, { path: 'finalize' });
    assert.deepEqual((await get('namespaces', 'a')).metadata?.labels, { 'kubernetes.io/metadata.name': 'a' });
    await put('namespaces', { metadata: { name: 'a' } });
    assert.equal((await refusal(get('namespaces', 'a'))).code, 404);
  });

  fact('lets /status say no phase but the true one', async ({ create, put }) => {
    await create('namespaces', { metadata: { name: 'a' } });
    const error = await refusal(
      put('namespaces', { metadata: { name: 'a' }, status: { phase: 'Terminating' } }, { path: 'status' }),
    );
    assert.deepEqual([error.code, error.details?.causes?.[0]?.field], [422, 'status.phase']);
  });

  fact('makes the system namespaces once', async ({ registry, list, store }) => {
    await bootstrapNamespaces(registry);
    const { revision } = await store.range({ key: '/', countOnly: true });
    await bootstrapNamespaces(registry);
    const names = (await list('namespaces')).items.map(({ metadata }) => metadata?.name);
    assert.deepEqual(names, [...SYSTEM_NAMESPACES].sort());
    assert.equal((await store.range({ key: '/', countOnly: true })).revision, revision);
  });

  fact('122 merges stringData into data and never answers it', async ({ create, get }) => {
    await create('secrets', { metadata: { name: 's' }, data: { a: 'YQ==', b: 'Yg==' }, stringData: { b: 'new' } });
    const stored = await get('secrets', 's');
    assert.deepEqual([stored.data, stored.type, 'stringData' in stored], [{ a: 'YQ==', b: 'bmV3' }, 'Opaque', false]);
  });

  for (const [resource, first, then, field] of [
    ['secrets', { type: 'x' }, { type: 'y' }, 'type'],
    ['secrets', { immutable: true, data: { a: 'YQ==' } }, { immutable: true, data: { a: 'Yg==' } }, 'data'],
    ['secrets', { immutable: true }, {}, 'immutable'],
    ['configmaps', { immutable: true, data: { a: '1' } }, { immutable: true, data: { a: '2' } }, 'data'],
    ['rolebindings', bindingOf('view'), bindingOf('admin'), 'roleRef'],
    ['clusterrolebindings', bindingOf('view'), bindingOf('admin'), 'roleRef'],
    ['pods', pod('a'), pod('a', { spec: { nodeName: 'n1' } }), 'spec'],
  ] as const)
    fact(`121 refuses to change ${field} of ${resource}`, async ({ create, put }) => {
      await create(resource, { ...first, metadata: { name: 'a' } });
      const error = await refusal(put(resource, { ...then, metadata: { name: 'a' } }));
      assert.deepEqual([error.code, error.details?.causes?.[0]?.field], [422, field]);
    });

  fact('keeps status out of the main path and spec out of /status', async ({ create, put, get }) => {
    await create('pods', pod('p'));
    await put('pods', { ...pod('p'), status: { phase: 'Running' } });
    assert.equal(((await get('pods', 'p')).status as Loose).phase, 'Pending');
    const spec = { containers: [{ name: 'other', image: 'x' }] };
    await put('pods', { metadata: { name: 'p' }, spec, status: { phase: 'Running' } }, { path: 'status' });
    const stored = await get('pods', 'p');
    assert.equal((stored.status as Loose).phase, 'Running');
    assert.equal((stored.spec as { containers: { name: string }[] }).containers[0]?.name, 'c');
    assert.equal(stored.metadata?.generation, 1);
  });

  fact('moves the generation of a pod with its spec', async ({ create, put }) => {
    assert.equal((await create('pods', pod('p'))).metadata?.generation, 1);
    const image = { containers: [{ name: 'c', image: 'other' }] };
    assert.equal((await put('pods', pod('p', { spec: image }))).metadata?.generation, 2);
    const labelled = { ...pod('p', { spec: image }), metadata: { name: 'p', labels: { a: 'b' } } };
    assert.equal((await put('pods', labelled)).metadata?.generation, 2);
  });

  fact('keeps the status a kubelet registers its node with', async ({ create, put, store }) => {
    const created = await create('nodes', { metadata: { name: 'n' }, status: { capacity: { cpu: '2' } } });
    assert.deepEqual((created.status as Loose).capacity, { cpu: '2' });
    const updated = await put('nodes', { metadata: { name: 'n' }, status: {} });
    assert.deepEqual((updated.status as Loose).capacity, { cpu: '2' });
    assert.equal((await store.range({ key: '/registry/minions/n' })).kvs.length, 1);
  });

  fact('reduces the secrets of a service account to their names, and warns of the old annotation', async (fixture) => {
    const created = await fixture.create('serviceaccounts', {
      metadata: { name: 'sa', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'false' } },
      secrets: [{ name: 's', uid: 'u' }],
    });
    assert.deepEqual(created.secrets, [{ name: 's' }]);
    assert.equal(fixture.warnings.length, 1);
    await fixture.put('serviceaccounts', { ...created, secrets: [] });
    assert.equal(fixture.warnings.length, 1);
  });

  fact('131 lets one of two lease holders win each round', async ({ create, put, get }) => {
    await create('leases', { metadata: { name: 'l' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 1 } });
    for (let round = 0; round < 20; round++) {
      const seen = await get('leases', 'l');
      const claim = (holderIdentity: string) =>
        put('leases', { ...seen, spec: { holderIdentity, leaseTransitions: round } });
      const won = (await Promise.allSettled([claim('x'), claim('y')])).filter(({ status }) => status === 'fulfilled');
      assert.equal(won.length, 1);
    }
  });

  fact('137 forgets events after an hour, telling watchers', async ({ create, list, watch, clock }) => {
    const { metadata } = await create('events', { metadata: { name: 'e' }, involvedObject: { namespace: 'ns1' } });
    clock.advance(59 * 60_000);
    await settle();
    assert.equal((await list('events')).items.length, 1);
    const events = await watch('events', { resourceVersion: metadata?.resourceVersion ?? '' });
    const next = events.next();
    await settle();
    for (let i = 0; i < 10; i++) {
      clock.advance(30_000);
      await settle();
    }
    assert.equal((await next)?.type, 'DELETED');
    assert.equal((await list('events')).items.length, 0);
  });

  fact('publishes services empty and read-only', async ({ registry, list }) => {
    assert.deepEqual((await list('services')).items, []);
    const { create, update, delete: remove } = registry.resource('services');
    assert.deepEqual([create, update, remove], [undefined, undefined, undefined]);
  });

  fact('offers members exactly for the verbs it publishes', async ({ registry }) => {
    for (const { definition, create, deleteCollection, update, watch } of registry.resources()) {
      const { verbs } = definition;
      assert.deepEqual(
        [create, deleteCollection, update, watch].map((member) => member !== undefined),
        (['create', 'deletecollection', 'update', 'watch'] as const).map((verb) => verbs.includes(verb)),
        definition.resource,
      );
    }
    assert.equal(registry.resource('namespaces').deleteCollection, undefined);
  });

  fact('binds a pod once, to a node, by its uid', async ({ registry, create, get, context, patch, remove }) => {
    const { metadata } = await create('pods', pod('p'));
    const binding = subresource(registry.resource('pods').subresources, 'binding');
    const bind = (object: Loose) =>
      binding.create?.(context('ns1'), 'p', object, { dryRun: false, validate: async () => undefined }) ??
      Promise.reject(new Error());
    const target = { kind: 'Node', name: 'n1' };
    assert.equal((await refusal(bind({ target: { kind: 'Pod', name: 'x' } }))).code, 422);
    assert.equal((await refusal(bind({ target: {} }))).code, 422);
    assert.equal((await refusal(bind({ metadata: { name: 'q' }, target }))).code, 400);
    assert.equal((await refusal(bind({ metadata: { uid: 'other' }, target }))).code, 409);
    assert.deepEqual(await bind({ metadata: { uid: metadata?.uid ?? '' }, target }), {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      code: 201,
    });
    assert.equal(((await get('pods', 'p')).spec as Loose).nodeName, 'n1');
    await patch('pods', 'p', (now) => ({ ...now, metadata: { name: 'p', finalizers: ['x.io/y'] } }));
    const twice = await refusal(bind({ target: { kind: 'Node', name: 'n2' } }));
    assert.match(twice.message, /pod p is already assigned to node "n1"$/);
    await remove('pods', 'p');
    assert.match((await refusal(bind({ target }))).message, /pod p is being deleted, cannot be assigned to a host$/);
  });

  fact('evicts a pod as its delete options say', async ({ registry, create, get, context }) => {
    const created = await create('pods', pod('p', { spec: { nodeName: 'n1' } }));
    const eviction = subresource(registry.resource('pods').subresources, 'eviction');
    const evict = (object: Loose) =>
      eviction.create?.(context('ns1'), 'p', object, { dryRun: false, validate: async () => undefined }) ??
      Promise.reject(new Error());
    const metadata = { name: 'p' };
    assert.equal((await refusal(evict({ metadata: { name: 'q' } }))).code, 400);
    assert.equal((await refusal(evict({ metadata, deleteOptions: { preconditions: { uid: 'other' } } }))).code, 409);
    await evict({ metadata, deleteOptions: { dryRun: ['All'] } });
    assert.deepEqual(await get('pods', 'p'), created);
    await evict({ metadata, deleteOptions: { gracePeriodSeconds: 7 } });
    assert.equal((await get('pods', 'p')).metadata?.deletionGracePeriodSeconds, 7);
  });

  fact('reads for other parts see the newest state, decoded once', async ({ registry, create, put, remove }) => {
    const reader = registry.reader('serviceaccounts');
    assert.equal(await reader.get('ns1', 'sa'), undefined);
    await create('serviceaccounts', { metadata: { name: 'sa' } });
    const first = await reader.get('ns1', 'sa');
    assert.equal(await reader.get('ns1', 'sa'), first);
    await put('serviceaccounts', { metadata: { name: 'sa', labels: { a: 'b' } } });
    assert.deepEqual((await reader.get('ns1', 'sa'))?.metadata.labels, { a: 'b' });
    assert.equal((await reader.list()).length, 1);
    await remove('serviceaccounts', 'sa');
    assert.equal(await reader.get('ns1', 'sa'), undefined);
    assert.throws(() => registry.reader('nothings'), /the registry has no resource "nothings"/);
  });

  fact('answers 503 once the store is closed', async ({ store, get, list }) => {
    await store.close();
    assert.equal((await refusal(get('configmaps', 'a'))).code, 503);
    assert.equal((await refusal(list('configmaps', LIST))).code, 503);
  });
}

function bindingOf(name: string): Loose {
  return { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }, subjects: [] };
}

function subresource(all: readonly SubresourceStorage[] | undefined, name: string): SubresourceStorage {
  const found = all?.find(({ definition }) => definition.name === name);
  assert(found);
  return found;
}
