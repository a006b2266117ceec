import assert from 'node:assert/strict';
import type { Answer } from './client.ts';
import { fieldsAtFault, newSuite, refusal, type World } from './suite.ts';

const { row } = newSuite();

const named = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata } });
const names = ({ body }: Answer): string[] => body.items.map(({ metadata }) => metadata.name);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `c${String(i).padStart(4, '0')}`);

/** Makes configmaps past the wire, a hundred at a time. */
async function fill({ made }: World, wanted: readonly string[], metadata: object = {}): Promise<void> {
  for (let at = 0; at < wanted.length; at += 100)
    await Promise.all(wanted.slice(at, at + 100).map((name) => made('configmaps', named(name, metadata))));
}

row(65, 'a list of 1200 comes in three pages of one version', async (world) => {
  const wanted = numbered(1200);
  await fill(world, wanted);
  const first = await world.get('configmaps', '?limit=500');
  const { resourceVersion } = first.body.metadata;
  assert.equal(first.body.metadata.remainingItemCount, 700);
  const second = await world.get('configmaps', `?limit=500&continue=${first.body.metadata.continue}`);
  assert.equal(second.body.metadata.remainingItemCount, 200);
  await world.made('configmaps', named('c9999')); // 67: not visible in later pages
  const third = await world.get('configmaps', `?limit=500&continue=${second.body.metadata.continue}`);
  assert.equal(third.body.metadata.remainingItemCount, undefined);
  assert.equal(third.body.metadata.continue, undefined);
  for (const { body } of [second, third]) assert.equal(body.metadata.resourceVersion, resourceVersion);
  assert.deepEqual([first, second, third].flatMap(names), wanted);
});

row(66, 'pages of a selection are full of matches and do not tell what remains', async (world) => {
  for (const name of numbered(40)) {
    const parity = Number(name.slice(1)) % 2 === 0 ? 'even' : 'odd';
    await world.made('configmaps', named(name, { labels: { parity } }));
  }
  const first = await world.get('configmaps', '?limit=15&labelSelector=parity%3Deven');
  assert.equal(first.body.items.length, 15);
  assert.equal(first.body.metadata.remainingItemCount, undefined);
  const rest = `?limit=15&labelSelector=parity%3Deven&continue=${first.body.metadata.continue}`;
  assert.equal((await world.get('configmaps', rest)).body.items.length, 5);
});

row(67, 'what is deleted between two pages is still on the next', async (world) => {
  await fill(world, ['a', 'b', 'c']);
  const first = await world.get('configmaps', '?limit=1');
  await world.remove('configmaps', 'c');
  const rest = await world.get('configmaps', `?limit=5&continue=${first.body.metadata.continue}`);
  assert.deepEqual(names(rest), ['b', 'c']);
});

row(68, 'a page of a compacted version is gone, with a token that works', async (world) => {
  await fill(world, ['a', 'b', 'c']);
  const first = await world.get('configmaps', '?limit=1');
  const { metadata } = await world.made('configmaps', named('d'));
  await world.mayfly.store.compact(Number(metadata.resourceVersion));
  const gone = await world.get('configmaps', `?limit=1&continue=${first.body.metadata.continue}`);
  assert.deepEqual([gone.code, gone.body.reason], [410, 'Expired']);
  assert.match(gone.body.message, /^The provided continue parameter is too old/);
  const onward = await world.get('configmaps', `?limit=5&continue=${gone.body.metadata.continue}`);
  assert.deepEqual(names(onward), ['b', 'c', 'd']);
});

for (const query of ['continue=abc', 'continue=%25%25', 'continue=eyJ2IjoidjEifQ'])
  row(69, `the token ${query} is a 400`, async ({ get }) => {
    assert.deepEqual(refusal(await get('configmaps', `?limit=1&${query}`)).slice(0, 2), [400, 'BadRequest']);
  });

row(69, 'a token together with a version is a 400', async (world) => {
  await fill(world, ['a', 'b']);
  const { metadata } = (await world.get('configmaps', '?limit=1')).body;
  const answer = await world.get('configmaps', `?continue=${metadata.continue}&resourceVersion=5`);
  assert.deepEqual(refusal(answer), [
    400,
    'BadRequest',
    'specifying resource version is not allowed when using continue',
  ]);
});

for (const [query, field] of [
  ['resourceVersionMatch=Exact', 'resourceVersionMatch'],
  ['resourceVersionMatch=NotOlderThan&resourceVersion=0&continue=x', 'resourceVersionMatch'],
  ['resourceVersionMatch=Exact&resourceVersion=0', 'resourceVersionMatch'],
  ['resourceVersionMatch=Soon&resourceVersion=1', 'resourceVersionMatch'],
  ['sendInitialEvents=true', 'sendInitialEvents'],
] as const)
  row(70, `?${query} is refused`, async ({ get }) => {
    const answer = await get('configmaps', `?${query}`);
    assert.deepEqual(fieldsAtFault(answer), [422, field]);
    assert.deepEqual([answer.body.details.kind, answer.body.details.group], ['ListOptions', 'meta.k8s.io']);
  });

for (const query of ['limit=abc', 'resourceVersion=abc', 'resourceVersion=-5', 'timeoutSeconds=soon&watch=true'])
  row(70, `?${query} is a 400`, async ({ get }) => {
    const answer = await get('configmaps', `?${query}`);
    assert.equal(answer.code, 400, answer.text);
  });

row(71, 'a list at an old version is the old state, unless that is compacted', async (world) => {
  const { metadata } = await world.made('configmaps', named('a'));
  const later = await world.made('configmaps', named('b'));
  const exact = `?resourceVersionMatch=Exact&resourceVersion=${metadata.resourceVersion}`;
  const old = await world.get('configmaps', exact);
  assert.deepEqual([names(old), old.body.metadata.resourceVersion], [['a'], metadata.resourceVersion]);
  const newer = await world.get(
    'configmaps',
    `?resourceVersionMatch=NotOlderThan&resourceVersion=${metadata.resourceVersion}`,
  );
  assert.deepEqual(names(newer), ['a', 'b']);
  await world.mayfly.store.compact(Number(later.metadata.resourceVersion));
  const gone = await world.get('configmaps', exact);
  assert.deepEqual(refusal(gone), [410, 'Expired', 'The resourceVersion for the provided list is too old.']);
});

row(72, 'a version to come is waited for and then a timeout', async ({ get, passTimeUntil }) => {
  const answer = await passTimeUntil(get('configmaps', '?resourceVersion=99999999'));
  assert.deepEqual([answer.code, answer.body.reason], [504, 'Timeout']);
  assert.match(answer.body.message, /^Timeout: Too large resource version: 99999999, current: \d+$/);
  assert.equal(answer.body.details.causes?.[0]?.reason, 'ResourceVersionTooLarge');
  assert.equal(answer.body.details.retryAfterSeconds, 1);
  assert.equal(answer.headers['retry-after'], '1');
});

row(73, 'an empty list has items and a version', async ({ get }) => {
  const { body, text } = await get('configmaps');
  assert.match(text, /"items":\[\]/);
  assert.match(body.metadata.resourceVersion, /^\d+$/);
});

row(73, 'items of a list name no kind of their own', async ({ made, get }) => {
  await made('configmaps', named('a'));
  const [item] = (await get('configmaps')).body.items;
  assert.deepEqual([item?.kind, item?.apiVersion], [undefined, undefined]);
});

row(89, 'label selectors select', async ({ made, get }) => {
  const labels: Record<string, Record<string, string>> = {
    blue: { color: 'blue', size: '5' },
    empty: { color: '' },
    none: {},
    red: { color: 'red', size: '12' },
  };
  for (const [name, of] of Object.entries(labels)) await made('configmaps', named(name, { labels: of }));
  for (const [selector, expected] of [
    ['color=red', ['red']],
    ['color==red', ['red']],
    ['color!=red', ['blue', 'empty', 'none']],
    ['color', ['blue', 'empty', 'red']],
    ['!color', ['none']],
    ['color in (red, blue)', ['blue', 'red']],
    ['color in (red,)', ['empty', 'red']],
    ['color notin (red,blue)', ['empty', 'none']],
    ['color=', ['empty']],
    ['size>6', ['red']],
    ['size<6', ['blue']],
    ['color,size>1,color!=blue', ['red']],
    ['', ['blue', 'empty', 'none', 'red']],
  ] as const)
    assert.deepEqual(
      names(await get('configmaps', `?labelSelector=${encodeURIComponent(selector)}`)),
      expected,
      selector,
    );
});

for (const query of [
  'labelSelector=a%20in',
  'labelSelector=a%3D%3D%3Db',
  'labelSelector=a!b',
  'fieldSelector=spec.x%3D1',
  'fieldSelector=x',
])
  row(90, `?${query} is a 400`, async ({ get }) => {
    assert.deepEqual(refusal(await get('configmaps', `?${query}`)).slice(0, 2), [400, 'BadRequest']);
  });

row(90, 'an unknown field label is named, with those there are', async ({ get }) => {
  const { body } = await get('configmaps', '?fieldSelector=spec.x%3D1');
  assert.equal(body.message, '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"');
});

row(91, 'field selectors select', async ({ made, get, namespace, patch }) => {
  const containers = [{ name: 'c', image: 'i' }];
  await made('serviceaccounts', named('app'));
  await made('pods', { ...named('p1'), spec: { containers, nodeName: 'n1', serviceAccountName: 'app' } });
  await made('pods', { ...named('p2'), spec: { containers, restartPolicy: 'Never', hostNetwork: true } });
  await patch('pods', 'p1/status', { status: { phase: 'Running', podIP: '10.0.0.1' } });
  await made('secrets', { ...named('s1'), type: 'example.com/x' });
  await made('secrets', named('s2'));
  await made('events', {
    ...named('e1'),
    involvedObject: { kind: 'Node', name: 'n1', namespace },
    reason: 'Started',
    type: 'Normal',
  });
  await made('events', { ...named('e2'), involvedObject: { kind: 'Pod', name: 'p1', namespace, uid: 'u' } });
  for (const [resource, selector, expected] of [
    ['pods', 'metadata.name=p1', ['p1']],
    ['pods', 'metadata.name!=p1', ['p2']],
    ['pods', `metadata.namespace=${namespace}`, ['p1', 'p2']],
    ['pods', 'spec.nodeName=n1', ['p1']],
    ['pods', 'spec.nodeName=', ['p2']],
    ['pods', 'spec.restartPolicy=Never', ['p2']],
    ['pods', 'spec.schedulerName=default-scheduler', ['p1', 'p2']],
    ['pods', 'spec.serviceAccountName=app', ['p1']],
    ['pods', 'spec.hostNetwork=true', ['p2']],
    ['pods', 'status.phase=Running', ['p1']],
    ['pods', 'status.phase=Pending,spec.nodeName!=n1', ['p2']],
    ['pods', 'status.podIP=10.0.0.1', ['p1']],
    ['pods', 'status.nominatedNodeName=', ['p1', 'p2']],
    ['secrets', 'type=example.com/x', ['s1']],
    ['secrets', 'type=Opaque', ['s2']],
    ['events', 'involvedObject.kind=Node', ['e1']],
    ['events', 'involvedObject.namespace=', []],
    ['events', `involvedObject.namespace=${namespace}`, ['e1', 'e2']],
    ['events', 'involvedObject.name=p1,involvedObject.uid=u', ['e2']],
    ['events', 'reason=Started', ['e1']],
    ['events', 'type=Normal', ['e1']],
    ['events', 'source=,reportingComponent=', ['e1', 'e2']],
  ] as const)
    assert.deepEqual(names(await get(resource, `?fieldSelector=${encodeURIComponent(selector)}`)), expected, selector);
  const own = await get('namespaces', `?fieldSelector=status.phase%3DActive,name%3D${namespace}`);
  assert.deepEqual(names(own), [namespace]);
});
