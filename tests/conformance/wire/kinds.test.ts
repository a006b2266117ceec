import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { fieldsAtFault, newSuite, refusal } from './suite.ts';

const { row } = newSuite();

const named = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata } });
const binding = (role: string) => ({
  ...named('a'),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
});
const pod = (spec: object = {}) => ({ ...named('a'), spec: { containers: [{ name: 'c', image: 'i' }], ...spec } });

for (const [resource, first, then, field] of [
  ['secrets', { ...named('a'), type: 'x' }, { ...named('a'), type: 'y' }, 'type'],
  ['secrets', { ...named('a'), immutable: true, data: { a: 'YQ==' } }, { ...named('a'), immutable: true }, 'data'],
  ['secrets', { ...named('a'), immutable: true }, named('a'), 'immutable'],
  ['configmaps', { ...named('a'), immutable: true, data: { a: '1' } }, { ...named('a'), immutable: true }, 'data'],
  [
    'configmaps',
    { ...named('a'), immutable: true },
    { ...named('a'), immutable: true, binaryData: { a: 'YQ==' } },
    'binaryData',
  ],
  ['rolebindings', binding('view'), binding('edit'), 'roleRef'],
  ['pods', pod(), pod({ serviceAccountName: 'other' }), 'spec'],
] as const)
  row(121, `${field} of ${resource} is fixed`, async ({ made, put }) => {
    await made(resource, first);
    const answer = await put(resource, 'a', then);
    assert.deepEqual(fieldsAtFault(answer), [422, field], answer.text);
    assert.equal(answer.body.reason, 'Invalid');
  });

row(122, 'stringData is merged and not given back', async ({ made, get }) => {
  const object = { ...named('a'), data: { a: 'YQ==', b: 'Yg==' }, stringData: { b: 'new' } };
  const created = await made('secrets', object);
  const { body } = await get('secrets', 'a');
  for (const secret of [created, body]) {
    assert.deepEqual(secret.data, { a: 'YQ==', b: 'bmV3' });
    assert.equal('stringData' in secret, false);
  }
});

for (const [what, secret, field] of [
  ['a bad key', { data: { 'a b': 'YQ==' } }, 'data[a b]'],
  ['a missing key of its type', { type: 'kubernetes.io/tls', data: {} }, 'data[tls.crt]'],
] as const)
  row(121, `a secret with ${what} is refused`, async ({ create }) => {
    const [code, ...fields] = fieldsAtFault(await create('secrets', { ...named('a'), ...secret }));
    assert.deepEqual([code, fields[0]], [422, field]);
  });

row(121, 'data that is no base64 is a 400', async ({ create }) => {
  assert.equal((await create('secrets', { ...named('a'), data: { a: '%' } })).code, 400);
});

row(119, 'the namespaces of the system stay', async ({ remove }) => {
  for (const name of ['default', 'kube-system', 'kube-public'])
    assert.deepEqual(refusal(await remove('namespaces', name)), [
      403,
      'Forbidden',
      `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    ]);
});

row(118, 'a namespace goes with its content, once finalizers let it', async (world) => {
  const { made, namespace, remove, get, create, patch, passTimeUntil } = world;
  await Promise.all(Array.from({ length: 200 }, (_, i) => made('configmaps', named(`c${i}`))));
  await made('secrets', named('held', { finalizers: ['x.io/y'] }));
  const { code, body } = await remove('namespaces', namespace);
  assert.deepEqual([code, body.status], [200, { phase: 'Terminating' }]);
  const refused = await create('configmaps', named('late'));
  assert.deepEqual(refusal(refused), [
    403,
    'Forbidden',
    `configmaps "late" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
  ]);
  assert.deepEqual(refused.body.details.causes, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
  const emptied = async (): Promise<void> => {
    while ((await get('configmaps')).body.items.length > 0) await delay(20);
  };
  await passTimeUntil(emptied());
  assert.equal((await get('namespaces', namespace)).code, 200);
  assert.equal((await get('secrets', 'held')).code, 200);
  await patch('secrets', 'held', { metadata: { finalizers: null } });
  const gone = async (): Promise<void> => {
    while ((await get('namespaces', namespace)).code !== 404) await delay(20);
  };
  await passTimeUntil(gone());
});

row(118, 'the finalizer of a namespace is taken off by /finalize alone', async ({ put, get, namespace }) => {
  const { body } = await get('namespaces', namespace);
  assert.deepEqual(body.spec, { finalizers: ['kubernetes'] });
  const updated = await put('namespaces', namespace, { ...named(namespace), spec: { finalizers: [] } });
  assert.deepEqual(updated.body.spec, { finalizers: ['kubernetes'] });
  const finalized = await put('namespaces', `${namespace}/finalize`, { ...named(namespace), spec: { finalizers: [] } });
  assert.equal(finalized.code, 200);
  assert.equal((finalized.body.spec as { finalizers?: string[] } | undefined)?.finalizers?.length ?? 0, 0);
});
