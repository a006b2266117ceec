import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { fieldsAtFault, newSuite, refusal } from './suite.ts';

const { row } = newSuite();

const named = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata } });
const typo = { ...named('a'), dataa: { a: '1' } };

row(15, 'an unknown field under Strict is a 400 that names it', async ({ create, get }) => {
  const answer = await create('configmaps', typo, '?fieldValidation=Strict');
  assert.deepEqual(refusal(answer), [
    400,
    'BadRequest',
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dataa"',
  ]);
  assert.equal((await get('configmaps', 'a')).code, 404);
});

row(15, 'unknown fields are named by their path', async ({ create }) => {
  const spec = { containers: [{ name: 'c', image: 'i', foo: 1 }], bar: 2 };
  const { body } = await create('pods', { ...named('p', { baz: 3 }), spec }, '?fieldValidation=Strict');
  for (const path of ['spec.containers[0].foo', 'spec.bar', 'metadata.baz'])
    assert.match(body.message, new RegExp(`unknown field "${path.replace(/[[\].]/g, '\\$&')}"`));
});

for (const [query, warned] of [
  ['', true],
  ['?fieldValidation=Warn', true],
  ['?fieldValidation=Ignore', false],
] as const)
  row(
    16,
    `an unknown field under "${query}" is dropped, ${warned ? 'with a warning' : 'silently'}`,
    async ({ create }) => {
      const { code, headers, body } = await create('configmaps', typo, query);
      assert.equal(code, 201);
      assert.equal('dataa' in body, false);
      assert.equal(headers.warning, warned ? '299 - "unknown field \\"dataa\\""' : undefined);
    },
  );

row(17, 'another word for fieldValidation is refused', async ({ create }) => {
  assert.deepEqual(fieldsAtFault(await create('configmaps', typo, '?fieldValidation=Maybe')), [422, 'fieldValidation']);
});

row(18, 'a key written twice under Strict is a 400', async ({ send, path }) => {
  const text = '{"metadata":{"name":"a"},"data":{"a":"1","a":"2"}}';
  const answer = await send('POST', path('configmaps', '?fieldValidation=Strict'), text);
  assert.equal(answer.code, 400);
  assert.match(answer.body.message, /strict decoding error: duplicate field "data\.a"$/);
  const warned = await send('POST', path('configmaps'), text);
  assert.deepEqual([warned.code, warned.body.data], [201, { a: '2' }]);
  assert.match(String(warned.headers.warning), /duplicate field/);
});

row(18, 'a key written twice in YAML under Strict is a 400', async ({ send, path }) => {
  const text = 'metadata: {name: a}\ndata:\n  a: "1"\n  a: "2"\n';
  const answer = await send('POST', path('configmaps', '?fieldValidation=Strict'), text, 'application/yaml');
  assert.equal(answer.code, 400, answer.text);
});

row(15, 'a patch with an unknown field under Strict is a 422 at "patch"', async ({ made, patch, get }) => {
  const { metadata } = await made('configmaps', named('a'));
  const answer = await patch('configmaps', 'a?fieldValidation=Strict', { dataa: {} });
  assert.deepEqual(fieldsAtFault(answer), [422, 'patch']);
  const added = await patch(
    'configmaps',
    'a?fieldValidation=Strict',
    [{ op: 'add', path: '/dataa', value: {} }],
    'json',
  );
  assert.deepEqual(fieldsAtFault(added), [422, 'patch']);
  assert.equal((await get('configmaps', 'a')).body.metadata.resourceVersion, metadata.resourceVersion);
});

for (const [what, manager] of [
  ['129 characters', 'x'.repeat(129)],
  ['a control character', 'a\u0007b'],
] as const)
  row(113, `a field manager of ${what} is refused`, async ({ create }) => {
    const answer = await create('configmaps', named('a'), `?fieldManager=${encodeURIComponent(manager)}`);
    assert.deepEqual(fieldsAtFault(answer), [422, 'fieldManager']);
  });

row(113, 'a field manager of 128 characters is taken', async ({ create }) => {
  assert.equal((await create('configmaps', named('a'), `?fieldManager=${'x'.repeat(128)}`)).code, 201);
});

row(114, 'warnings are escaped, and cut when there are too many', async ({ send, path, namespace }) => {
  const quoted = await send('POST', path('configmaps'), { ...named('a'), 'a"b\\c': 1 });
  assert.match(String(quoted.headers.warning), /^299 - "unknown field \\"a.*b.*c\\""$/);
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${'x'.repeat(150)}${i}`, 1]));
  const { code, headers } = await send('POST', path('configmaps'), { ...named('b', { namespace }), ...many });
  assert.equal(code, 201);
  assert.ok(String(headers.warning).length < 16_000);
});

row(116, 'who has no credential is nobody', async ({ mayfly, namespace }) => {
  const { code, body, headers } = await anonymous(mayfly, `/api/v1/namespaces/${namespace}/secrets`);
  assert.deepEqual(
    [code, body.reason, body.message],
    [
      403,
      'Forbidden',
      `secrets is forbidden: User "system:anonymous" cannot list resource "secrets" in API group "" in the namespace "${namespace}"`,
    ],
  );
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

row(116, 'a bad credential is a 401, without a word why', async ({ mayfly }) => {
  const { code, body } = await anonymous(mayfly, '/api/v1/namespaces', { authorization: 'Bearer nonsense' });
  assert.deepEqual(body, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Unauthorized',
    reason: 'Unauthorized',
    code: 401,
  });
  assert.equal(code, 401);
});

for (const [path, message] of [
  [
    '/api/v1/namespaces/default/secrets/s',
    'secrets "s" is forbidden: User "jane" cannot get resource "secrets" in API group "" in the namespace "default"',
  ],
  [
    '/api/v1/nodes/n',
    'nodes "n" is forbidden: User "jane" cannot get resource "nodes" in API group "" at the cluster scope',
  ],
  [
    '/api/v1/namespaces/default/pods/p/log',
    'pods "p" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "default"',
  ],
  [
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    'clusterroles.rbac.authorization.k8s.io is forbidden: User "jane" cannot list resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope',
  ],
  ['/metrics', 'forbidden: User "jane" cannot get path "/metrics"'],
] as const)
  row(116, `a refusal of ${path} says who may not do what`, async ({ client }) => {
    const answer = await client.ask('GET', path, { headers: { 'impersonate-user': 'jane' } });
    assert.deepEqual(refusal(answer), [403, 'Forbidden', message]);
  });

row(116, 'a name from outside is escaped in the refusal', async ({ client }) => {
  const answer = await client.ask('GET', '/metrics', { headers: { 'impersonate-user': '<b>&' } });
  assert.equal(answer.body.message, 'forbidden: User "&lt;b&gt;&amp;" cannot get path "/metrics"');
});

row(135, 'a deadline that is none is a 400, one too short a 504', async ({ client, path, made, mayfly }) => {
  await made('configmaps', named('a'));
  const bad = await client.ask('GET', path('configmaps', '?timeout=abc'));
  assert.equal(bad.code, 400);
  assert.match(bad.body.message, /^invalid timeout specified in the request URL/);
  const waiting = client.ask('GET', path('configmaps', '?timeout=1ms&resourceVersion=99999999'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  mayfly.clock.advance(5);
  const late = await waiting;
  assert.deepEqual([late.code, late.body.reason], [504, 'Timeout']);
});

row(127, 'health is told in full to who asks', async ({ client }) => {
  const live = await client.ask('GET', '/livez');
  assert.deepEqual([live.code, live.text], [200, 'ok']);
  assert.match(String(live.headers['content-type']), /^text\/plain; charset=utf-8$/);
  const verbose = await client.ask('GET', '/livez?verbose');
  assert.match(verbose.text, /^\[\+\]ping ok\n[\s\S]*livez check passed\n$/);
  const excluded = await client.ask('GET', '/readyz?verbose&exclude=etcd&exclude=nothing');
  assert.match(excluded.text, /\[\+\]etcd excluded: ok\n/);
  assert.match(excluded.text, /warn: some health checks cannot be excluded: no matches for "nothing"/);
  assert.deepEqual((await client.ask('GET', '/livez/ping')).text, 'ok');
  assert.equal((await client.ask('GET', '/livez/nothing')).code, 404);
});

row(1, 'the version is told, of a Kubernetes that clients know', async ({ client }) => {
  const { body } = await client.ask('GET', '/version');
  assert.deepEqual([body.major, body.minor], ['1', '35']);
  assert.match(String(body.gitVersion), /^v1\.35\.\d+\+mayfly/);
});

/** Over a connection that shows no certificate. */
async function anonymous(
  { url, caCertificate }: { url: string; caCertificate: string },
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ code: number; headers: Record<string, unknown>; body: Record<string, unknown> }> {
  const session = connect(url, { ca: caCertificate });
  try {
    const stream = session.request({ ':path': path, ...headers });
    const received = await new Promise<Record<string, unknown>>((resolve) => stream.on('response', resolve));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    return { code: received[':status'] as number, headers: received, body };
  } finally {
    session.destroy();
  }
}
