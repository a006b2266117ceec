/** Rows J11–J16 and A of spec service-account-tokens §18, and 130–137 of authentication §25, below the endpoints. */
import assert from 'node:assert/strict';
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { formatTime } from '@mayfly/api/meta/v1/time';
import { decodeJwt, SignJWT } from 'jose';
import { generateSigningKey } from '../../../jose/keys.ts';
import type { RequestAuthenticator } from '../../authentication/authenticator.ts';
import { newFileKeyring } from '../../serviceaccount/keyring.ts';
import type { RequestContext } from '../rest.ts';
import {
  admitAll,
  bound,
  type FixtureOptions,
  K1,
  LOOPBACK_TOKEN,
  newTokenFixture,
  type TokenFixture,
} from '../serviceaccount/token-fixture.ts';
import { newSelfSubjectReviewStorage } from './self-subject-review.ts';
import { newTokenReviewStorage } from './token-review.ts';

const IBT = 'invalid bearer token';
const PRIMITIVE = 'go-jose/go-jose: error in cryptographic primitive';
const K2 = await generateSigningKey('RSA');
const EC = await generateSigningKey('P-256');

const POD = { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p1' } } };
const SECRET = { spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 's1' } } };
const NODE = { spec: { boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'n1' } } };
const EXTENDED = { spec: { ...POD.spec, expirationSeconds: 3607 } };

/** Signs any claims in any way: what an attacker, or another issuer, could send. */
function forge(claims: object, header: object = {}, key: KeyObject | Uint8Array = K1.privateKey): Promise<string> {
  const usual = {
    iss: 'https://iss',
    aud: ['api'],
    exp: 1767229200,
    iat: 1767225600,
    sub: 'system:serviceaccount:ns1:app',
    'kubernetes.io': { namespace: 'ns1', serviceaccount: { name: 'app', uid: 'S1' } },
  };
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'RS256', kid: K1.kid, ...header }).sign(key);
}

async function refusal(token: string, options: FixtureOptions = {}): Promise<string | undefined> {
  return newTokenFixture(options)
    .review(token)
    .then(({ error, authenticated, user }) => {
      assert.equal(authenticated, undefined);
      assert.deepEqual(user, {});
      return error;
    });
}

test('A1: an unbound token is its service account, with the credential id only', async () => {
  const fixture = newTokenFixture();
  const token = await fixture.token();
  assert.deepEqual(await fixture.review(token), {
    authenticated: true,
    user: {
      username: 'system:serviceaccount:ns1:app',
      uid: 'S1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns1', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${decodeJwt(token).jti}`] },
    },
    audiences: ['api'],
  });
});

async function extras(body: object, change?: (fixture: TokenFixture) => void) {
  const fixture = newTokenFixture();
  change?.(fixture);
  const { user } = await fixture.review(await fixture.token(body));
  const { 'authentication.kubernetes.io/credential-id': _, ...rest } = user.extra ?? {};
  return rest;
}

const POD_EXTRAS = {
  'authentication.kubernetes.io/node-name': ['n1'],
  'authentication.kubernetes.io/node-uid': ['N1'],
  'authentication.kubernetes.io/pod-name': ['p1'],
  'authentication.kubernetes.io/pod-uid': ['P1'],
};

test('A2: a pod-bound token brings pod and node', async () => {
  assert.deepEqual(await extras(POD), POD_EXTRAS);
});

test('A3: a node that did not exist is named without uid', async () => {
  const { 'authentication.kubernetes.io/node-uid': _, ...want } = POD_EXTRAS;
  assert.deepEqual(await extras(POD, (fixture) => fixture.objects.nodes.clear()), want);
});

test('a secret-bound token brings nothing more, a node-bound one its node', async () => {
  assert.deepEqual(await extras(SECRET), {});
  assert.deepEqual(Object.keys(await extras(NODE)), Object.keys(POD_EXTRAS).slice(0, 2));
});

for (const { id, body = {}, afterSeconds = 0, change, want } of [
  { id: 'A4', afterSeconds: 3660, want: undefined },
  { id: 'A5', afterSeconds: 3661, want: 'service account token has expired' },
  { id: 'A6', afterSeconds: -61, want: 'service account token is not valid yet' },
  { id: 'A6 edge', afterSeconds: -60, want: undefined },
  { id: 'A8', change: (f: TokenFixture) => f.objects.serviceAccounts.clear(), want: 'serviceaccounts "app" not found' },
  {
    id: 'A9',
    change: (f: TokenFixture) => f.objects.serviceAccounts.set('ns1/app', bound('S2')),
    want: 'service account UID (S2) does not match claim (S1)',
  },
  {
    id: 'A10',
    change: (f: TokenFixture) => f.objects.serviceAccounts.set('ns1/app', bound('S1', ago(f, 30))),
    want: undefined,
  },
  {
    id: 'A11',
    change: (f: TokenFixture) => f.objects.serviceAccounts.set('ns1/app', bound('S1', ago(f, 90))),
    want: 'service account ns1/app has been deleted',
  },
  {
    id: 'A12',
    body: POD,
    change: (f: TokenFixture) => f.objects.pods.clear(),
    want: 'service account token has been invalidated',
  },
  {
    id: 'A13',
    body: POD,
    change: (f: TokenFixture) => f.objects.pods.set('ns1/p1', bound('P2')),
    want: 'pod UID (P2) does not match service account pod ref claim (P1)',
  },
  {
    id: 'A14',
    body: POD,
    change: (f: TokenFixture) => f.objects.pods.set('ns1/p1', bound('P1', ago(f, 59))),
    want: undefined,
  },
  {
    id: 'A15',
    body: POD,
    change: (f: TokenFixture) => f.objects.pods.set('ns1/p1', bound('P1', ago(f, 61))),
    want: 'service account token has been invalidated',
  },
  {
    id: 'A16',
    body: SECRET,
    change: (f: TokenFixture) => f.objects.secrets.set('ns1/s1', bound('X2')),
    want: 'secret UID (X2) does not match service account secret ref claim (X1)',
  },
  {
    id: 'A17 gone',
    body: NODE,
    change: (f: TokenFixture) => f.objects.nodes.clear(),
    want: 'service account token has been invalidated',
  },
  {
    id: 'A17 recreated',
    body: NODE,
    change: (f: TokenFixture) => f.objects.nodes.set('n1', bound('N2')),
    want: 'node UID (N2) does not match service account node ref claim (N1)',
  },
  { id: 'A18', body: POD, change: (f: TokenFixture) => f.objects.nodes.clear(), want: undefined },
] as const) {
  test(`${id}: ${want ?? 'accepted'}`, async () => {
    const fixture = newTokenFixture();
    const token = await fixture.token(body);
    fixture.clock.set(fixture.clock.nowMs() + afterSeconds * 1000);
    (change as ((fixture: TokenFixture) => void) | undefined)?.(fixture);
    const { authenticated, error } = await fixture.review(token);
    assert.equal(error, want && `[${IBT}, ${want}]`);
    assert.equal(authenticated, want === undefined ? true : undefined);
  });
}

function ago(fixture: TokenFixture, seconds: number): string {
  return formatTime(fixture.clock.nowMs() - seconds * 1000);
}

test('A7: a token issued in the future', async () => {
  const token = await forge({ iat: 1767225600 + 61 });
  assert.equal(await refusal(token), `[${IBT}, service account token is issued in the future]`);
});

for (const { id, audiences, wanted, want } of [
  { id: 'A20', audiences: ['a', 'b'], wanted: ['b', 'c', 'a'], want: ['b', 'a'] },
  { id: 'Q8', audiences: ['a'], wanted: ['a', 'a'], want: ['a', 'a'] },
]) {
  test(`${id}: the audiences of the answer follow the question`, async () => {
    const fixture = newTokenFixture();
    const status = await fixture.review(await fixture.token({ spec: { audiences } }), wanted);
    assert.deepEqual([status.authenticated, status.audiences], [true, want]);
  });
}

for (const { id, audiences, wanted, want } of [
  {
    id: 'A19',
    audiences: ['other'],
    wanted: undefined,
    want: 'token audiences ["other"] is invalid for the target audiences ["api"]',
  },
  {
    id: 'A21',
    audiences: ['a'],
    wanted: ['z'],
    want: 'token audiences ["a"] is invalid for the target audiences ["z"]',
  },
  {
    id: 'A21 several',
    audiences: ['a', 'b'],
    wanted: ['y', 'z'],
    want: 'token audiences ["a" "b"] is invalid for the target audiences ["y" "z"]',
  },
]) {
  test(`${id}: ${want}`, async () => {
    const fixture = newTokenFixture();
    const status = await fixture.review(await fixture.token({ spec: { audiences } }), wanted);
    assert.deepEqual(status, { user: {}, error: `[${IBT}, ${want}]` });
  });
}

for (const { name, token } of [
  { name: 'A22: garbage', token: 'garbage' },
  { name: '130: three parts of nonsense', token: 'a.b.c' },
  { name: '134: a blank', token: ' ' },
  { name: 'Q5: a token behind a space', token: ' x' },
  { name: 'Q6: a token with a space in it', token: 'a b' },
  { name: 'a tab', token: 'a\tb' },
  { name: 'half a surrogate pair', token: 'a\ud800' },
  { name: 'an enormous token', token: `${'a'.repeat(70_000)}.b.c` },
]) {
  test(`${name} is not valid, and not anonymous`, async () => {
    assert.equal(await refusal(token), IBT);
  });
}

for (const token of ['', undefined]) {
  test(`A23: ${token === '' ? 'an empty' : 'no'} token is a bad request`, async () => {
    const fixture = newTokenFixture();
    await assert.rejects(fixture.review(token as string), {
      code: 400,
      message: 'token is required for TokenReview in authentication',
    });
  });
}

test('a token that was good with spaces around it stays refused', async () => {
  const fixture = newTokenFixture();
  const token = await fixture.token();
  assert.equal((await fixture.review(`${token} x`)).error, IBT);
});

test('A24: another issuer with our key is nobody, and so is one that only begins like ours', async () => {
  assert.equal(await refusal(await forge({ iss: 'https://other' })), IBT);
  assert.equal(await refusal(await forge({ iss: 'https://iss/' })), IBT);
});

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const publicPEM = K1.publicKey.export({ type: 'spki', format: 'pem' }) as string;

for (const { id, token, want } of [
  { id: 'A25 wrong key under a known kid', token: await forge({}, {}, K2.privateKey), want: PRIMITIVE },
  {
    id: 'J12 HS256 with the public key',
    token: await forge({}, { alg: 'HS256' }, createSecretKey(Buffer.from(publicPEM))),
    want: PRIMITIVE,
  },
  { id: 'J13 unknown kid', token: await forge({}, { kid: 'zzz' }), want: 'invalid signature, no keys found' },
  {
    id: 'an unknown kid of another key',
    token: await forge({}, { kid: K2.kid }, K2.privateKey),
    want: 'invalid signature, no keys found',
  },
  { id: 'ES256 under an RSA kid', token: await forge({}, { alg: 'ES256' }, EC.privateKey), want: PRIMITIVE },
  { id: 'a crit header', token: signed({ alg: 'RS256', kid: K1.kid, crit: ['exp'], exp: 1 }), want: PRIMITIVE },
  {
    id: 'an exp that is a string',
    token: await forge({ exp: 'never' } as object),
    want: 'go-jose/go-jose/jwt: expected number value to unmarshal NumericDate',
  },
  {
    id: 'no kubernetes.io claim',
    token: await forge({ 'kubernetes.io': undefined }),
    want: 'service account token claims could not be validated: malformed',
  },
]) {
  test(`${id}: ${want}`, async () => {
    assert.equal(await refusal(token), `[${IBT}, ${want}]`);
  });
}

/** HS256 over what a server would compute if it took any header at its word. */
function signed(header: object): string {
  const input = `${part(header)}.${part({ iss: 'https://iss', aud: ['api'] })}`;
  return `${input}.${createHmac('sha256', publicPEM).update(input).digest('base64url')}`;
}

for (const { name, change } of [
  { name: 'J12: alg none', change: (t: string) => `${part({ alg: 'none', kid: K1.kid })}.${t.split('.')[1]}.` },
  { name: 'a truncated signature', change: (t: string) => t.slice(0, -2) },
  {
    name: 'another payload',
    change: (t: string) => `${t.split('.')[0]}.${part({ ...decodeJwt(t), sub: 'x' })}.${t.split('.')[2]}`,
  },
  {
    name: 'RS512 over an RS256 signature',
    change: (t: string) => t.replace(/^[^.]+/, part({ alg: 'RS512', kid: K1.kid })),
  },
]) {
  test(`${name} does not verify`, async () => {
    const fixture = newTokenFixture();
    assert.equal((await fixture.review(change(await fixture.token()))).error, `[${IBT}, ${PRIMITIVE}]`);
  });
}

test('a signature in another spelling of base64url is nobody', async () => {
  const fixture = newTokenFixture();
  const token = await fixture.token();
  assert.equal((await fixture.review(`${token}==`)).error, IBT);
});

test('J11: PS256 with our key and kid is accepted', async () => {
  assert.equal((await newTokenFixture().review(await forge({}, { alg: 'PS256' }))).authenticated, true);
});

test('J14: a token without kid is tried against every key', async () => {
  const keyring = newFileKeyring({ signingKey: K1, verificationKeys: [EC, K2, K1] });
  assert.equal((await newTokenFixture({ keyring }).review(await forge({}, { kid: undefined }))).authenticated, true);
});

test('J15: an old issuer is accepted; new tokens name the new one and carry both audiences', async () => {
  const issuers = ['https://new', 'https://iss'];
  const fixture = newTokenFixture({ issuers, apiAudiences: issuers });
  assert.equal((await fixture.review(await forge({ aud: ['https://iss'] }))).authenticated, true);
  const { iss, aud } = decodeJwt(await fixture.token());
  assert.deepEqual([iss, aud], ['https://new', issuers]);
});

test('J16: a duplicate key in a signed payload is refused', async () => {
  const input = `${part({ alg: 'RS256', kid: K1.kid })}.${Buffer.from('{"iss":"https://iss","iss":"https://iss","aud":["api"]}').toString('base64url')}`;
  const { sign } = await import('node:crypto');
  const token = `${input}.${sign('sha256', Buffer.from(input), K1.privateKey).toString('base64url')}`;
  assert.equal(await refusal(token), `[${IBT}, json: duplicate key 'iss' in object]`);
});

test('Q2: a signed token without exp is accepted; without aud it means the API and is counted as legacy', async () => {
  const fixture = newTokenFixture();
  assert.equal((await fixture.review(await forge({ exp: undefined }))).authenticated, true);
  assert.deepEqual((await fixture.review(await forge({ aud: undefined }))).audiences, ['api']);
  assert.ok(fixture.counted.includes('legacy'));
});

test('A27, A28: an extended token counts as valid, and as stale once its warning date has passed', async () => {
  const fixture = newTokenFixture();
  const token = await fixture.token(EXTENDED);
  fixture.counted.length = 0;
  fixture.clock.advance(100_000);
  await fixture.review(token);
  assert.deepEqual(fixture.counted, ['lookup', 'valid']);
  fixture.clock.advance(3_508_000);
  const annotations = new Map<string, string>();
  const answer = await fixture.chain.authenticateRequest(
    bearer(token, { annotate: (key: string, value: string) => annotations.set(key, value) }),
  );
  assert.equal(answer.outcome, 'authenticated');
  assert.equal(fixture.counted.at(-1), 'stale');
  assert.deepEqual(
    [...annotations],
    [
      [
        'authentication.k8s.io/stale-token',
        'subject: system:serviceaccount:ns1:app, seconds after warning threshold: 1',
      ],
    ],
  );
});

function bearer(token: string, more: object = {}) {
  return {
    audiences: ['api'],
    peerCertificates: undefined,
    path: '/api',
    headerNames: () => ['authorization'],
    headerValues: (name: string) => (name === 'authorization' ? [`Bearer ${token}`] : []),
    warn: () => undefined,
    annotate: () => undefined,
    ...more,
  };
}

test('A29: a cached success outlives its service account by ten seconds, not more', async () => {
  const fixture = newTokenFixture({ cache: true });
  const token = await fixture.token();
  assert.equal((await fixture.review(token)).authenticated, true);
  fixture.objects.serviceAccounts.clear();
  fixture.clock.advance(5_000);
  assert.equal((await fixture.review(token)).authenticated, true);
  fixture.clock.advance(6_000);
  assert.equal((await fixture.review(token)).error, `[${IBT}, serviceaccounts "app" not found]`);
});

test('A30: a bad token is looked up each time', async () => {
  const fixture = newTokenFixture({ cache: true });
  const token = await fixture.token();
  fixture.objects.serviceAccounts.clear();
  fixture.counted.length = 0;
  await fixture.review(token);
  await fixture.review(token);
  assert.deepEqual(fixture.counted, ['lookup', 'lookup']);
});

test('A26: a bad token is never demoted to anonymous', async () => {
  const { chain } = newTokenFixture();
  assert.equal((await chain.authenticateRequest(bearer('garbage'))).outcome, 'failed');
});

test('a loopback token is reviewed as the server itself', async () => {
  const { user } = await newTokenFixture().review(LOOPBACK_TOKEN);
  assert.deepEqual([user.username, user.groups], ['system:apiserver', ['system:authenticated', 'system:masters']]);
});

test('135: the review repeats its spec, token included, and clears the status it was sent', async () => {
  const storage = newTokenReviewStorage({
    onReviewed: () => undefined,
    authenticator: newTokenFixture().chain,
    apiAudiences: ['api'],
  });
  const body = { spec: { token: 'x', audiences: ['api'] }, status: { authenticated: true } };
  const review = await storage.create?.({} as RequestContext, body as object, { dryRun: false, validate: admitAll });
  assert.deepEqual(review, {
    kind: 'TokenReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {},
    spec: body.spec,
    status: { user: {}, error: IBT },
  });
});

for (const token of ['a\ud800', 'a b', '\u00a0']) {
  test(`no authenticator is asked about ${JSON.stringify(token)}`, async () => {
    const authenticator = { authenticateRequest: () => Promise.reject(new Error('asked')) };
    const storage = newTokenReviewStorage({ onReviewed: () => undefined, authenticator, apiAudiences: ['api'] });
    const options = { dryRun: false, validate: admitAll };
    const review = await storage.create?.({} as RequestContext, { spec: { token } } as object, options);
    assert.deepEqual((review as { status?: object }).status, { user: {}, error: IBT });
  });
}

test('an answer without a common audience is an internal error', async () => {
  const user = { name: 'x', uid: '', groups: [], extra: {} };
  const authenticator: RequestAuthenticator = {
    authenticateRequest: async () => ({ outcome: 'authenticated', user, audiences: ['other'] }),
  };
  const storage = newTokenReviewStorage({ onReviewed: () => undefined, authenticator, apiAudiences: ['api'] });
  const review = storage.create?.({} as RequestContext, { spec: { token: 'x' } } as object, {
    dryRun: false,
    validate: admitAll,
  });
  await assert.rejects(review ?? Promise.resolve(), {
    code: 500,
    message: 'Internal error occurred: error validating audiences',
  });
});

test('A33, 144: a SelfSubjectReview shows the caller as the request context has it', async () => {
  const fixture = newTokenFixture();
  const answer = await fixture.chain.authenticateRequest(bearer(await fixture.token(POD)));
  assert.ok(answer.outcome === 'authenticated');
  const storage = newSelfSubjectReviewStorage({ clock: fixture.clock });
  const review = await storage.create?.(
    fixture.context(answer.user),
    { metadata: { name: 'mine' } },
    { dryRun: false, validate: admitAll },
  );
  assert.deepEqual(review?.metadata, { creationTimestamp: '2026-01-01T00:00:00Z' });
  const { userInfo } = (review as unknown as { status: { userInfo: { username: string; extra: object } } }).status;
  assert.equal(userInfo.username, 'system:serviceaccount:ns1:app');
  assert.deepEqual(Object.keys(userInfo.extra).slice(1), Object.keys(POD_EXTRAS));
});
