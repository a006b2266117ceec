/** Rows of spec kubernetes-wire §25 that the endpoints answer for, over the real registry in memory. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { systemClock } from '../../clock/clock.ts';
import { silentLog } from '../../log/log.ts';
import { systemRandom } from '../../random/random.ts';
import { newMemoryStore } from '../../storage/memory/memory-store.ts';
import { type RequestOptions, startServer, type TestServer } from '../filters/fixture.ts';
import { newRegistry } from '../registry/registry.ts';

const store = newMemoryStore({ clock: systemClock });
const registry = newRegistry({ store, clock: systemClock, random: systemRandom, log: silentLog });
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const WELL = { name: 'well', check: () => undefined };
const ILL = { name: 'ill', check: () => Promise.reject(new Error('secret reason')) };
let server: TestServer;

before(async () => {
  server = await startServer({
    resources: registry.resources(),
    handler: { health: { livez: [WELL], readyz: [WELL, ILL] } },
  });
  const labels = { app: 'x' };
  for (const name of ['one', 'two']) await post(configMap(name, { metadata: { name, labels } }));
});
after(async () => {
  await server.close();
  await store.close();
});

function configMap(name: string, more: object = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more };
}

function post(body: unknown, query = '', headers: RequestOptions['headers'] = {}) {
  return server.request(`${CONFIG_MAPS}${query}`, { method: 'POST', body, headers });
}

function patch(name: string, type: string, body: unknown, query = '') {
  const headers = { 'content-type': type };
  return server.request(`${CONFIG_MAPS}/${name}${query}`, { method: 'PATCH', headers, body });
}

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const V2BETA1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

describe('discovery', () => {
  for (const { row, accept, contentType } of [
    { row: 4, accept: `${V2},${V2BETA1},application/json`, contentType: V2 },
    { row: 6, accept: V2BETA1, contentType: V2BETA1 },
    { row: 7, accept: 'application/json', contentType: 'application/json' },
  ]) {
    test(`row ${row}: Accept ${accept}`, async () => {
      const { code, headers } = await server.request('/apis', { headers: { accept } });
      assert.equal(code, 200);
      assert.equal(headers['content-type'], contentType);
      assert.equal(headers.vary, 'Accept');
    });
  }

  test('row 5: a known document is not sent again', async () => {
    const first = await server.request('/apis', { headers: { accept: V2 } });
    const etag = String(first.headers.etag);
    assert.match(etag, /^"[0-9A-F]{128}"$/);
    const second = await server.request('/apis', { headers: { accept: V2, 'if-none-match': etag } });
    assert.equal(second.code, 304);
    assert.equal(second.raw.length, 0);
  });

  for (const { path, kind } of [
    { path: '/api', kind: 'APIVersions' },
    { path: '/apis', kind: 'APIGroupList' },
    { path: '/apis/rbac.authorization.k8s.io', kind: 'APIGroup' },
    { path: '/apis/rbac.authorization.k8s.io/v1', kind: 'APIResourceList' },
    { path: '/api/v1/', kind: 'APIResourceList' },
  ]) {
    test(`row 7: ${path} is a ${kind}`, async () => assert.equal((await server.request(path)).json.kind, kind));
  }

  for (const path of ['/apis/nope/v1', '/nope', '/api/v2', '/api/v1/nopes', '/api/v1/namespaces/default/nodes']) {
    test(`row 9: ${path} is not found`, async () => assert.equal((await server.request(path)).code, 404));
  }

  test('every path that "/" names is served', async () => {
    const { json } = await server.request('/');
    const optional = new Set(['/.well-known/openid-configuration', '/openid/v1/jwks']);
    for (const path of json.paths as string[]) {
      if (!optional.has(path)) assert.notEqual((await server.request(path)).code, 404, path);
    }
  });

  test('row 1: the version is that of the contract we keep', async () => {
    const { json } = await server.request('/version');
    assert.equal(`${json.major}.${json.minor}`, '1.35');
    assert.match(json.gitVersion, /^v1\.35\.0\+mayfly-/);
  });
});

const UNKNOWN =
  /ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dataa"/;

describe('bodies', () => {
  for (const { row, body, query, contentType, code, message } of [
    { row: '15', body: configMap('s', { dataa: {} }), query: '?fieldValidation=Strict', code: 400, message: UNKNOWN },
    {
      row: '18',
      body: '{"metadata":{"name":"d"},"data":{"a":"1","a":"2"}}',
      query: '?fieldValidation=Strict',
      code: 400,
      message: /duplicate field "data.a"/,
    },
    {
      row: '20',
      body: 'not protobuf',
      contentType: 'application/vnd.kubernetes.protobuf',
      code: 400,
      message: /expected prefix \[107 56 115 0\]/,
    },
    {
      row: '27',
      body: 'x',
      contentType: 'text/plain',
      code: 415,
      message:
        /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml, application\/vnd.kubernetes.protobuf$/,
    },
    { row: '28', body: configMap('r28'), contentType: undefined, code: 201 },
    { row: '30', body: 'metadata:\n  name: r30\ndata:\n  on: "yes"\n', contentType: 'application/yaml', code: 201 },
    {
      row: '30b',
      body: 'a: 1\n---\nb: 2\n',
      contentType: 'application/yaml',
      code: 400,
      message: /more than one document/,
    },
    {
      row: '31',
      body: configMap('r31', { data: { a: 'x'.repeat(3 * 1024 * 1024) } }),
      code: 413,
      message: /^Request entity too large: limit is 3145728$/,
    },
    {
      row: '33',
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } },
      code: 400,
      message: /^Secret in version "v1" cannot be handled as a ConfigMap: /,
    },
    {
      row: '33b',
      body: { apiVersion: 'v2', kind: 'ConfigMap' },
      code: 400,
      message: /^the API version in the data \(v2\) does not match the expected API version \(v1\)$/,
    },
    {
      row: '6.2',
      body: '{"metadata":',
      code: 400,
      message: /^the object provided is unrecognized \(must be of type ConfigMap\): .*\(\{"metadata":\)$/,
    },
    { row: '6.2b', body: '', code: 400, message: /unrecognized/ },
    {
      row: '6.2c',
      body: { metadata: { name: 'x', namespace: 'other' } },
      code: 400,
      message: /^the namespace of the provided object does not match/,
    },
    { row: '112', body: configMap('x'), query: '?dryRun=x', code: 422, message: /dryRun: Unsupported value: "x"/ },
    {
      row: '113',
      body: configMap('x'),
      query: `?fieldManager=${'m'.repeat(129)}`,
      code: 422,
      message: /fieldManager: Too long/,
    },
    {
      row: '113b',
      body: configMap('x'),
      query: '?fieldManager=a%07',
      code: 422,
      message: /invalid character U\+0007 \(at position 1\)/,
    },
    {
      row: '17',
      body: configMap('x'),
      query: '?fieldValidation=Maybe',
      code: 422,
      message: /fieldValidation: Unsupported value: "Maybe"/,
    },
  ]) {
    test(`row ${row}: ${code}`, async () => {
      const type = row === '28' ? {} : { 'content-type': contentType ?? 'application/json; charset=utf-8' };
      const answer = await post(body, query, type);
      assert.equal(answer.code, code, answer.text);
      if (message !== undefined) assert.match(answer.json.message, message);
      if (code === 413) assert.equal(answer.headers.connection, 'close');
    });
  }

  test('row 16: unknown fields are warned of by default and dropped', async () => {
    const answer = await post(configMap('r16', { dataa: {} }));
    assert.equal(answer.code, 201);
    assert.equal(answer.headers.warning, '299 - "unknown field \\"dataa\\""');
    assert.equal(answer.json.dataa, undefined);
  });

  test('row 17: and said nothing of when they are to be ignored', async () => {
    const answer = await post(configMap('r17', { dataa: {} }), '?fieldValidation=Ignore');
    assert.equal(answer.headers.warning, undefined);
  });

  test('row 35: uid and creationTimestamp are the server’s', async () => {
    const own = { name: 'r35', uid: 'mine', creationTimestamp: '2000-01-01T00:00:00Z' };
    const { json } = await post(configMap('', { metadata: own }));
    assert.notEqual(json.metadata.uid, 'mine');
    assert.notEqual(json.metadata.creationTimestamp, own.creationTimestamp);
  });

  test('row 41: repeated owners are stored once and warned of', async () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u1' };
    const { json, headers } = await post(configMap('', { metadata: { name: 'r41', ownerReferences: [owner, owner] } }));
    assert.equal(json.metadata.ownerReferences.length, 1);
    assert.match(String(headers.warning), /duplicate UID\(s\) observed: u1/);
  });

  test('row 112: a dry run stores nothing', async () => {
    assert.equal((await post(configMap('r112'), '?dryRun=All')).code, 201);
    assert.equal((await server.request(`${CONFIG_MAPS}/r112`)).code, 404);
  });

  test('a POST on a named path is a 405', async () => {
    const { code, json } = await server.request(`${CONFIG_MAPS}/x`, { method: 'POST', body: configMap('x') });
    assert.equal(code, 405);
    assert.equal(json.message, 'create is not supported on resources of kind "configmaps"');
  });
});

describe('updates', () => {
  for (const { row, body, message } of [
    {
      row: '34',
      body: configMap('other'),
      message: 'the name of the object (other) does not match the name on the URL (one)',
    },
    {
      row: '34b',
      body: { metadata: { name: 'one', namespace: 'ns2' } },
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    },
  ]) {
    test(`row ${row}: ${message}`, async () => {
      const { code, json } = await server.request(`${CONFIG_MAPS}/one`, { method: 'PUT', body });
      assert.equal(code, 400);
      assert.equal(json.message, message);
    });
  }

  const JSON_PATCH = 'application/json-patch+json';
  const MERGE = 'application/merge-patch+json';
  const STRATEGIC = 'application/strategic-merge-patch+json';
  for (const { row, type, body, query, code, message } of [
    {
      row: '32',
      type: JSON_PATCH,
      body: Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' })),
      code: 413,
      message: /The allowed maximum operations in a JSON patch is 10000, got 10001/,
    },
    { row: '52', type: MERGE, body: {}, name: 'absent', code: 404, message: /^configmaps "absent" not found$/ },
    { row: '97', type: STRATEGIC, body: { metadata: { $patch: 'explode' } }, code: 400, message: /explode/ },
    { row: '98', type: MERGE, body: { data: { a: '1', b: null } }, code: 200 },
    {
      row: '99',
      type: JSON_PATCH,
      body: [{ op: 'test', path: '/data/a', value: 'no' }],
      code: 422,
      message: /^the server rejected our request due to an error in our request$/,
    },
    { row: '99b', type: JSON_PATCH, body: { op: 'test' }, code: 400 },
    {
      row: '100',
      type: MERGE,
      body: { metadata: { name: 'renamed' } },
      code: 400,
      message: /does not match the name on the URL/,
    },
    { row: '109', type: 'application/apply-patch+yaml', body: configMap('one'), code: 415 },
    {
      row: '15',
      type: MERGE,
      body: { nope: 1 },
      query: '?fieldValidation=Strict',
      code: 422,
      message: /^ConfigMap "one" is invalid: patch: Invalid value: .*strict decoding error: unknown field "nope"$/,
    },
    { row: '15b', type: MERGE, body: '{', code: 400, message: /^error decoding patch/ },
    {
      row: 'force',
      type: MERGE,
      body: {},
      query: '?force=true',
      code: 422,
      message: /force: Forbidden: may not be specified for non-apply patch/,
    },
    { row: 'type', type: MERGE, body: { data: 'text' }, code: 422, message: /patch: Invalid value/ },
  ] as { row: string; type: string; body: unknown; name?: string; query?: string; code: number; message?: RegExp }[]) {
    test(`row ${row}: a patch is answered ${code}`, async () => {
      const answer = await patch(row === '52' ? 'absent' : 'one', type, body, query);
      assert.equal(answer.code, code, answer.text);
      if (message !== undefined) assert.match(answer.json.message, message);
    });
  }
});

describe('deletes', () => {
  test('row 55: policy and orphanDependents exclude each other', async () => {
    const query = '?orphanDependents=true&propagationPolicy=Orphan';
    const { code, json } = await server.request(`${CONFIG_MAPS}/one${query}`, { method: 'DELETE' });
    assert.equal(code, 422);
    assert.match(json.message, /orphanDependents and deletionPropagation cannot be both set/);
  });

  test('an empty body may have any Content-Type; the query is read then', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await server.request(`${CONFIG_MAPS}/one?dryRun=All`, { method: 'DELETE', headers });
    assert.equal(answer.code, 200);
    assert.equal((await server.request(`${CONFIG_MAPS}/one`)).code, 200);
  });

  test('row 112: dryRun in the body', async () => {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'], propagationPolicy: 'Background' };
    const answer = await server.request(`${CONFIG_MAPS}/one`, { method: 'DELETE', body });
    assert.equal(answer.code, 200, answer.text);
    assert.equal((await server.request(`${CONFIG_MAPS}/one`)).code, 200);
  });
});

describe('answers', () => {
  for (const { row, accept, code, contentType } of [
    { row: '25', accept: 'application/vnd.kubernetes.protobuf', code: 200, contentType: 'application/json' },
    { row: '26', accept: 'text/html', code: 406, contentType: 'application/json' },
    { row: '30', accept: 'application/yaml', code: 200, contentType: 'application/yaml' },
  ]) {
    test(`row ${row}: Accept ${accept}`, async () => {
      const { headers, code: got } = await server.request(`${CONFIG_MAPS}/one`, { headers: { accept } });
      assert.equal(got, code);
      assert.equal(headers['content-type'], contentType);
    });
  }

  const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  for (const { include, code, object } of [
    { include: '', code: 200, object: 'PartialObjectMetadata' },
    { include: '?includeObject=Object', code: 200, object: 'ConfigMap' },
    { include: '?includeObject=None', code: 200, object: undefined },
    { include: '?includeObject=bogus', code: 400, object: undefined },
  ]) {
    test(`row 93: Table${include}`, async () => {
      const { code: got, json } = await server.request(`${CONFIG_MAPS}/one${include}`, { headers: { accept: TABLE } });
      assert.equal(got, code);
      if (code !== 200) return;
      assert.equal(json.kind, 'Table');
      assert.deepEqual(
        json.columnDefinitions.map(({ name }: { name: string }) => name),
        ['Name', 'Data', 'Age'],
      );
      assert.equal(json.rows[0].object?.kind, object);
    });
  }

  test('row 94: metadata alone, of one and of many', async () => {
    const as = (kind: string) => ({ accept: `application/json;as=${kind};v=v1;g=meta.k8s.io` });
    const one = await server.request(`${CONFIG_MAPS}/one`, { headers: as('PartialObjectMetadata') });
    assert.deepEqual(Object.keys(one.json), ['kind', 'apiVersion', 'metadata']);
    const many = await server.request(CONFIG_MAPS, { headers: as('PartialObjectMetadataList') });
    assert.equal(many.json.kind, 'PartialObjectMetadataList');
    assert.equal(many.json.items[0].kind, 'PartialObjectMetadata');
    assert.equal((await server.request(CONFIG_MAPS, { headers: as('PartialObjectMetadata') })).code, 406);
  });

  for (const { name, query, userAgent, pretty } of [
    { name: 'pretty=true', query: '?pretty=true', userAgent: 'x', pretty: true },
    { name: 'curl', query: '', userAgent: 'curl/8.0', pretty: true },
    { name: 'curl with pretty=false', query: '?pretty=false', userAgent: 'curl/8.0', pretty: false },
    { name: 'a program', query: '', userAgent: 'kubectl/v1.35', pretty: false },
  ]) {
    test(`row 115: ${name} gets ${pretty ? 'indented' : 'compact'} JSON`, async () => {
      const { text } = await server.request(`${CONFIG_MAPS}/one${query}`, { headers: { 'user-agent': userAgent } });
      assert.equal(text.startsWith('{\n  "'), pretty);
      assert.ok(text.endsWith('}\n'));
    });
  }

  test('row 136: a large answer is compressed for whoever takes it', async () => {
    await post(configMap('large', { data: { a: 'x'.repeat(200 * 1024) } }));
    const zipped = await server.request(`${CONFIG_MAPS}/large`, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(zipped.headers['content-encoding'], 'gzip');
    assert.equal(zipped.headers.vary, 'Accept-Encoding');
    assert.equal(JSON.parse(gunzipSync(zipped.raw).toString()).metadata.name, 'large');
    const plain = await server.request(`${CONFIG_MAPS}/large`);
    assert.equal(plain.headers['content-encoding'], undefined);
    const refused = await server.request(`${CONFIG_MAPS}/large`, { headers: { 'accept-encoding': 'gzip;q=0' } });
    assert.equal(refused.headers['content-encoding'], undefined);
  });

  test('HEAD has the headers of GET and no body', async () => {
    const { code, headers, raw } = await server.request(`${CONFIG_MAPS}/one`, { method: 'HEAD' });
    assert.equal(code, 200);
    assert.ok(Number(headers['content-length']) > 100);
    assert.equal(raw.length, 0);
  });
});

describe('lists', () => {
  for (const { row, query, code, message } of [
    { row: '89', query: '?labelSelector=app%3Dx', code: 200 },
    { row: '90', query: '?labelSelector=a%3D%3D%3D', code: 400 },
    {
      row: '90b',
      query: '?fieldSelector=spec.x%3D1',
      code: 400,
      message: /^"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"$/,
    },
    { row: '1', query: '?limit=many', code: 400, message: /^strconv\.ParseInt: parsing "many": invalid syntax$/ },
    { row: '11', query: '?resourceVersion=abc', code: 400, message: /^invalid resource version: / },
    {
      row: '70',
      query: '?resourceVersionMatch=Exact',
      code: 422,
      message: /^ListOptions\.meta\.k8s\.io "" is invalid/,
    },
    {
      row: '70b',
      query: '?sendInitialEvents=true',
      code: 422,
      message: /sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list/,
    },
    { row: '135', query: '?timeout=abc', code: 400, message: /^invalid timeout specified in the request URL/ },
  ] as { row: string; query: string; code: number; message?: RegExp }[]) {
    test(`row ${row}: ${query} is answered ${code}`, async () => {
      const answer = await server.request(CONFIG_MAPS + query);
      assert.equal(answer.code, code, answer.text);
      if (message !== undefined) assert.match(answer.json.message, message);
    });
  }
});

describe('health', () => {
  for (const { path, code, text } of [
    { path: '/livez', code: 200, text: 'ok' },
    { path: '/livez?verbose', code: 200, text: '[+]ping ok\n[+]well ok\nlivez check passed\n' },
    { path: '/livez/well', code: 200, text: 'ok' },
    {
      path: '/readyz',
      code: 500,
      text: '[+]ping ok\n[+]well ok\n[-]ill failed: reason withheld\nreadyz check failed\n',
    },
    { path: '/readyz?exclude=ill', code: 200, text: 'ok' },
    {
      path: '/livez?verbose&exclude=nope',
      code: 200,
      text: '[+]ping ok\n[+]well ok\nwarn: some health checks cannot be excluded: no matches for "nope"\nlivez check passed\n',
    },
  ]) {
    test(`row 127: ${path}`, async () => {
      const answer = await server.request(path);
      assert.equal(answer.code, code);
      assert.equal(answer.text, text);
      assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
    });
  }

  test('a failing check withholds its reason', async () => {
    const { code, text } = await server.request('/readyz/ill');
    assert.equal(code, 500);
    assert.doesNotMatch(text, /secret/);
  });
});
