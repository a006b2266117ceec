import assert from 'node:assert/strict';
import { newSuite, refusal, type World } from './suite.ts';

const { row } = newSuite();

const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
const named = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata } });
const containers = [
  { name: 'a', image: 'i' },
  { name: 'b', image: 'i' },
];
const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'view' });
const subjects = [
  { kind: 'User', name: 'jane' },
  { kind: 'Group', name: 'devs' },
  { kind: 'ServiceAccount', name: 'app', namespace: 'ns' },
];

/** Columns of each kind (`*`: only with -o wide) and the cells of the object; AGE stands for any age. */
const TABLES: readonly {
  readonly resource: string;
  readonly object: { readonly metadata: { readonly name: string }; readonly [field: string]: unknown };
  readonly columns: string;
  readonly cells: readonly unknown[];
}[] = [
  {
    resource: 'pods',
    object: { ...named('p'), spec: { containers, nodeName: 'n1' } },
    columns: 'Name,Ready,Status,Restarts,Age,IP*,Node*,Nominated Node*,Readiness Gates*',
    cells: ['p', '0/2', 'Pending', '0', 'AGE', '<none>', 'n1', '<none>', '<none>'],
  },
  { resource: 'serviceaccounts', object: named('sa'), columns: 'Name,Secrets,Age', cells: ['sa', 0, 'AGE'] },
  {
    resource: 'secrets',
    object: { ...named('s'), data: { a: 'YQ==' } },
    columns: 'Name,Type,Data,Age',
    cells: ['s', 'Opaque', 1, 'AGE'],
  },
  {
    resource: 'configmaps',
    object: { ...named('c'), data: { a: '1' }, binaryData: { b: 'YQ==' } },
    columns: 'Name,Data,Age',
    cells: ['c', 2, 'AGE'],
  },
  {
    resource: 'leases',
    object: { ...named('l'), spec: { holderIdentity: 'me' } },
    columns: 'Name,Holder,Age',
    cells: ['l', 'me', 'AGE'],
  },
  { resource: 'roles', object: { ...named('r'), rules: [] }, columns: 'Name,Created At', cells: ['r', 'DATE'] },
  {
    resource: 'rolebindings',
    object: { ...named('rb'), roleRef: roleRef('ClusterRole'), subjects },
    columns: 'Name,Role,Age,Users*,Groups*,ServiceAccounts*',
    cells: ['rb', 'ClusterRole/view', 'AGE', 'jane', 'devs', 'ns/app'],
  },
];

for (const { resource, object, columns, cells } of TABLES)
  row(92, `${resource} are shown as a table`, async ({ made, get }) => {
    await made(resource, object);
    for (const rest of [object.metadata.name, '']) {
      const { headers, body } = await get(resource, rest, { accept: TABLE });
      assert.equal(headers['content-type'], 'application/json');
      assert.deepEqual([body.kind, body.apiVersion], ['Table', 'meta.k8s.io/v1']);
      assert.match(body.metadata.resourceVersion, /^\d+$/);
      const definitions = body.columnDefinitions as { name: string; priority: number; format: string }[];
      assert.equal(definitions.map(({ name, priority }) => name + (priority > 0 ? '*' : '')).join(), columns);
      assert.equal(definitions[0]?.format, 'name');
      assert.deepEqual(body.rows.find(({ cells: [name] }) => name === object.metadata.name)?.cells.map(masked), cells);
    }
  });

/** Ages and dates move. */
function masked(cell: unknown): unknown {
  if (typeof cell !== 'string') return cell;
  if (/^\d+s$/.test(cell)) return 'AGE';
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(cell) ? 'DATE' : cell;
}

row(92, 'nodes and namespaces are shown as a table', async ({ made, get, namespace, remove }) => {
  await made('nodes', {
    ...named(namespace, { labels: { 'node-role.kubernetes.io/worker': '' } }),
    spec: { unschedulable: true },
  });
  const node = await get('nodes', namespace, { accept: TABLE });
  assert.deepEqual(node.body.rows[0]?.cells.map(masked).slice(0, 5), [
    namespace,
    'Unknown,SchedulingDisabled',
    'worker',
    'AGE',
    '',
  ]);
  await remove('nodes', namespace);
  const own = await get('namespaces', namespace, { accept: TABLE });
  assert.deepEqual(own.body.rows[0]?.cells.map(masked), [namespace, 'Active', 'AGE']);
});

const rowOf = async ({ made, get }: World, query: string) => {
  await made('configmaps', { ...named('a', { labels: { b: 'c' } }), data: { a: '1' } });
  return get('configmaps', `a?${query}`, { accept: TABLE });
};

row(93, 'includeObject says what of the object a row holds', async (world) => {
  const { body } = await rowOf(world, '');
  const { kind, apiVersion, metadata } = body.rows[0]?.object ?? assert.fail();
  assert.deepEqual([kind, apiVersion], ['PartialObjectMetadata', 'meta.k8s.io/v1']);
  assert.deepEqual(metadata.labels, { b: 'c' });
  const ask = (includeObject: string) => world.get('configmaps', `a?includeObject=${includeObject}`, { accept: TABLE });
  assert.equal((await ask('Metadata')).body.rows[0]?.object.kind, 'PartialObjectMetadata');
  const whole = (await ask('Object')).body.rows[0]?.object;
  assert.deepEqual([whole?.kind, whole?.data], ['ConfigMap', { a: '1' }]);
  assert.equal((await ask('None')).body.rows[0]?.object ?? null, null);
  assert.equal((await ask('bogus')).code, 400);
});

row(93, 'the older version of a table is there for who asks', async ({ made, get }) => {
  await made('configmaps', named('a'));
  const { body } = await get('configmaps', '', { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1beta1' });
  assert.equal(body.apiVersion, 'meta.k8s.io/v1beta1');
  assert.equal(body.rows[0]?.object.apiVersion, 'meta.k8s.io/v1beta1');
});

row(93, 'a page of a table goes on like a page of a list', async ({ made, get }) => {
  for (const name of ['a', 'b', 'c']) await made('configmaps', named(name));
  const first = await get('configmaps', '?limit=2', { accept: TABLE });
  assert.deepEqual([first.body.rows.length, first.body.metadata.remainingItemCount], [2, 1]);
  const rest = await get('configmaps', `?limit=2&continue=${first.body.metadata.continue}`, { accept: TABLE });
  assert.deepEqual(
    rest.body.rows.map(({ cells: [name] }) => name),
    ['c'],
  );
});

row(93, 'a refusal is never a table', async ({ get }) => {
  const answer = await get('configmaps', 'nothing', { accept: TABLE });
  assert.deepEqual(refusal(answer), [404, 'NotFound', 'configmaps "nothing" not found']);
});

const metadataOnly = (as: string) => ({ accept: `application/json;as=${as};g=meta.k8s.io;v=v1` });

row(94, 'metadata alone, of an object and of a list', async ({ made, get }) => {
  await made('configmaps', { ...named('a'), data: { a: '1' } });
  const one = (await get('configmaps', 'a', metadataOnly('PartialObjectMetadata'))).body;
  assert.deepEqual([one.kind, one.apiVersion, one.metadata.name], ['PartialObjectMetadata', 'meta.k8s.io/v1', 'a']);
  assert.deepEqual(Object.keys(one).sort(), ['apiVersion', 'kind', 'metadata']);
  const list = (await get('configmaps', '', metadataOnly('PartialObjectMetadataList'))).body;
  assert.deepEqual([list.kind, list.items[0]?.metadata.name], ['PartialObjectMetadataList', 'a']);
  assert.equal(list.items[0]?.data, undefined);
  assert.match(list.metadata.resourceVersion, /^\d+$/);
  assert.equal((await get('configmaps', '', metadataOnly('PartialObjectMetadata'))).code, 406);
});
