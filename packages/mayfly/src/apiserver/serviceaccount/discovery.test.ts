import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { generateSigningKey } from '../../jose/keys.ts';
import { newKeySigner, signCompact } from '../../jose/sign.ts';
import {
  acceptsContentType,
  type Discovery,
  type DiscoveryOptions,
  jwksURIFault,
  renderDiscovery,
} from './discovery.ts';
import { Keyring, newFileKeyring } from './keyring.ts';

const rsa = await generateSigningKey('RSA');
const ec = await generateSigningKey('P-256');
const OPTIONS: DiscoveryOptions = { issuer: 'https://iss', jwksURI: '', externalAddress: 'api.example:6443' };
const KEYS = newFileKeyring({ signingKey: rsa, verificationKeys: [rsa, ec] }).snapshot;

function bodies(discovery: Discovery): [string, JSONWebKeySet] {
  assert.ok(discovery.enabled);
  const [configuration, jwks] = discovery.documents.map(({ body }) => body.toString());
  return [configuration ?? '', JSON.parse(jwks ?? '') as JSONWebKeySet];
}

test('the configuration has the exact shape, algorithms sorted (D1, D5)', () => {
  assert.equal(
    bodies(renderDiscovery(OPTIONS, KEYS))[0],
    '{"issuer":"https://iss","jwks_uri":"https://api.example:6443/openid/v1/jwks","response_types_supported":["id_token"],' +
      '"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256","RS256"]}',
  );
});

test('the documents carry their types and may be cached for an hour', () => {
  const discovery = renderDiscovery(OPTIONS, KEYS);
  assert.ok(discovery.enabled);
  assert.deepEqual(
    discovery.documents.map(({ path, contentType, cacheControl }) => [path, contentType, cacheControl]),
    [
      ['/.well-known/openid-configuration', 'application/json', 'public, max-age=3600'],
      ['/openid/v1/jwks', 'application/jwk-set+json', 'public, max-age=3600'],
    ],
  );
});

test('keys are published in configuration order, duplicates kept, without private members', () => {
  const { keys } = bodies(
    renderDiscovery(OPTIONS, newFileKeyring({ signingKey: rsa, verificationKeys: [ec, rsa, ec] }).snapshot),
  )[1];
  assert.deepEqual(
    keys.map(({ kid }) => kid),
    [ec.kid, rsa.kid, ec.kid],
  );
  assert.deepEqual(Object.keys(keys[0] ?? {}), ['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y']);
  assert.deepEqual(Object.keys(keys[1] ?? {}), ['use', 'kty', 'kid', 'alg', 'n', 'e']);
});

test('a key that is not published is in neither document', () => {
  const entries = [
    { key: ec, state: 'verifying', isPublished: false },
    { key: rsa, state: 'signing', isPublished: true },
  ] as const;
  const [configuration, { keys }] = bodies(
    renderDiscovery(OPTIONS, new Keyring({ entries, signer: undefined }).snapshot),
  );
  assert.deepEqual(
    keys.map(({ kid }) => kid),
    [rsa.kid],
  );
  assert.ok(!configuration.includes('ES256'));
});

test('another jwks_uri is named, and the keys are served all the same (D6)', () => {
  const [configuration, { keys }] = bodies(renderDiscovery({ ...OPTIONS, jwksURI: 'https://cdn/x' }, KEYS));
  assert.equal((JSON.parse(configuration) as { jwks_uri: string }).jwks_uri, 'https://cdn/x');
  assert.equal(keys.length, 2);
});

test('a token verifies with nothing but the published keys (D10)', async () => {
  const token = await signCompact(newKeySigner(rsa), JSON.stringify({ iss: 'https://iss', aud: ['api'] }));
  const keySet = createLocalJWKSet(bodies(renderDiscovery(OPTIONS, KEYS))[1]);
  const { protectedHeader } = await jwtVerify(token, keySet, { issuer: 'https://iss', audience: 'api' });
  assert.equal(protectedHeader.kid, rsa.kid);
});

const PREFIX =
  'Could not construct pre-rendered responses for ServiceAccountIssuerDiscovery endpoints. Endpoints will not be enabled. Error: ';
for (const { issuer, reason } of [
  { issuer: 'http://iss', reason: 'issuer URL must use https scheme, got: http://iss' },
  { issuer: 'plain', reason: 'issuer URL must use https scheme, got: plain' },
  { issuer: 'https://iss?q', reason: 'issuer URL may not include a query, got: https://iss?q' },
  { issuer: 'https://iss#f', reason: 'issuer URL may not include a fragment, got: https://iss#f' },
]) {
  test(`no documents for the issuer ${issuer} (D4)`, () => {
    assert.deepEqual(renderDiscovery({ ...OPTIONS, issuer }, KEYS), { enabled: false, reason: PREFIX + reason });
  });
}

test('no documents without keys', () => {
  const discovery = renderDiscovery(OPTIONS, newFileKeyring({ signingKey: undefined, verificationKeys: [] }).snapshot);
  assert.deepEqual(discovery, { enabled: false, reason: `${PREFIX}no keys provided for validating keyset` });
});

test('an issuer is written as Go writes it', () => {
  assert.match(
    bodies(renderDiscovery({ ...OPTIONS, issuer: 'https://iss/a&b' }, KEYS))[0],
    /"https:\/\/iss\/a\\u0026b"/,
  );
});

for (const { uri, ok } of [
  { uri: '', ok: true },
  { uri: 'https://cdn/x', ok: true },
  { uri: 'http://cdn/x', ok: false }, // D7
  { uri: 'nonsense', ok: false },
]) {
  test(`jwks_uri ${JSON.stringify(uri)} is ${ok ? 'allowed' : 'refused'}`, () => {
    assert.equal(
      jwksURIFault(uri),
      ok ? undefined : `service-account-jwks-uri requires https scheme, parsed as: ${uri}`,
    );
  });
}

for (const { accept, type, ok } of [
  { accept: undefined, type: 'application/json', ok: true },
  { accept: '*/*', type: 'application/jwk-set+json', ok: true },
  { accept: 'text/html, application/json;q=0.9', type: 'application/json', ok: true },
  { accept: 'application/*', type: 'application/json', ok: false },
  { accept: 'application/json', type: 'application/jwk-set+json', ok: false }, // D8
  { accept: 'application/jsonx', type: 'application/json', ok: false },
]) {
  test(`Accept ${accept} ${ok ? 'admits' : 'does not admit'} ${type}`, () => {
    assert.equal(acceptsContentType(accept, type), ok);
  });
}
