import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { newSuite, refusal } from './suite.ts';

const { row } = newSuite();

const LIMIT_BYTES = 3 * 1024 * 1024;
const configMap = (name: string, more: object = {}) => ({ metadata: { name }, data: { a: '1' }, ...more });

row(25, 'who accepts protobuf alone gets JSON', async ({ get }) => {
  for (const accept of [
    'application/vnd.kubernetes.protobuf',
    'application/vnd.kubernetes.protobuf,application/json',
  ]) {
    const { code, headers, body } = await get('configmaps', '', { accept });
    assert.deepEqual([code, headers['content-type'], body.kind], [200, 'application/json', 'ConfigMapList']);
  }
});

row(26, 'an Accept that nothing fits is a 406 Status', async ({ get }) => {
  const answer = await get('configmaps', '', { accept: 'text/html' });
  assert.deepEqual(refusal(answer), [
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml',
  ]);
});

row(27, 'an unknown body type is a 415 that lists the known ones', async ({ send, path }) => {
  const answer = await send('POST', path('configmaps'), configMap('a'), 'text/plain');
  assert.deepEqual(refusal(answer), [
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  ]);
});

for (const type of ['application/json', 'application/yaml', 'application/apply-patch+yaml'])
  row(109, `a patch of type ${type} is a 415 that lists the patches there are`, async ({ made, path, send }) => {
    await made('configmaps', configMap('a'));
    const [code, reason, message] = refusal(await send('PATCH', path('configmaps', 'a'), configMap('a'), type));
    assert.deepEqual([code, reason], [415, 'UnsupportedMediaType']);
    assert.match(
      message,
      /accepted media types include: application\/json-patch\+json, application\/merge-patch\+json/,
    );
  });

row(28, 'a body without a Content-Type is JSON', async ({ client, path }) => {
  const { code, body } = await client.ask('POST', path('configmaps'), { body: configMap('a') });
  assert.deepEqual([code, body.metadata.name], [201, 'a']);
});

row(28, 'parameters of application/json do not matter', async ({ send, path }) => {
  const { code } = await send('POST', path('configmaps'), configMap('a'), 'application/json; charset=utf-8');
  assert.equal(code, 201);
});

row(30, 'YAML is taken, and given to who asks', async ({ client, path, send }) => {
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  yes: "no"\n  b: |\n    two\n    lines\n';
  const created = await send('POST', path('configmaps'), yaml, 'application/yaml');
  assert.equal(created.code, 201, created.text);
  assert.deepEqual(created.body.data, { true: 'no', b: 'two\nlines\n' }); // YAML 1.1: yes is a boolean
  const { headers, text } = await client.ask('GET', path('configmaps', 'a'), {
    headers: { accept: 'application/yaml' },
  });
  assert.equal(headers['content-type'], 'application/yaml');
  assert.match(text, /^apiVersion: v1$/m);
  assert.match(text, /^kind: ConfigMap$/m);
});

row(31, 'a body of 3 MiB and one byte is too large', async ({ path, send, get }) => {
  const answer = await send('POST', path('configmaps'), `{"x":"${'x'.repeat(LIMIT_BYTES - 7)}"}`);
  assert.deepEqual(refusal(answer), [413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728']);
  assert.equal((await get('configmaps')).body.items.length, 0);
});

row(31, 'a body of exactly 3 MiB is read', async ({ path, send }) => {
  const answer = await send('POST', path('configmaps'), `{"x":"${'x'.repeat(LIMIT_BYTES - 8)}"}`);
  assert.equal(answer.code, 422); // it has no name
});

row(32, 'a JSON patch of 10001 operations is too large', async ({ made, patch }) => {
  await made('configmaps', configMap('a'));
  const operations = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: '1' }));
  assert.deepEqual(refusal(await patch('configmaps', 'a', operations, 'json')), [
    413,
    'RequestEntityTooLarge',
    'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
  ]);
  assert.equal((await patch('configmaps', 'a', operations.slice(1), 'json')).code, 200);
});

row(33, 'another kind than the URL’s is refused', async ({ create }) => {
  const answer = await create('configmaps', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } });
  const [code, reason, message] = refusal(answer);
  assert.deepEqual([code, reason], [400, 'BadRequest']);
  assert.match(message, /^Secret in version "v1" cannot be handled as a ConfigMap/);
});

row(33, 'another version of the kind is refused', async ({ create }) => {
  const apiVersion = 'rbac.authorization.k8s.io/v1beta1';
  const answer = await create('roles', { apiVersion, kind: 'Role', metadata: { name: 'a' } });
  assert.equal(answer.code, 400);
});

for (const [what, text] of [
  ['nothing', ''],
  ['half an object', '{"metadata":'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a word', 'hello'],
  ['a number for a name', '{"metadata":{"name":5}}'],
  ['data that is no map', '{"metadata":{"name":"a"},"data":"x"}'],
  ['a fraction for an integer', '{"metadata":{"name":"a","generation":1.5}}'],
] as const)
  row(33, `a body of ${what} is a 400`, async ({ path, send, get }) => {
    const answer = await send('POST', path('configmaps'), text);
    assert.deepEqual(refusal(answer).slice(0, 2), [400, 'BadRequest'], answer.text);
    assert.equal((await get('configmaps')).body.items.length, 0);
  });

row(136, 'a long answer is compressed for who accepts it, a short one is not', async ({ made, get }) => {
  const long = { data: { a: 'x'.repeat(100_000) } };
  await made('configmaps', configMap('a', long));
  const short = await get('configmaps', '', { 'accept-encoding': 'gzip' });
  assert.equal(short.headers['content-encoding'], undefined);
  await made('configmaps', configMap('b', long));
  const { headers, bytes } = await get('configmaps', '', { 'accept-encoding': 'gzip, deflate' });
  assert.equal(headers['content-encoding'], 'gzip');
  assert.match(String(headers.vary), /Accept-Encoding/);
  const { items } = JSON.parse(gunzipSync(bytes).toString()) as { items: unknown[] };
  assert.equal(items.length, 2);
  const plain = await get('configmaps');
  assert.equal(plain.headers['content-encoding'], undefined);
});

row(136, 'a watch is not compressed', async ({ made, watch }) => {
  await made('configmaps', configMap('a', { data: { a: 'x'.repeat(200_000) } }));
  const stream = await watch('configmaps', '', { 'accept-encoding': 'gzip' });
  assert.equal(stream.headers['content-encoding'], undefined);
  assert.equal((await stream.next()).object.metadata.name, 'a');
  stream.cancel();
});

row(115, 'a person reads it indented, a program compact', async ({ get, made }) => {
  await made('configmaps', configMap('a'));
  const isIndented = async (rest: string, agent = 'a-program/1.0') => {
    const { text } = await get('configmaps', rest, { 'user-agent': agent });
    assert.equal(text.endsWith('\n'), true);
    return text.startsWith('{\n  "');
  };
  assert.equal(await isIndented('a'), false);
  assert.equal(await isIndented('a?pretty=true'), true);
  assert.equal(await isIndented('a?pretty=1'), true);
  assert.equal(await isIndented('a', 'curl/8.5.0'), true);
  assert.equal(await isIndented('a?pretty=false', 'curl/8.5.0'), false);
});

row(116, 'every answer says how it may be kept and under which audit id it was logged', async ({ client, path }) => {
  const asked = await client.ask('GET', path('configmaps'), { headers: { 'audit-id': 'my-own-id' } });
  assert.equal(asked.headers['cache-control'], 'no-cache, private');
  assert.equal(asked.headers['audit-id'], 'my-own-id');
  const refused = await client.ask('GET', path('configmaps', 'nothing'));
  assert.match(String(refused.headers['audit-id']), /^[0-9a-f-]{36}$/);
});

row(1, 'HEAD is GET without the body', async ({ client, path, made }) => {
  await made('configmaps', configMap('a'));
  const { code, text, headers } = await client.ask('HEAD', path('configmaps', 'a'));
  assert.deepEqual([code, text, headers['content-type']], [200, '', 'application/json']);
});
