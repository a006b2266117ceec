import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  maxAgeSeconds,
  placeFault,
  publishedConfiguration,
  requirePublicKeys,
  requireStatusList,
  statusListNumbers,
} from './documents.ts';

const SERVER = 'https://api.example:6443';
const configuration = (jwksURI: string): string =>
  `{"issuer":"https://iss","jwks_uri":"${jwksURI}","id_token_signing_alg_values_supported":["RS256"]}`;

for (const { name, jwksURI, url, want } of [
  {
    name: 'is as the server has it where its jwks_uri is elsewhere',
    jwksURI: 'https://cdn.example/jwks',
    url: undefined,
    want: configuration('https://cdn.example/jwks'),
  },
  {
    name: 'leads to the given URL, and is the same byte by byte otherwise',
    jwksURI: `${SERVER}/openid/v1/jwks`,
    url: 'https://cdn.example/$&/a',
    want: configuration('https://cdn.example/$&/a/openid/v1/jwks'),
  },
]) {
  test(`a published configuration ${name}`, () => {
    assert.equal(publishedConfiguration(configuration(jwksURI), { server: SERVER, url }), want);
  });
}

for (const { name, body, want } of [
  {
    name: 'one that leads back to the API server',
    body: configuration(`${SERVER}/openid/v1/jwks`),
    want: `jwks_uri is ${SERVER}/openid/v1/jwks, on the API server itself; give --url, or start the server with --service-account-jwks-uri`,
  },
  {
    name: 'one without issuer',
    body: '{"jwks_uri":"https://cdn.example/jwks"}',
    want: `${SERVER} answers /.well-known/openid-configuration without issuer or jwks_uri`,
  },
  { name: 'a page', body: '<html>', want: 'the server did not answer a JSON object; is it an API server?' },
  { name: 'null', body: 'null', want: 'the server did not answer a JSON object; is it an API server?' },
]) {
  test(`a configuration is not published: ${name}`, () => {
    assert.throws(() => publishedConfiguration(body, { server: SERVER, url: undefined }), { message: want });
  });
}

const RSA = { kty: 'RSA', kid: 'k', n: 'AQ', e: 'AQAB' };
test('public keys are published', () => requirePublicKeys(JSON.stringify({ keys: [RSA, RSA] })));

for (const { name, body, want } of [
  { name: 'an empty set', body: { keys: [] }, want: 'the key set holds no key' },
  { name: 'no set', body: { error: 'x' }, want: 'the key set holds no key' },
  { name: 'a text for a key', body: { keys: ['k'] }, want: 'the key set holds what is no key' },
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((member) => ({
    name: `a key with "${member}"`,
    body: { keys: [RSA, { ...RSA, [member]: 'x' }] },
    want: 'the key set holds a private key',
  })),
]) {
  test(`${name} is never published`, () => {
    assert.throws(() => requirePublicKeys(JSON.stringify(body)), { message: want });
  });
}

test('token status lists are numbered by the end of their addresses', () => {
  const uris = ['https://iss/openid/v1/token-status-lists/0', 'https://iss/openid/v1/token-status-lists/12'];
  assert.deepEqual(statusListNumbers(JSON.stringify({ status_lists: uris })), [0, 12]);
  assert.deepEqual(statusListNumbers('{"status_lists":[]}'), []);
});

for (const uri of ['https://iss/lists/../../etc', 'https://iss/lists/01', 'https://iss/lists/1e3', 7]) {
  test(`${uri} is no token status list, so nothing is written by its name`, () => {
    assert.throws(
      () => statusListNumbers(JSON.stringify({ status_lists: [uri] })),
      /names what is no token status list/,
    );
  });
}

test('what is published as a list has the form of one', () => {
  requireStatusList('eyJhIjoxfQ.eyJiIjoxfQ.c2ln');
  for (const body of ['', '<html>', 'a.b', 'a.b.c.d']) assert.throws(() => requireStatusList(body), /is no JWT/);
});

for (const [header, want] of [
  ['public, max-age=3600', 3600],
  ['max-age=0', 0],
  ['public,max-age=60', 60],
  ['no-store', 0],
  ['s-max-age=5', 0],
  [null, 0],
] as const) {
  test(`Cache-Control "${header}" allows ${want} s`, () => assert.equal(maxAgeSeconds(header), want));
}

for (const url of ['http://cdn.example', 'cdn.example', 'https://cdn.example/?a', 'https://cdn.example/#a', '']) {
  test(`"${url}" is no address for relying parties`, () => {
    assert.equal(placeFault(url), `--url must be an https URL without query and fragment; found "${url}"`);
  });
}
test('an https address is one', () => assert.equal(placeFault('https://cdn.example/cluster-1'), undefined));
