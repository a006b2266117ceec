import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { type FetchRequest, type KubeClient, newKubeClient } from './client.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const ROLE = { metadata: { name: 'r' } };

interface Answer {
  readonly status?: number;
  readonly chunks?: readonly string[];
}

/** A client whose server always gives this answer, and what it was asked. */
function clientOf({ status = 200, chunks = ['{}'] }: Answer = {}) {
  const asked: { url: string; request: FetchRequest }[] = [];
  const client = newKubeClient({
    baseURL: 'https://h:1',
    token: () => 'secret',
    fetch: async (url, request) => {
      asked.push({ url, request });
      return { status, headers: { get: () => null }, text: async () => chunks.join(''), body: bytesOf(chunks) };
    },
  });
  return { client, asked };
}

async function* bytesOf(chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
}

for (const { name, call, want } of [
  {
    name: 'get of a core object',
    call: (client) => client.get(PODS, { namespace: 'a', name: 'p' }),
    want: 'GET /api/v1/namespaces/a/pods/p',
  },
  {
    name: 'get with a name that needs escaping',
    call: (client) => client.get(ROLES, { name: 'system:x y' }),
    want: 'GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Ax%20y',
  },
  {
    name: 'list over all namespaces',
    call: (client) => client.list(PODS, { labelSelector: 'a=b', limit: 5, continue: '' }),
    want: 'GET /api/v1/pods?labelSelector=a%3Db&limit=5',
  },
  {
    name: 'create',
    call: (client) => client.create(PODS, { metadata: { namespace: 'a', name: 'p' } }),
    want: 'POST /api/v1/namespaces/a/pods {"metadata":{"namespace":"a","name":"p"}}',
  },
  {
    name: 'create of a subresource',
    call: (client) => client.create(PODS, {}, { namespace: 'a', name: 'p', subresource: 'eviction' }),
    want: 'POST /api/v1/namespaces/a/pods/p/eviction {}',
  },
  {
    name: 'update of a status',
    call: (client) => client.update(ROLES, ROLE, 'status'),
    want: 'PUT /apis/rbac.authorization.k8s.io/v1/clusterroles/r/status {"metadata":{"name":"r"}}',
  },
  {
    name: 'patch',
    call: (client) => client.patch(ROLES, { name: 'r' }, { rules: [] }, { type: 'merge', fieldManager: 'm' }),
    want: 'PATCH /apis/rbac.authorization.k8s.io/v1/clusterroles/r?fieldManager=m {"rules":[]}',
  },
  {
    name: 'delete',
    call: (client) => client.delete(ROLES, { name: 'r' }, { propagationPolicy: 'Background' }),
    want: 'DELETE /apis/rbac.authorization.k8s.io/v1/clusterroles/r {"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}',
  },
  {
    name: 'collection delete',
    call: (client) => client.deleteCollection(PODS, { namespace: 'a', fieldSelector: 'x=y' }),
    want: 'DELETE /api/v1/namespaces/a/pods?fieldSelector=x%3Dy {"kind":"DeleteOptions","apiVersion":"v1"}',
  },
  { name: 'any path', call: (client) => client.request('GET', '/version'), want: 'GET /version' },
] as { name: string; call: (client: KubeClient) => Promise<unknown>; want: string }[])
  test(`the client asks for ${name}`, async () => {
    const { client, asked } = clientOf();
    await call(client);
    const { url, request } = asked[0] ?? assert.fail('nothing was asked');
    const body = request.body === undefined ? '' : ` ${request.body}`;
    assert.equal(`${request.method} ${url.replace('https://h:1', '')}${body}`, want);
    assert.equal(request.headers.authorization, 'Bearer secret');
  });

for (const { name, answer, want } of [
  {
    name: 'a Status',
    answer: {
      status: 409,
      chunks: ['{"kind":"Status","message":"taken","reason":"AlreadyExists","details":{"name":"p"},"code":409}'],
    },
    want: { reason: 'AlreadyExists', code: 409, message: 'taken', details: { name: 'p' } },
  },
  {
    name: 'an expired page with a way on',
    answer: {
      status: 410,
      chunks: ['{"kind":"Status","metadata":{"continue":"c"},"reason":"Expired","message":"","code":410}'],
    },
    want: { reason: 'Expired', continueToken: 'c' },
  },
  {
    name: 'plain text',
    answer: { status: 404, chunks: ['404 page not found\n'] },
    want: { reason: 'NotFound', code: 404 },
  },
  { name: 'a redirect', answer: { status: 302, chunks: [''] }, want: { reason: 'InternalError', message: 'HTTP 302' } },
  {
    name: 'an unknown reason',
    answer: { status: 429, chunks: ['{"kind":"Status","reason":"Hm","code":429}'] },
    want: { reason: 'TooManyRequests' },
  },
])
  test(`the client throws ${name} as a StatusError`, async () => {
    const error: unknown = await clientOf(answer)
      .client.get(PODS, { name: 'p' })
      .catch((reason: unknown) => reason);
    assert(error instanceof StatusError);
    for (const [key, value] of Object.entries(want)) assert.deepEqual(error[key as keyof StatusError], value, key);
  });

test('a watch is read line by line, however the bytes are cut', async () => {
  const text = Buffer.from('{"type":"ADDED","object":{"a":"ü"}}\n{"type":"DELETED","object":{}}\n').toString('latin1');
  for (const size of [1, 7, 1000]) {
    const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    const { client, asked } = clientOf({ chunks });
    const events = await collect(client.watch(PODS, { namespace: 'a', resourceVersion: '5' }));
    assert.deepEqual(events, [
      { type: 'ADDED', object: { a: 'ü' } },
      { type: 'DELETED', object: {} },
    ]);
    assert.equal(asked[0]?.url, 'https://h:1/api/v1/namespaces/a/pods?resourceVersion=5&watch=true');
  }
});

test('an ERROR event is thrown as its StatusError', async () => {
  const { client } = clientOf({
    chunks: ['{"type":"ERROR","object":{"kind":"Status","reason":"Expired","code":410}}\n'],
  });
  await assert.rejects(collect(client.watch(PODS)), { name: 'StatusError', code: 410 });
});

test('a line without end is refused', async () => {
  const { client } = clientOf({ chunks: Array.from({ length: 9 }, () => 'x'.repeat(1024 * 1024)) });
  await assert.rejects(collect(client.watch(PODS)), /^Error: a watch event is longer than/);
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
