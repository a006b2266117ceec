import assert from 'node:assert/strict';
import { fieldsAtFault, newSuite, refusal, type World } from './suite.ts';

const { row } = newSuite();

const configMap = (data: object = { a: '1', b: '2' }) => ({ metadata: { name: 'a' }, data });
const pod = (container: object, spec: object = {}) => ({
  metadata: { name: 'p', finalizers: ['x.io/a'] },
  spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
});

interface Spec {
  containers: { name: string; image: string; env: object[]; ports: object[] }[];
  tolerations: object[];
  volumes: object[];
}

for (const [name, data, patch, expected] of [
  ['adds and changes', { a: '1' }, { a: '2', b: '3' }, { a: '2', b: '3' }],
  ['removes by null', { a: '1', b: '2' }, { a: null }, { b: '2' }],
  ['ignores null of what is not there', { a: '1' }, { b: null }, { a: '1' }],
] as const)
  row(98, `a merge patch ${name}`, async ({ made, patch: send }) => {
    await made('configmaps', configMap(data));
    for (const type of ['merge', 'strategic-merge']) {
      const { code, body } = await send('configmaps', 'a?dryRun=All', { data: patch }, type);
      assert.deepEqual([code, body.data], [200, expected], type);
    }
  });

row(98, 'a merge patch replaces lists', async ({ made, patch }) => {
  await made('configmaps', { metadata: { name: 'a', finalizers: ['x.io/a', 'x.io/b'] } });
  const { body } = await patch('configmaps', 'a', { metadata: { finalizers: ['x.io/c'] } });
  assert.deepEqual(body.metadata.finalizers, ['x.io/c']);
  await patch('configmaps', 'a', { metadata: { finalizers: null } });
});

for (const [name, operations, expected] of [
  ['add', [{ op: 'add', path: '/data/c', value: '3' }], { a: '1', b: '2', c: '3' }],
  ['add over a member', [{ op: 'add', path: '/data/a', value: '3' }], { a: '3', b: '2' }],
  ['replace what is not there', [{ op: 'replace', path: '/data/c', value: '3' }], { a: '1', b: '2', c: '3' }], // as stock
  ['remove', [{ op: 'remove', path: '/data/a' }], { b: '2' }],
  ['replace', [{ op: 'replace', path: '/data/a', value: '9' }], { a: '9', b: '2' }],
  ['move', [{ op: 'move', from: '/data/a', path: '/data/c' }], { b: '2', c: '1' }],
  ['copy', [{ op: 'copy', from: '/data/a', path: '/data/c' }], { a: '1', b: '2', c: '1' }],
  [
    'test',
    [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'remove', path: '/data/b' },
    ],
    { a: '1' },
  ],
] as const)
  row(99, `a JSON patch can ${name}`, async ({ made, patch }) => {
    await made('configmaps', configMap());
    const { code, body, text } = await patch('configmaps', 'a', operations, 'json');
    assert.deepEqual([code, body.data], [200, expected], text);
  });

for (const [name, operations] of [
  ['a test that fails', [{ op: 'test', path: '/data/a', value: 'x' }]],
  ['a removal of nothing', [{ op: 'remove', path: '/data/c' }]],
  ['a parent that is not there', [{ op: 'add', path: '/data2/c', value: 'x' }]],
] as const)
  row(99, `a JSON patch with ${name} is a 422 and changes nothing`, async ({ made, patch, get }) => {
    const { metadata } = await made('configmaps', configMap());
    const answer = await patch('configmaps', 'a', operations, 'json');
    assert.deepEqual(refusal(answer), [
      422,
      'Invalid',
      'the server rejected our request due to an error in our request',
    ]);
    assert.equal((await get('configmaps', 'a')).body.metadata.resourceVersion, metadata.resourceVersion);
  });

for (const [type, body] of [
  ['json', '{"op":"add"}'],
  ['json', '['],
  ['merge', '{"data":'],
  ['merge', '[]'],
  ['strategic-merge', 'hello'],
] as const)
  row(99, `a ${type} patch of ${body} is a 400`, async ({ made, patch }) => {
    await made('configmaps', configMap());
    assert.deepEqual(refusal(await patch('configmaps', 'a', body, type)).slice(0, 2), [400, 'BadRequest']);
  });

row(99, 'a patch to what cannot be the object is a 422 at "patch"', async ({ made, patch }) => {
  await made('configmaps', configMap());
  assert.deepEqual(fieldsAtFault(await patch('configmaps', 'a', { data: 'x' })), [422, 'patch']);
  const operations = [{ op: 'replace', path: '/data', value: [1] }];
  assert.deepEqual(fieldsAtFault(await patch('configmaps', 'a', operations, 'json')), [422, 'patch']);
});

for (const [what, metadata] of [
  ['the name', { name: 'b' }],
  ['the namespace', { namespace: 'elsewhere' }],
] as const)
  row(100, `a patch that changes ${what} is a 400`, async ({ made, patch }) => {
    await made('configmaps', configMap());
    for (const type of ['merge', 'strategic-merge'])
      assert.deepEqual(refusal(await patch('configmaps', 'a', { metadata }, type)).slice(0, 2), [400, 'BadRequest']);
  });

/** Patches a pod whose only container is `c`, strategically, without storing, and gives the spec. */
async function patched({ made, patch }: World, first: object, container: object, spec: object = {}): Promise<Spec> {
  await made('pods', pod(first, spec));
  const body = { spec: { containers: [{ name: 'c', ...container }] } };
  const answer = await patch('pods', 'p?dryRun=All', body, 'strategic-merge');
  if (answer.code === 200) return answer.body.spec as Spec;
  // All but the image is fixed in a stored pod: what the patch came to is in the refusal of its spec.
  assert.deepEqual(fieldsAtFault(answer), [422, 'spec'], answer.text);
  return { containers: [], tolerations: [], volumes: [] };
}

row(96, 'a container is found by its name, and the rest of it stays', async (world) => {
  const { containers } = await patched(world, { env: [{ name: 'A', value: '1' }] }, { image: 'other' });
  assert.deepEqual(
    containers.map(({ name, image, env }) => [name, image, env]),
    [['c', 'other', [{ name: 'A', value: '1' }]]],
  );
});

row(96, 'tolerations have no merge key: a strategic patch replaces them', async ({ made, patch }) => {
  const toleration = { key: 'a', operator: 'Exists', effect: 'NoSchedule' };
  const other = { key: 'b', operator: 'Exists', effect: 'NoSchedule' };
  await made('pods', pod({}, { tolerations: [toleration] }));
  const kept = await patch('pods', 'p', { spec: { tolerations: [toleration, other] } }, 'strategic-merge');
  assert.deepEqual((kept.body.spec as Spec).tolerations, [toleration, other], kept.text);
});

row(96, 'finalizers are united, and taken off by name', async ({ made, patch }) => {
  await made('configmaps', { metadata: { name: 'a', finalizers: ['x.io/a', 'x.io/b'] } });
  const more = await patch('configmaps', 'a', { metadata: { finalizers: ['x.io/c', 'x.io/a'] } }, 'strategic-merge');
  assert.deepEqual(more.body.metadata.finalizers, ['x.io/c', 'x.io/a', 'x.io/b']);
  const directive = { metadata: { '$deleteFromPrimitiveList/finalizers': ['x.io/b'] } };
  const fewer = await patch('configmaps', 'a', directive, 'strategic-merge');
  assert.deepEqual(fewer.body.metadata.finalizers, ['x.io/c', 'x.io/a']);
});

row(96, 'secrets of a service account merge by name, and order as the patch says', async ({ made, patch }) => {
  await made('serviceaccounts', { metadata: { name: 'sa' }, secrets: [{ name: 'a' }, { name: 'b' }] });
  const body = {
    '$setElementOrder/secrets': [{ name: 'c' }, { name: 'a' }],
    secrets: [{ name: 'c' }, { name: 'b', $patch: 'delete' }],
  };
  const answer = await patch('serviceaccounts', 'sa', body, 'strategic-merge');
  assert.deepEqual(answer.body.secrets, [{ name: 'c' }, { name: 'a' }], answer.text);
});

row(97, '$patch replaces and empties', async ({ made, patch }) => {
  await made('configmaps', configMap());
  const replaced = await patch('configmaps', 'a', { data: { $patch: 'replace', c: '3' } }, 'strategic-merge');
  assert.deepEqual(replaced.body.data, { c: '3' });
  const emptied = await patch('configmaps', 'a', { data: { $patch: 'delete' } }, 'strategic-merge');
  assert.equal(emptied.body.data, undefined, emptied.text);
});

for (const [what, body] of [
  ['an unknown $patch', { data: { $patch: 'shuffle' } }],
  ['an element without its key', { spec: { containers: [{ image: 'x' }] } }],
  [
    'an order that is not the patch’s',
    {
      spec: {
        '$setElementOrder/containers': [{ name: 'd' }, { name: 'c' }],
        containers: [
          { name: 'c', image: 'x' },
          { name: 'd', image: 'x' },
        ],
      },
    },
  ],
  [
    'retained keys that miss one of the patch',
    { spec: { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] } },
  ],
] as const)
  row(97, `${what} is a 400 and changes nothing`, async ({ made, patch, get }) => {
    const [resource, name] = 'data' in body ? ['configmaps', 'a'] : ['pods', 'p'];
    const volumes = [{ name: 'v', emptyDir: {} }];
    const { metadata } = await made(resource, name === 'a' ? configMap() : pod({}, { volumes }));
    const answer = await patch(resource, name, body, 'strategic-merge');
    assert.deepEqual(refusal(answer).slice(0, 2), [400, 'BadRequest'], answer.text);
    assert.equal((await get(resource, name)).body.metadata.resourceVersion, metadata.resourceVersion);
  });

row(97, 'a label is removed by null', async ({ made, patch, get }) => {
  await made('configmaps', { metadata: { name: 'a', labels: { a: 'b', c: 'd' } } });
  await patch('configmaps', 'a', { metadata: { labels: { a: null } } }, 'strategic-merge');
  assert.deepEqual((await get('configmaps', 'a')).body.metadata.labels, { c: 'd' });
});

for (const patch of [{ kind: 'Secret' }, { apiVersion: 'v2' }])
  row(100, `a patch to ${JSON.stringify(patch)} is a 422`, async ({ made, patch: send }) => {
    await made('configmaps', configMap());
    assert.deepEqual(fieldsAtFault(await send('configmaps', 'a', patch)), [422, 'patch']);
  });

row(100, 'force without apply is refused', async ({ made, patch }) => {
  await made('configmaps', configMap());
  assert.deepEqual(fieldsAtFault(await patch('configmaps', 'a?force=true', {})), [422, 'force']);
});
