import assert from 'node:assert/strict';
import type { Cause } from './client.ts';
import { fieldsAtFault, newSuite, refusal } from './suite.ts';

const { row } = newSuite();

const configMap = (name: string, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  data: { a: '1' },
});

row(34, 'another namespace than the URL’s is refused on create', async ({ create }) => {
  const answer = await create('configmaps', configMap('a', { namespace: 'elsewhere' }));
  assert.deepEqual(refusal(answer), [
    400,
    'BadRequest',
    'the namespace of the provided object does not match the namespace sent on the request',
  ]);
});

row(34, 'another name or namespace than the URL’s is refused on update', async ({ made, put }) => {
  await made('configmaps', configMap('a'));
  assert.deepEqual(refusal(await put('configmaps', 'a', configMap('b'))), [
    400,
    'BadRequest',
    'the name of the object (b) does not match the name on the URL (a)',
  ]);
  assert.deepEqual(refusal(await put('configmaps', 'a', configMap('a', { namespace: 'elsewhere' }))), [
    400,
    'BadRequest',
    'the namespace of the provided object does not match the namespace sent on the request',
  ]);
});

row(34, 'a namespace is dropped from what has none', async ({ made, put, patch, namespace, remove }) => {
  const role = { metadata: { name: namespace, namespace: 'elsewhere' }, rules: [] };
  assert.equal((await made('clusterroles', role)).metadata.namespace, undefined);
  for (const { code, body } of [
    await put('clusterroles', namespace, role),
    await patch('clusterroles', namespace, { metadata: { namespace: 'elsewhere' } }),
  ])
    assert.deepEqual([code, body.metadata.namespace], [200, undefined]);
  await remove('clusterroles', namespace);
});

row(35, 'what only the server may say is replaced or dropped', async ({ made, mayfly }) => {
  const claimed = {
    uid: 'mine',
    creationTimestamp: '2001-01-01T00:00:00Z',
    deletionTimestamp: '2001-01-01T00:00:00Z',
    generation: 9,
    selfLink: '/mine',
  };
  const { metadata } = await made('configmaps', configMap('a', claimed));
  assert.match(metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(metadata.creationTimestamp, new Date(mayfly.clock.nowMs()).toISOString().replace('.000Z', 'Z'));
  for (const dropped of ['deletionTimestamp', 'generation', 'selfLink']) assert.equal(metadata[dropped], undefined);
  const pod = await made('pods', {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Running', podIP: '10.0.0.1' },
  });
  assert.deepEqual(pod.status, { phase: 'Pending', qosClass: 'BestEffort' });
});

row(36, 'a resourceVersion on create is an error and stores nothing', async ({ create, get }) => {
  const { code, body } = await create('configmaps', configMap('a', { resourceVersion: '5' }));
  assert.deepEqual([code, body.message], [500, 'resourceVersion should not be set on objects to be created']);
  assert.equal((await get('configmaps', 'a')).code, 404);
});

row(37, 'a generated name ends in five letters of the alphabet', async ({ made }) => {
  const { metadata } = await made('configmaps', { metadata: { generateName: 'web-' } });
  assert.match(metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.equal(metadata.generateName, 'web-');
});

for (const [resource, name] of [
  ['configmaps', 'A'],
  ['configmaps', 'a_b'],
  ['configmaps', 'a'.repeat(254)],
  ['configmaps', '..'],
  ['configmaps', 'a/b'],
  ['namespaces', 'a.b'],
  ['namespaces', 'a'.repeat(64)],
  ['roles', 'a/b'],
  ['roles', '..'],
  ['roles', 'a%b'],
] as const)
  row(38, `${resource} named "${name.slice(0, 10)}" is refused at its name`, async ({ create }) => {
    const answer = await create(resource, { metadata: { name } });
    assert.deepEqual(fieldsAtFault(answer).slice(0, 2), [422, 'metadata.name']);
    assert.equal(answer.body.reason, 'Invalid');
  });

row(38, 'a role may be named with capitals and colons', async ({ create, get, remove }) => {
  assert.equal((await create('roles', { metadata: { name: 'System:x' }, rules: [] })).code, 201);
  assert.equal((await get('roles', 'System:x')).code, 200);
  assert.equal((await get('roles', 'System%3Ax')).code, 200);
  assert.equal((await remove('roles', 'System:x')).code, 200);
});

row(38, 'an object without a name is refused', async ({ create }) => {
  const answer = await create('configmaps', { metadata: {} });
  assert.equal(
    answer.body.message,
    'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  );
  assert.deepEqual(answer.body.details.causes, [
    {
      reason: 'FieldValueRequired',
      message: 'Required value: name or generateName is required',
      field: 'metadata.name',
    },
  ] satisfies Cause[]);
});

for (const [what, metadata, field] of [
  ['a label value of 64 characters', { labels: { a: 'x'.repeat(64) } }, 'metadata.labels'],
  ['a label key with two slashes', { labels: { 'a/b/c': '' } }, 'metadata.labels'],
  ['annotations of 256 KiB and a byte', { annotations: { a: 'x'.repeat(256 * 1024) } }, 'metadata.annotations'],
  ['an annotation key with a blank', { annotations: { 'a b': '' } }, 'metadata.annotations'],
] as const)
  row(39, `${what} is refused`, async ({ create }) => {
    assert.deepEqual(fieldsAtFault(await create('configmaps', configMap('a', metadata))), [422, field]);
  });

row(39, 'annotations of 256 KiB in all are taken', async ({ create }) => {
  const answer = await create('configmaps', configMap('a', { annotations: { a: 'x'.repeat(256 * 1024 - 1) } }));
  assert.equal(answer.code, 201);
});

const owner = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name,
  uid: name,
  ...more,
});

row(40, 'two controllers are one too many', async ({ create }) => {
  const ownerReferences = [owner('a', { controller: true }), owner('b', { controller: true })];
  const answer = await create('configmaps', configMap('x', { ownerReferences }));
  assert.deepEqual(fieldsAtFault(answer), [422, 'metadata.ownerReferences']);
  assert.match(answer.body.message, /Only one reference can have Controller set to true/);
});

row(41, 'an owner named twice is stored once, with a warning', async ({ create }) => {
  const { code, body, headers } = await create(
    'configmaps',
    configMap('x', { ownerReferences: [owner('a'), owner('a')] }),
  );
  assert.equal(code, 201);
  assert.deepEqual(body.metadata.ownerReferences, [owner('a')]);
  assert.match(String(headers.warning), /^299 - "\.metadata\.ownerReferences contains duplicate entries/);
});

row(42, 'a name in use is refused, details naming the resource', async ({ made, create }) => {
  await made('roles', { metadata: { name: 'a' }, rules: [] });
  const answer = await create('roles', { metadata: { name: 'a' }, rules: [] });
  assert.deepEqual(answer.body, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'roles.rbac.authorization.k8s.io "a" already exists',
    reason: 'AlreadyExists',
    details: { name: 'a', group: 'rbac.authorization.k8s.io', kind: 'roles' },
    code: 409,
  });
});

row(43, 'a name whose object is going is refused, saying so', async ({ made, remove, create }) => {
  await made('configmaps', configMap('a', { finalizers: ['x.io/y'] }));
  await remove('configmaps', 'a');
  const [code, reason, message] = refusal(await create('configmaps', configMap('a')));
  assert.deepEqual(
    [code, reason, message],
    [409, 'AlreadyExists', 'object is being deleted: configmaps "a" already exists'],
  );
});

row(120, 'nothing is made in a namespace that is not', async ({ send }) => {
  const answer = await send('POST', '/api/v1/namespaces/nowhere/configmaps', configMap('a'));
  assert.deepEqual(refusal(answer), [404, 'NotFound', 'namespaces "nowhere" not found']);
  assert.deepEqual(answer.body.details, { name: 'nowhere', kind: 'namespaces' });
});

row(1, 'a collection takes no PUT, an object no POST', async ({ send, path, made }) => {
  await made('configmaps', configMap('a'));
  for (const [method, target] of [
    ['PUT', path('configmaps')],
    ['POST', path('configmaps', 'a')],
    ['PATCH', path('configmaps')],
    ['POST', '/api/v1/configmaps'],
  ] as const)
    assert.equal((await send(method, target, configMap('a'))).code, 405, `${method} ${target}`);
});
