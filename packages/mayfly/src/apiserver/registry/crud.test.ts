/** What the registry promises of writes over any store. Numbers are rows of spec kubernetes-wire §25. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectMeta } from '@mayfly/api/meta/v1/object-meta';
import { silentLog } from '../../log/log.ts';
import { SeededRandom } from '../../random/seeded-random.ts';
import { leaseStrategy } from './coordination/lease/strategy.ts';
import { type Fixture, type Loose, newFixture, pod, refusal, STORES } from './fixture.ts';
import { newResourceStore } from './generic/store.ts';
import { statusDefinition } from './generic/strategy.ts';

const configMap = (name: string, more: Loose = {}): Loose => ({ metadata: { name }, data: { a: '1' }, ...more });

for (const { label, openStore } of STORES) {
  const fact = (name: string, run: (fixture: Fixture) => Promise<void>) =>
    test(`${label}: ${name}`, async () => {
      const fixture = newFixture(openStore);
      await run(fixture);
      await fixture.store.close();
    });

  fact('35 gives a created object its own identity, whatever the client claims', async ({ create }) => {
    const claimed = { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', generation: 9, selfLink: '/x' };
    const created = await create('configmaps', { metadata: { name: 'a', ...claimed, deletionTimestamp: 'x' } });
    assert.match(created.metadata?.uid ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    assert.equal(created.metadata?.creationTimestamp, '2026-01-01T00:00:00Z');
    assert.equal(created.metadata?.namespace, 'ns1');
    assert.match(created.metadata?.resourceVersion ?? '', /^\d+$/);
    for (const dropped of ['generation', 'selfLink', 'deletionTimestamp'])
      assert.equal(dropped in (created.metadata ?? {}), false);
  });

  fact('35 drops the status of a new pod', async ({ create }) => {
    const created = await create('pods', pod('p', { status: { phase: 'Running', podIP: '1.2.3.4' } }));
    assert.equal((created.status as { phase: string }).phase, 'Pending');
    assert.equal('podIP' in (created.status as object), false);
  });

  fact('36 refuses a resourceVersion on create', async ({ create, list }) => {
    const error = await refusal(create('configmaps', { metadata: { name: 'a', resourceVersion: '5' } }));
    assert.equal(error.code, 500);
    assert.equal(error.message, 'resourceVersion should not be set on objects to be created');
    assert.equal((await list('configmaps')).items.length, 0);
  });

  fact('37 generates a name and keeps its base', async ({ create }) => {
    const { metadata } = await create('configmaps', { metadata: { generateName: 'web-' } });
    assert.match(metadata?.name ?? '', /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.equal(metadata?.generateName, 'web-');
  });

  fact('37 cuts a long base to 58 characters', async ({ create }) => {
    const { metadata } = await create('configmaps', { metadata: { generateName: 'x'.repeat(80) } });
    assert.equal(metadata?.name?.length, 63);
  });

  fact('refuses an object with neither name nor generateName', async ({ create }) => {
    const error = await refusal(create('configmaps', { metadata: {} }));
    assert.equal(error.code, 422);
    assert.deepEqual(
      error.details?.causes?.map(({ field, reason }) => [field, reason]),
      [['metadata.name', 'FieldValueRequired']],
    );
  });

  for (const [resource, name, code] of [
    ['configmaps', 'A', 422],
    ['configmaps', 'a_b', 422],
    ['configmaps', 'a'.repeat(254), 422],
    ['namespaces', 'a.b', 422],
    ['roles', 'System:x', 201],
  ] as const)
    fact(`38 answers ${code} to ${resource} named "${name.slice(0, 10)}"`, async ({ create }) => {
      if (code === 201) return void (await create(resource, { metadata: { name }, rules: [] }));
      const error = await refusal(create(resource, { metadata: { name } }));
      assert.deepEqual([error.code, error.details?.causes?.[0]?.field], [code, 'metadata.name']);
    });

  fact('42 refuses a name in use', async ({ create }) => {
    await create('roles', { metadata: { name: 'a' }, rules: [] });
    const error = await refusal(create('roles', { metadata: { name: 'a' }, rules: [] }));
    assert.equal(error.message, 'roles.rbac.authorization.k8s.io "a" already exists');
    assert.deepEqual(error.details, { name: 'a', group: 'rbac.authorization.k8s.io', kind: 'roles' });
  });

  fact('43 says when the name belongs to a terminating object', async ({ create, remove }) => {
    await create('configmaps', { metadata: { name: 'a', finalizers: ['x.io/y'] } });
    await remove('configmaps', 'a');
    const error = await refusal(create('configmaps', configMap('a')));
    assert.equal(error.message, 'object is being deleted: configmaps "a" already exists');
  });

  fact('refuses a body of another namespace', async ({ create, put }) => {
    const other = { metadata: { name: 'a', namespace: 'ns2' } };
    assert.equal((await refusal(create('configmaps', other, { namespace: 'ns1' }))).code, 400);
    await create('configmaps', configMap('a'));
    await assert.doesNotReject(put('configmaps', { metadata: { name: 'a', namespace: 'ns1' } }));
  });

  fact('34 refuses a PUT of another name', async ({ create, patch }) => {
    await create('configmaps', configMap('a'));
    const renamed = patch('configmaps', 'a', (current) => ({
      ...current,
      metadata: { ...current.metadata, name: 'b' },
    }));
    const error = await refusal(renamed);
    assert.equal(error.message, 'the name of the object (b) does not match the name on the URL (a)');
    const moved = patch('configmaps', 'a', (now) => ({ ...now, metadata: { ...now.metadata, namespace: 'ns2' } }));
    assert.equal((await refusal(moved)).code, 400);
  });

  fact('44 refuses a PUT of a version that is not the stored one', async ({ create, put }) => {
    const first = await create('configmaps', configMap('a'));
    await put('configmaps', { ...first, data: { a: '2' } });
    const error = await refusal(put('configmaps', { ...first, data: { a: '3' } }));
    assert.equal(error.code, 409);
    assert.equal(
      error.message,
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  fact('45 takes a PUT without a version, but not of a lease', async ({ create, put }) => {
    await create('configmaps', configMap('a'));
    assert.deepEqual((await put('configmaps', configMap('a', { data: { b: '1' } }))).data, { b: '1' });
    await create('leases', { metadata: { name: 'l' }, spec: {} });
    const error = await refusal(put('leases', { metadata: { name: 'l' }, spec: { holderIdentity: 'x' } }));
    assert.equal(error.code, 422);
    assert.equal(
      error.message,
      'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  fact('46 refuses a PUT of another uid', async ({ create, put }) => {
    const { metadata } = await create('configmaps', configMap('a'));
    const error = await refusal(put('configmaps', { metadata: { name: 'a', uid: 'other' } }));
    assert.equal(error.code, 409);
    assert.match(error.message, new RegExp(`UID in precondition: other, UID in object meta: ${metadata?.uid}$`));
  });

  fact('47 writes nothing when nothing changes, in whatever order the fields come', async ({ create, put, store }) => {
    const { metadata, data } = await create('configmaps', configMap('a'));
    const { revision } = await store.range({ key: '/', countOnly: true });
    const same = await put('configmaps', { data, metadata: { name: 'a' }, kind: 'ConfigMap' } as Loose);
    assert.equal(same.metadata?.resourceVersion, metadata?.resourceVersion);
    assert.equal((await store.range({ key: '/', countOnly: true })).revision, revision);
  });

  fact('48 loses none of 50 parallel changes that name no version', async ({ create, patch, get }) => {
    await create('configmaps', configMap('a', { data: {} }));
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
    const add = (key: string) => (now: Loose) => ({
      ...now,
      metadata: { name: 'a' },
      data: { ...(now.data as object), [key]: '1' },
    });
    await Promise.all(keys.map((key) => patch('configmaps', 'a', add(key))));
    assert.deepEqual(Object.keys((await get('configmaps', 'a')).data as object).sort(), keys.sort());
  });

  fact('49 lets one of 50 parallel PUTs of one version win', async ({ create, put }) => {
    const first = await create('configmaps', configMap('a'));
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => put('configmaps', { ...first, data: { writer: `${i}` } })),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    const codes = results.map((result) =>
      result.status === 'rejected' ? (result.reason as { code: number }).code : 200,
    );
    assert.equal(codes.filter((code) => code === 409).length, 49);
  });

  fact('50 refuses a patch that brings a stale version', async ({ create, patch }) => {
    const { metadata } = await create('configmaps', configMap('a'));
    await patch('configmaps', 'a', (now) => ({ ...now, data: { a: '2' } }));
    const stale = { name: 'a', resourceVersion: metadata?.resourceVersion ?? '' };
    assert.equal((await refusal(patch('configmaps', 'a', (now) => ({ ...now, metadata: stale })))).code, 409);
  });

  fact('51 creates an absent role by PUT, but not an absent configmap', async ({ put, get }) => {
    const created = await put('roles', { metadata: { name: 'r' }, rules: [] });
    assert.equal((await get('roles', 'r')).metadata?.uid, created.metadata?.uid);
    const error = await refusal(put('configmaps', configMap('a')));
    assert.equal(error.message, 'configmaps "a" not found');
  });

  fact('46 creates no new object by PUT of one that is gone', async ({ create, put, remove, get }) => {
    const gone = await create('leases', { metadata: { name: 'l' }, spec: {} });
    await remove('leases', 'l');
    assert.equal((await refusal(put('leases', gone))).code, 409);
    assert.equal((await refusal(get('leases', 'l'))).code, 404);
    const { uid: _, ...nobody } = gone.metadata ?? {};
    assert.notEqual((await put('leases', { ...gone, metadata: nobody })).metadata?.uid, gone.metadata?.uid);
  });

  fact('52 answers 404 to a patch of what is absent', async ({ patch }) => {
    assert.equal((await refusal(patch('configmaps', 'a', (now) => now))).code, 404);
  });

  fact('keeps identity and creation time through every update', async ({ create, put, clock }) => {
    const { metadata } = await create('configmaps', configMap('a'));
    clock.advance(60_000);
    const changed = await put('configmaps', {
      metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00.123Z', deletionTimestamp: 'x', generation: 7 },
      data: { a: '2' },
    });
    assert.deepEqual({ ...changed.metadata, resourceVersion: '' }, { ...metadata, resourceVersion: '' });
  });

  fact('asks admission of the complete object before it is stored', async ({ registry, context, get, create }) => {
    const storage = registry.resource('configmaps');
    const seen: string[] = [];
    const validate = async (object: { metadata?: ObjectMeta }, old?: { metadata?: ObjectMeta }) => {
      seen.push(`${object.metadata?.uid === undefined ? 'no uid' : 'uid'}, ${old === undefined ? 'no old' : 'old'}`);
      throw new Error('no');
    };
    const options = { dryRun: false, validate };
    const named = configMap('a');
    await assert.rejects(storage.create?.(context('ns1'), named, options) ?? Promise.resolve(), /^Error: no$/);
    assert.equal((await refusal(get('configmaps', 'a'))).code, 404);
    const stored = await create('configmaps', named);
    const changed = async () => configMap('a', { data: { a: '2' } });
    await assert.rejects(storage.update?.(context('ns1'), 'a', changed, options) ?? Promise.resolve(), /^Error: no$/);
    assert.deepEqual(await get('configmaps', 'a'), stored);
    assert.deepEqual(seen, ['uid, no old', 'uid, old']);
  });

  fact('refuses an object larger than a store takes', async ({ create }) => {
    const annotations = { a: 'x'.repeat(1_600_000) };
    const spec = { holderIdentity: 'x'.repeat(1_600_000) };
    assert.equal((await refusal(create('leases', { metadata: { name: 'l' }, spec }))).code, 413);
    assert.equal((await refusal(create('leases', { metadata: { name: 'l', annotations } }))).code, 422);
  });

  fact('creates through no other path than the main one', async (fixture) => {
    const path = {
      ...leaseStrategy,
      definition: statusDefinition(leaseStrategy.definition),
      prepareForUpdate: () => undefined,
    };
    const deps = { ...fixture, random: new SeededRandom(1), log: silentLog };
    const [status] = newResourceStore({ ...leaseStrategy, updatePaths: [path] }, deps).subresources ?? [];
    const options = { dryRun: false, validate: async () => undefined };
    const put = status?.update?.(fixture.context('ns1'), 'l', async () => ({ metadata: { name: 'l' } }), options);
    assert.equal((await refusal(put ?? Promise.resolve())).code, 404);
  });

  fact('112 does everything but write in a dry run', async ({ create, put, remove, get, list }) => {
    const dry = await create('configmaps', configMap('a'), { dryRun: true });
    assert.equal(dry.metadata?.resourceVersion, undefined);
    assert.equal((await list('configmaps')).items.length, 0);
    const stored = await create('configmaps', configMap('a'));
    assert.equal((await refusal(create('configmaps', configMap('a'), { dryRun: true }))).reason, 'AlreadyExists');
    const updated = await put('configmaps', configMap('a', { data: { a: '2' } }), { dryRun: true });
    assert.deepEqual([updated.data, updated.metadata?.resourceVersion], [{ a: '2' }, stored.metadata?.resourceVersion]);
    assert.equal((await remove('configmaps', 'a', { dryRun: true })).removed, true);
    assert.deepEqual(await get('configmaps', 'a'), stored);
  });

  fact('never lets a caller change what is stored', async ({ create, get }) => {
    const mine = configMap('a');
    await create('configmaps', mine);
    (mine.data as Record<string, string>).a = 'changed';
    assert.deepEqual((await get('configmaps', 'a')).data, { a: '1' });
  });

  fact('refuses a name that would reach into another collection', async ({ get, create }) => {
    await create('secrets', { metadata: { name: 's', namespace: 'ns2' } }, { namespace: 'ns2' });
    for (const [name, namespace] of [
      ['ns2/s', ''],
      ['..', 'ns1'],
      ['', 'ns1'],
      ['s', 'x/../ns2'],
    ] as const)
      assert.equal((await refusal(get('secrets', name, namespace))).code, 400);
  });

  test(`${label}: 37 gives up after eight generated names that are all taken`, async () => {
    let draws = 0;
    const random = new SeededRandom(1);
    random.int = () => {
      draws++;
      return 0; // always the first letter
    };
    const fixture = newFixture(openStore, random);
    await fixture.create('configmaps', { metadata: { name: 'web-bbbbb' } });
    draws = 0;
    random.uuid = () => 'uid';
    const error = await refusal(fixture.create('configmaps', { metadata: { generateName: 'web-' } }));
    assert.equal(draws, 8 * 5);
    assert.equal(error.details?.retryAfterSeconds, 1);
    assert.match(error.message, /already exists, the server was not able to generate a unique name for the object$/);
    await fixture.store.close();
  });
}
