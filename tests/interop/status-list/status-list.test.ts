/**
 * Token status lists as others read them: @sd-jwt/jwt-status-list 0.19 for claim and entries, jose for the signature. And
 * the SDK's own verifier over the same server.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { newStatusLists } from '@mayfly/sdk/verify/status-list';
import { type JSONWebKeySet, newJWTVerifier } from '@mayfly/sdk/verify/verifier';
import { getListFromStatusListJWT, getStatusListFromJWT } from '@sd-jwt/jwt-status-list';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { FakeClock } from '../../../packages/mayfly/src/clock/fake-clock.ts';
import { type Answer, WireClient } from '../../conformance/wire/client.ts';

const ISSUER = 'https://id.example.com';
const LISTS = '/openid/v1/token-status-lists';
const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const IDENTITY = { group: 'identity.mayfly.dev', version: 'v1alpha1' };
const ANNOTATION = 'identity.mayfly.dev/token-status-list';

let mayfly: Mayfly;
let wire: WireClient;

before(async () => {
  mayfly = await startMayfly({ serviceAccountIssuer: [ISSUER] });
  wire = new WireClient(mayfly.url, 'HTTP/1.1', { ca: mayfly.caCertificate });
  await makeAccount('listed', 'true');
});
after(async () => {
  wire.close();
  await mayfly.close();
});

async function makeAccount(name: string, value: string): Promise<void> {
  const account: ServiceAccount = { metadata: { name, namespace: 'default', annotations: { [ANNOTATION]: value } } };
  await mayfly.admin.create(ACCOUNTS, account);
}

const issue = (name = 'listed') => mayfly.issueToken('default', name, { audiences: ['payments'] });

function revoke(spec: object): Promise<KubernetesObject> {
  return mayfly.admin.create({ ...IDENTITY, resource: 'tokenrevocations' }, { spec } as KubernetesObject);
}

/** Without any credential, as a relying party far away does. The issuer's name leads to this server. */
function fetchList(uri: string, headers: Record<string, string> = {}, from = wire): Promise<Answer> {
  assert.ok(uri.startsWith(`${ISSUER}${LISTS}/`), uri);
  return from.ask('GET', uri.slice(ISSUER.length), { headers: { accept: 'application/statuslist+jwt', ...headers } });
}

async function keySet(): Promise<JSONWebKeySet> {
  const discovery = await mayfly.issueToken('default', 'reader');
  const { text } = await wire.ask('GET', '/openid/v1/jwks', { headers: { authorization: `Bearer ${discovery}` } });
  return JSON.parse(text) as JSONWebKeySet;
}

/** What the other implementation says of a token. */
async function statusOf(token: string, from = wire): Promise<number> {
  const { idx, uri } = getStatusListFromJWT(token);
  const { text } = await fetchList(uri, {}, from);
  return getListFromStatusListJWT(text).getStatus(idx);
}

test('a list is a signed statuslist+jwt that names itself and its end', async () => {
  const { uri } = getStatusListFromJWT(await issue());
  const answer = await fetchList(uri);
  assert.deepEqual([answer.code, answer.headers['content-type']], [200, 'application/statuslist+jwt']);
  assert.equal(answer.headers['cache-control'], 'public, max-age=60');
  const jwks = createLocalJWKSet((await keySet()) as Parameters<typeof createLocalJWKSet>[0]);
  const { payload } = await jwtVerify(answer.text, jwks, {
    typ: 'statuslist+jwt',
    subject: uri,
    currentDate: new Date(mayfly.clock.nowMs()),
  });
  const { iat = 0, exp = 0, ttl, status_list: list, ...others } = payload;
  assert.equal(iat, Math.floor(mayfly.clock.nowMs() / 1000));
  assert.deepEqual([exp - iat, ttl, (list as { bits: number }).bits], [12 * 3600, 60, 1]);
  assert.deepEqual(others, { sub: uri });
  const unchanged = await fetchList(uri, { 'if-none-match': String(answer.headers.etag) });
  assert.deepEqual([unchanged.code, unchanged.text], [304, '']);
});

test('the entry of a revoked token is set, and no other', async () => {
  const [token, sibling] = [await issue(), await issue()];
  assert.deepEqual([await statusOf(token), await statusOf(sibling)], [0, 0]);
  await revoke({ credentialID: decodeJwt(token).jti ?? '' });
  mayfly.clock.advance(1_000); // a list is signed once a second at most
  assert.deepEqual([await statusOf(token), await statusOf(sibling)], [1, 0]);
  const { uri } = getStatusListFromJWT(token);
  const statuses = getListFromStatusListJWT((await fetchList(uri)).text).statusList;
  assert.equal(statuses.length, 2 ** 17);
  assert.equal(statuses.filter((status) => status !== 0).length, 1);
});

test('revoking a service account sets the entries of all its tokens that are out', async () => {
  await makeAccount('many', 'true');
  const tokens = [];
  for (let i = 0; i < 20; i++) tokens.push(await issue('many'));
  await revoke({ serviceAccount: { namespace: 'default', name: 'many' } });
  mayfly.clock.advance(1_000);
  assert.deepEqual(await Promise.all(tokens.map((token) => statusOf(token))), Array(20).fill(1));
  assert.equal(await statusOf(await issue('many')), 0);
});

test('a second server over the store serves the same lists, and never gives out the same entry', async () => {
  const clock = new FakeClock(mayfly.clock.nowMs());
  const second = await startMayfly({ serviceAccountIssuer: [ISSUER], store: mayfly.store, clock });
  const there = new WireClient(second.url, 'HTTP/1.1', { ca: second.caCertificate });
  try {
    const token = await second.issueToken('default', 'listed', { audiences: ['payments'] });
    const other = await issue();
    assert.notDeepEqual(getStatusListFromJWT(token), getStatusListFromJWT(other));
    assert.deepEqual([await statusOf(token), await statusOf(token, there)], [0, 0]);
    await revoke({ credentialID: decodeJwt(token).jti ?? '' });
    for (const each of [mayfly.clock, clock]) each.advance(1_000);
    assert.deepEqual([await statusOf(token), await statusOf(token, there)], [1, 1]);
    assert.deepEqual([await statusOf(other), await statusOf(other, there)], [0, 0]);
  } finally {
    there.close();
    await second.close();
  }
});

test('the ledger knows the entry; an account that did not ask has none, and its tokens are as Kubernetes has them', async () => {
  const token = await issue();
  const { idx, uri } = getStatusListFromJWT(token);
  const row = await mayfly.admin.get<IssuedToken>(
    { ...IDENTITY, resource: 'issuedtokens' },
    { namespace: 'default', name: decodeJwt(token).jti ?? '' },
  );
  assert.equal(row.spec.statusListIndex, Number(uri.split('/').at(-1)) * 2 ** 17 + idx);
  const plain = decodeJwt(await mayfly.issueToken('default', 'plain'));
  assert.deepEqual(Object.keys(plain), ['aud', 'exp', 'iat', 'iss', 'jti', 'kubernetes.io', 'nbf', 'sub']);
  assert.deepEqual(Object.keys(decodeJwt(token)).slice(-3), ['nbf', 'status', 'sub']);
});

test('an annotation that is neither true nor false refuses tokens, and says why', async () => {
  await makeAccount('mistaken', 'yes');
  await assert.rejects(issue('mistaken'), /mistaken.*annotation identity.mayfly.dev\/token-status-list must be "true"/);
  await makeAccount('declined', 'false');
  assert.equal(decodeJwt(await issue('declined')).status, undefined);
});

test('without an address that relying parties can fetch, no token pretends to be listed', async () => {
  const local = await startMayfly({ serviceAccountIssuer: ['mayfly'] });
  try {
    const metadata = { name: 'listed', namespace: 'default', annotations: { [ANNOTATION]: 'true' } };
    await local.admin.create(ACCOUNTS, { metadata });
    await assert.rejects(
      local.issueToken('default', 'listed'),
      /cannot be honoured: set --service-account-status-list-uri/,
    );
  } finally {
    await local.close();
  }
});

for (const { name, path, accept, code } of [
  { name: 'the index', path: LISTS, accept: 'application/json', code: 200 },
  { name: 'a list that is not', path: `${LISTS}/0`, accept: '*/*', code: 404 },
  { name: 'what is no number', path: `${LISTS}/00`, accept: '*/*', code: 404 },
  { name: 'a path beside', path: `${LISTS}-x`, accept: '*/*', code: 403 },
  { name: 'the index as a list', path: LISTS, accept: 'application/statuslist+jwt', code: 406 },
]) {
  test(`anybody who asks for ${name} gets ${code}`, async () => {
    assert.equal((await wire.ask('GET', path, { headers: { accept } })).code, code);
  });
}

test('the index names every list', async () => {
  const { uri } = getStatusListFromJWT(await issue());
  const { text } = await wire.ask('GET', LISTS, { headers: { accept: 'application/json' } });
  assert.deepEqual(JSON.parse(text), { status_lists: [uri] });
});

test('the SDK refuses a revoked token offline, and says so when the list is beyond its limit', async () => {
  const [token, sibling] = [await issue(), await issue()];
  const keys = await keySet();
  const shared = {
    algorithms: ['RS256'] as const,
    keys: () => keys,
    nowMs: () => mayfly.clock.nowMs(),
    leewaySeconds: 0,
  };
  const verifierWith = (maxBytes: number) =>
    newJWTVerifier({
      ...shared,
      issuer: ISSUER,
      audiences: ['payments'],
      status: newStatusLists({
        ...shared,
        maxBytes,
        whenUnknown: 'refuse',
        allows: (uri) => uri.startsWith(`${ISSUER}/`),
        async fetch(uri) {
          const { code, text } = await fetchList(uri);
          const body = (async function* () {
            yield Buffer.from(text);
          })();
          return { status: code, headers: { get: () => null }, text: async () => text, body };
        },
      }),
    });
  const verifier = verifierWith(2 ** 14);
  assert.equal((await verifier.verify(token)).outcome, 'accepted');
  await revoke({ credentialID: decodeJwt(token).jti ?? '' });
  mayfly.clock.advance(60_000); // its ttl
  assert.deepEqual(await verifier.verify(token), { outcome: 'refused', refusal: 'revoked' });
  assert.equal((await verifier.verify(sibling)).outcome, 'accepted');
  const narrow = await verifierWith(2 ** 14 - 1).verify(sibling);
  assert.deepEqual(narrow, { outcome: 'refused', refusal: 'status-unknown', fault: 'list-too-large' });
});
