import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { newSuite } from './suite.ts';

const { row } = newSuite();

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const V2BETA1 = V2.replace('v=v2', 'v=v2beta1');

row(4, 'aggregated discovery is named by g, v and as, and hashed', async ({ client }) => {
  for (const path of ['/api', '/apis?timeout=32s']) {
    const { code, headers, body, bytes } = await client.ask('GET', path, {
      headers: { accept: `${V2},${V2BETA1},application/json` },
    });
    assert.equal(code, 200);
    assert.equal(headers['content-type'], V2);
    assert.equal(headers.vary, 'Accept');
    assert.equal(headers['cache-control'], 'public');
    assert.equal(headers.etag, `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"`);
    assert.deepEqual([body.kind, body.apiVersion], ['APIGroupDiscoveryList', 'apidiscovery.k8s.io/v2']);
  }
});

row(5, 'an unchanged discovery document is not sent again', async ({ client }) => {
  const { headers } = await client.ask('GET', '/apis', { headers: { accept: V2 } });
  const again = await client.ask('GET', '/apis', { headers: { accept: V2, 'if-none-match': headers.etag ?? '' } });
  assert.deepEqual([again.code, again.text], [304, '']);
});

row(6, 'who knows only v2beta1 gets it', async ({ client }) => {
  const { headers, body } = await client.ask('GET', '/apis', { headers: { accept: V2BETA1 } });
  assert.equal(headers['content-type'], V2BETA1);
  assert.equal(body.apiVersion, 'apidiscovery.k8s.io/v2beta1');
});

for (const [path, kind] of [
  ['/api', 'APIVersions'],
  ['/apis', 'APIGroupList'],
  ['/apis/rbac.authorization.k8s.io', 'APIGroup'],
  ['/apis/rbac.authorization.k8s.io/v1', 'APIResourceList'],
  ['/api/v1', 'APIResourceList'],
] as const)
  row(7, `plain ${path} is an ${kind}`, async ({ client }) => {
    const { code, headers, body } = await client.ask('GET', path, {
      headers: { accept: 'application/json, */*;q=0.8' },
    });
    assert.equal(code, 200);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['cache-control'], 'no-cache, private');
    assert.equal(body.kind, kind);
  });

row(7, 'a subresource is listed under its parent, with the kind it takes', async ({ client }) => {
  const { body } = await client.ask('GET', '/api/v1');
  const resources = body.resources as { name: string }[];
  assert.deepEqual(
    resources.find(({ name }) => name === 'serviceaccounts/token'),
    {
      name: 'serviceaccounts/token',
      singularName: '',
      namespaced: true,
      group: 'authentication.k8s.io',
      version: 'v1',
      kind: 'TokenRequest',
      verbs: ['create'],
    },
  );
});

for (const path of ['/apis/nope/v1', '/apis/nope', '/api/v2', '/apis/rbac.authorization.k8s.io/v2', '/nothing'])
  row(9, `${path} is not found`, async ({ client }) => {
    const { code, body } = await client.ask('GET', path);
    assert.deepEqual([code, body.reason], [404, 'NotFound']);
  });

row(10, 'the OpenAPI index has every served group version, with its hash', async ({ client }) => {
  const { code, headers, body } = await client.ask('GET', '/openapi/v3', {
    headers: { accept: 'application/json, */*' },
  });
  assert.equal(code, 200);
  assert.match(headers.etag ?? '', /^"[0-9A-F]{128}"$/);
  const { body: groups } = await client.ask('GET', '/apis');
  const names = (groups.groups as { versions: { groupVersion: string }[] }[]).flatMap(({ versions }) =>
    versions.map(({ groupVersion }) => `apis/${groupVersion}`),
  );
  const paths = body.paths as Record<string, { serverRelativeURL: string }>;
  assert.deepEqual(Object.keys(paths).sort(), ['api/v1', ...names].sort());
  for (const { serverRelativeURL } of Object.values(paths)) {
    const document = await client.ask('GET', serverRelativeURL);
    const hash = createHash('sha512').update(document.bytes).digest('hex').toUpperCase();
    assert.equal(serverRelativeURL.split('?hash=')[1], hash);
    assert.equal(document.headers.etag, `"${hash}"`);
    assert.equal(document.headers['cache-control'], 'public, immutable');
  }
});

row(11, 'a stale hash leads to the current one', async ({ client }) => {
  const { code, headers } = await client.ask('GET', '/openapi/v3/api/v1?hash=old');
  assert.equal(code, 301);
  assert.match(headers.location ?? '', /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{128}$/);
});

row(12, 'OpenAPI v2 is there in the protobuf kubectl asks for, and in nothing else', async ({ client }) => {
  const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  const { code, headers, bytes } = await client.ask('GET', '/openapi/v2', { headers: { accept } });
  assert.equal(code, 200);
  assert.equal(headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
  assert.equal(bytes.subarray(0, 5).toString('latin1'), '\x0a\x032.0');
  const again = await client.ask('GET', '/openapi/v2', { headers: { accept, 'if-none-match': headers.etag ?? '' } });
  assert.equal(again.code, 304);
  for (const other of ['application/json', '*/*', 'text/html'])
    assert.equal((await client.ask('GET', '/openapi/v2', { headers: { accept: other } })).code, 406);
});

row(10, 'OpenAPI v3 in protobuf is refused rather than answered in JSON', async ({ client }) => {
  const accept = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';
  assert.equal((await client.ask('GET', '/openapi/v3/api/v1', { headers: { accept } })).code, 406);
});
