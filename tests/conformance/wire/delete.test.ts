import assert from 'node:assert/strict';
import { fieldsAtFault, newSuite, refusal } from './suite.ts';

const { row } = newSuite();

const named = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata } });
const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});

row(53, 'a removed service account is answered, of a secret its uid', async ({ made, remove }) => {
  const account = await made('serviceaccounts', named('sa'));
  const removed = await remove('serviceaccounts', 'sa');
  assert.equal(removed.code, 200);
  assert.deepEqual([removed.body.kind, removed.body.metadata.uid], ['ServiceAccount', account.metadata.uid]);
  const secret = await made('secrets', named('s'));
  const { code, body } = await remove('secrets', 's');
  assert.equal(code, 200);
  assert.deepEqual(body, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: 's', kind: 'secrets', uid: secret.metadata.uid },
  });
  await made('pods', pod('p'));
  assert.equal((await remove('pods', 'p')).body.kind, 'Pod');
  await made('roles', { ...named('r'), rules: [] });
  assert.equal((await remove('roles', 'r')).body.details.group, 'rbac.authorization.k8s.io');
});

row(54, 'a delete that means another object or state is a conflict', async ({ made, remove, patch }) => {
  const { metadata } = await made('configmaps', named('a'));
  const other = await remove('configmaps', 'a', { preconditions: { uid: 'other' } });
  assert.deepEqual(refusal(other), [
    409,
    'Conflict',
    `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
  ]);
  const { body } = await patch('configmaps', 'a', { data: { a: '2' } });
  const { resourceVersion } = metadata;
  const stale = await remove('configmaps', 'a', { preconditions: { resourceVersion } });
  assert.deepEqual(refusal(stale), [
    409,
    'Conflict',
    `Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${body.metadata.resourceVersion}). The object might have been modified`,
  ]);
  const { uid } = metadata;
  const fits = await remove('configmaps', 'a', {
    preconditions: { uid, resourceVersion: body.metadata.resourceVersion },
  });
  assert.equal(fits.code, 200);
});

for (const [what, options, field] of [
  ['policy and orphanDependents', { propagationPolicy: 'Background', orphanDependents: true }, 'propagationPolicy'],
  ['an unknown policy', { propagationPolicy: 'Gently' }, 'propagationPolicy'],
  ['a dry run of something', { dryRun: ['Some'] }, 'dryRun'],
] as const)
  row(55, `a delete with ${what} is refused`, async ({ made, remove, get }) => {
    await made('configmaps', named('a'));
    assert.deepEqual(fieldsAtFault(await remove('configmaps', 'a', options)), [422, field]);
    assert.equal((await get('configmaps', 'a')).code, 200);
  });

row(55, 'a delete reads its options from the query where there is no body', async ({ made, client, path, get }) => {
  await made('configmaps', named('a'));
  const ask = (query: string) => client.ask('DELETE', path('configmaps', `a?${query}`));
  assert.equal((await ask('propagationPolicy=Gently')).code, 422);
  assert.equal((await ask('gracePeriodSeconds=abc')).code, 400);
  assert.equal((await ask('dryRun=All')).code, 200);
  assert.equal((await get('configmaps', 'a')).code, 200);
  assert.equal((await ask('propagationPolicy=Background&gracePeriodSeconds=0')).code, 200);
  assert.equal((await get('configmaps', 'a')).code, 404);
});

for (const [type, code] of [
  ['application/json', 200],
  ['text/plain', 200],
] as const)
  row(27, `a DELETE without a body may call it ${type}`, async ({ made, client, path }) => {
    await made('configmaps', named('a'));
    const answer = await client.ask('DELETE', path('configmaps', 'a'), { headers: { 'content-type': type } });
    assert.equal(answer.code, code, answer.text);
  });

row(56, 'a finalizer keeps the object until it is taken off', async ({ made, remove, put, watch, get }) => {
  const created = await made('configmaps', named('a', { finalizers: ['x.io/y'] }));
  const stream = await watch('configmaps', `&resourceVersion=${created.metadata.resourceVersion}`);
  const terminating = await remove('configmaps', 'a');
  assert.equal(terminating.code, 200);
  assert.equal(terminating.body.kind, 'ConfigMap');
  assert.equal(typeof terminating.body.metadata.deletionTimestamp, 'string');
  assert.equal(terminating.body.metadata.deletionGracePeriodSeconds, 0);
  const again = await remove('configmaps', 'a');
  assert.deepEqual([again.code, again.body.metadata.resourceVersion], [200, terminating.body.metadata.resourceVersion]);
  const released = await put('configmaps', 'a', named('a'));
  assert.equal(released.code, 200);
  assert.equal((await get('configmaps', 'a')).code, 404);
  const [first, second] = await stream.take(2);
  assert.deepEqual([first?.type, second?.type], ['MODIFIED', 'DELETED']);
  stream.cancel();
});

row(57, 'a terminating object takes no new finalizer', async ({ made, remove, put }) => {
  await made('configmaps', named('a', { finalizers: ['x.io/y'] }));
  await remove('configmaps', 'a');
  const answer = await put('configmaps', 'a', named('a', { finalizers: ['x.io/y', 'a.io/b'] }));
  assert.deepEqual(fieldsAtFault(answer), [422, 'metadata.finalizers']);
  assert.match(answer.body.message, /Forbidden: no new finalizers can be added if the object is being deleted/);
});

row(58, 'a pod on a node is given its time; without one it goes at once', async ({ made, remove, get, mayfly }) => {
  await made('pods', pod('on-a-node', { nodeName: 'n1', terminationGracePeriodSeconds: 30 }));
  const terminating = await remove('pods', 'on-a-node');
  assert.equal(terminating.code, 200);
  const { deletionTimestamp, deletionGracePeriodSeconds } = terminating.body.metadata;
  assert.equal(Date.parse(String(deletionTimestamp)), Math.floor(mayfly.clock.nowMs() / 1000) * 1000 + 30_000);
  assert.equal(deletionGracePeriodSeconds, 30);
  assert.equal((await get('pods', 'on-a-node')).code, 200);
  const longer = await remove('pods', 'on-a-node', { gracePeriodSeconds: 60 });
  assert.equal(longer.body.metadata.deletionTimestamp, deletionTimestamp);
  const shorter = await remove('pods', 'on-a-node', { gracePeriodSeconds: 5 });
  assert.equal(
    Date.parse(String(shorter.body.metadata.deletionTimestamp)),
    Date.parse(String(deletionTimestamp)) - 25_000,
  );
  assert.equal((await remove('pods', 'on-a-node', { gracePeriodSeconds: 0 })).code, 200);
  assert.equal((await get('pods', 'on-a-node')).code, 404);
  await made('pods', pod('nowhere'));
  await remove('pods', 'nowhere');
  assert.equal((await get('pods', 'nowhere')).code, 404);
});

row(64, 'a delete of a collection takes what its selector selects and answers it', async ({ made, remove, get }) => {
  for (const [name, color] of [
    ['a', 'red'],
    ['b', 'red'],
    ['c', 'blue'],
  ] as const)
    await made('configmaps', named(name, { labels: { color } }));
  const { code, body } = await remove('configmaps', '?labelSelector=color%3Dred');
  assert.deepEqual([code, body.kind], [200, 'ConfigMapList']);
  assert.deepEqual(
    body.items.map(({ metadata }) => metadata.name),
    ['a', 'b'],
  );
  const left = await get('configmaps');
  assert.deepEqual(
    left.body.items.map(({ metadata }) => metadata.name),
    ['c'],
  );
});

row(64, 'a collection of namespaces cannot be deleted', async ({ remove }) => {
  assert.equal((await remove('namespaces', '')).code, 405);
});

row(
  112,
  'a dry run changes nothing and is seen by nobody',
  async ({ made, create, put, patch, remove, get, watch }) => {
    const { metadata } = await made('configmaps', named('a'));
    const stream = await watch('configmaps', `&resourceVersion=${metadata.resourceVersion}`);
    const created = await create('configmaps', named('b'), '?dryRun=All');
    assert.deepEqual([created.code, created.body.metadata.resourceVersion], [201, undefined]);
    assert.equal((await get('configmaps', 'b')).code, 404);
    const changed = { ...named('a'), data: { a: '2' } };
    const updated = await put('configmaps', 'a?dryRun=All', changed);
    assert.deepEqual([updated.code, updated.body.data], [200, { a: '2' }]);
    assert.equal(updated.body.metadata.resourceVersion, metadata.resourceVersion);
    assert.equal((await patch('configmaps', 'a?dryRun=All', changed)).code, 200);
    assert.equal((await remove('configmaps', 'a', { dryRun: ['All'] })).code, 200);
    assert.equal((await remove('configmaps', '?dryRun=All')).code, 200);
    assert.equal((await get('configmaps', 'a')).body.metadata.resourceVersion, metadata.resourceVersion);
    await patch('configmaps', 'a', { data: { seen: 'first' } });
    assert.deepEqual((await stream.next()).object.data, { seen: 'first' });
    stream.cancel();
    assert.deepEqual(fieldsAtFault(await create('configmaps', named('c'), '?dryRun=x')), [422, 'dryRun']);
  },
);
