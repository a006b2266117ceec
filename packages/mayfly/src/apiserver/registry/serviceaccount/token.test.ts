/** Rows J and R of spec service-account-tokens §18, below the endpoints. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { decodeJwt, type JWTPayload } from 'jose';
import { generateSigningKey } from '../../../jose/keys.ts';
import { newTokenIssuer } from '../../serviceaccount/issuer.ts';
import { newFileKeyring } from '../../serviceaccount/keyring.ts';
import { bound, type FixtureOptions, K1, newTokenFixture, type TokenFixture } from './token-fixture.ts';

const YEAR = 365 * 24 * 3600;
const pod = (more: object = {}) => ({ kind: 'Pod', apiVersion: 'v1', name: 'p1', ...more });
const spec = (more: object) => ({ spec: more });

interface Private {
  namespace: string;
  serviceaccount: object;
  pod?: object;
  node?: object;
  secret?: object;
  warnafter?: number;
}

async function issued(body: object, options: FixtureOptions = {}, change?: (fixture: TokenFixture) => void) {
  const fixture = newTokenFixture(options);
  change?.(fixture);
  const response = await fixture.request(body);
  const claims = decodeJwt(response.status?.token ?? '') as JWTPayload & { 'kubernetes.io': Private };
  const lifetime = (claims.exp ?? 0) - (claims.iat ?? 0);
  return { fixture, response, claims, lifetime, bound: claims['kubernetes.io'] };
}

test('R1, J5, J6, J8: an empty body gets the defaults, a token of an hour and no binding', async () => {
  const { response, claims, lifetime, bound: own } = await issued({});
  const { status, ...rest } = response;
  assert.deepEqual(rest, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: 'app', namespace: 'ns1', uid: 'S1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { audiences: ['api'], expirationSeconds: 3600, boundObjectRef: null },
  });
  assert.equal(status?.expirationTimestamp, '2026-01-01T01:00:00Z');
  assert.deepEqual(claims.aud, ['api']);
  assert.equal(claims.iat, claims.nbf);
  assert.equal(lifetime, 3600);
  assert.deepEqual(Object.keys(own), ['namespace', 'serviceaccount']);
});

test('J7: every token has its own random id', async () => {
  const fixture = newTokenFixture();
  const ids = [decodeJwt(await fixture.token()).jti, decodeJwt(await fixture.token()).jti];
  assert.notEqual(ids[0], ids[1]);
  for (const id of ids) assert.match(id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('R2: audiences keep their order and repeats', async () => {
  assert.deepEqual((await issued(spec({ audiences: ['x', 'y', 'x'] }))).claims.aud, ['x', 'y', 'x']);
});

for (const { id, seconds } of [
  { id: 'R3', seconds: 600 },
  { id: 'R5', seconds: 4294967296 },
]) {
  test(`${id}: ${seconds} seconds are granted`, async () => {
    assert.equal((await issued(spec({ expirationSeconds: seconds }))).lifetime, seconds);
  });
}

test('R7: null means an hour', async () => {
  assert.equal((await issued(spec({ expirationSeconds: null }))).lifetime, 3600);
});

const PREFIX = 'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ';
const UID_CONFLICT =
  'the UID in the bound object reference (bad) does not match the UID in record. The object might have been deleted and then recreated';
const OTHER_ACCOUNT = 'cannot bind token for serviceaccount "app" to pod running with different serviceaccount name.';

for (const { id, body, change, code, message } of [
  {
    id: 'R4',
    body: spec({ expirationSeconds: 599 }),
    code: 422,
    message: `${PREFIX}599: may not specify a duration less than 10 minutes`,
  },
  {
    id: 'R4',
    body: spec({ expirationSeconds: 0 }),
    code: 422,
    message: `${PREFIX}0: may not specify a duration less than 10 minutes`,
  },
  {
    id: 'R4',
    body: spec({ expirationSeconds: -1 }),
    code: 422,
    message: `${PREFIX}-1: may not specify a duration less than 10 minutes`,
  },
  {
    id: 'R6',
    body: spec({ expirationSeconds: 4294967297 }),
    code: 422,
    message: `${PREFIX}4294967297: may not specify a duration larger than 2^32 seconds`,
  },
  {
    id: 'R8',
    body: {},
    change: (f: TokenFixture) => f.objects.serviceAccounts.clear(),
    code: 404,
    message: 'serviceaccounts "app" not found',
  },
  {
    id: 'R9',
    body: { metadata: { name: 'zzz' } },
    code: 422,
    message:
      'TokenRequest.authentication.k8s.io "app" is invalid: metadata.name: Invalid value: "zzz": must match the service account name if specified',
  },
  {
    id: 'R11',
    body: { metadata: { name: 'zzz' } },
    change: (f: TokenFixture) => f.objects.serviceAccounts.clear(),
    code: 422,
    message: /metadata\.name/,
  },
  {
    id: 'R13',
    body: { metadata: { uid: 'bad' } },
    code: 409,
    message:
      'Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "app": the UID in the token request (bad) does not match the UID of the service account (S1)',
  },
  {
    id: 'R14',
    body: { metadata: { uid: 'bad' }, ...spec({ expirationSeconds: 599 }) },
    code: 409,
    message: /the UID in the token request/,
  },
  {
    id: 'R19',
    body: spec({ boundObjectRef: pod({ uid: 'bad' }) }),
    code: 409,
    message: `Operation cannot be fulfilled on Pod "p1": ${UID_CONFLICT}`,
  },
  {
    id: 'R19 Secret',
    body: spec({ boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 's1', uid: 'bad' } }),
    code: 409,
    message: `Operation cannot be fulfilled on Secret "s1": ${UID_CONFLICT}`,
  },
  {
    id: 'R19 Node',
    body: spec({ boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'n1', uid: 'bad' } }),
    code: 409,
    message: `Operation cannot be fulfilled on Node "n1": ${UID_CONFLICT}`,
  },
  { id: 'R20', body: spec({ boundObjectRef: pod({ name: 'zz' }) }), code: 404, message: 'pods "zz" not found' },
  {
    id: 'R20 Secret',
    body: spec({ boundObjectRef: { kind: 'Secret', name: 'zz' } }),
    code: 404,
    message: 'secrets "zz" not found',
  },
  {
    id: 'R20 Node',
    body: spec({ boundObjectRef: { kind: 'Node', name: 'zz' } }),
    code: 404,
    message: 'nodes "zz" not found',
  },
  { id: 'R21', body: spec({ boundObjectRef: pod() }), change: otherAccount, code: 400, message: OTHER_ACCOUNT },
  {
    id: 'R22',
    body: spec({ boundObjectRef: pod({ uid: 'bad' }) }),
    change: otherAccount,
    code: 400,
    message: OTHER_ACCOUNT,
  },
  {
    id: 'R27',
    body: spec({ boundObjectRef: pod({ kind: 'ConfigMap' }) }),
    code: 400,
    message: 'cannot bind token to object of type /v1, Kind=ConfigMap',
  },
  {
    id: 'R28',
    body: spec({ boundObjectRef: pod({ kind: 'Deployment', apiVersion: 'apps/v1' }) }),
    code: 400,
    message: 'cannot bind token to object of type apps/v1, Kind=Deployment',
  },
  {
    id: 'R28 Pod of another group',
    body: spec({ boundObjectRef: pod({ apiVersion: 'apps/v1' }) }),
    code: 400,
    message: 'cannot bind token to object of type apps/v1, Kind=Pod',
  },
  {
    id: 'R29',
    body: spec({ boundObjectRef: pod({ kind: 'pod' }) }),
    code: 400,
    message: 'cannot bind token to object of type /v1, Kind=pod',
  },
  {
    id: 'R27 empty',
    body: spec({ boundObjectRef: {} }),
    code: 400,
    message: 'cannot bind token to object of type /, Kind=',
  },
  { id: 'R30', body: spec({ boundObjectRef: pod({ name: '' }) }), code: 400, message: 'Name parameter required.' },
] as const) {
  test(`${id}: ${code} ${String(message).slice(0, 60)}`, async () => {
    const fixture = newTokenFixture();
    (change as ((fixture: TokenFixture) => void) | undefined)?.(fixture);
    await assert.rejects(fixture.request(body), (error) => {
      assert.ok(error instanceof StatusError);
      assert.equal(error.code, code);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
    assert.equal(fixture.annotations.size, 0);
  });
}

function otherAccount(fixture: TokenFixture): void {
  fixture.objects.pods.set('ns1/p1', { ...bound('P1'), spec: { serviceAccountName: 'other', nodeName: 'n1' } });
}

test('R4: the details of an expiration fault name the field', async () => {
  await assert.rejects(newTokenFixture().request(spec({ expirationSeconds: 599 })), (error: StatusError) => {
    assert.deepEqual(error.details, {
      group: 'authentication.k8s.io',
      kind: 'TokenRequest',
      causes: [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 599: may not specify a duration less than 10 minutes',
          field: 'spec.expirationSeconds',
        },
      ],
    });
    return true;
  });
});

const P1 = { name: 'p1', uid: 'P1' };
const N1 = { name: 'n1', uid: 'N1' };
for (const { id, ref, change, want } of [
  { id: 'R17', ref: pod(), want: { node: N1, pod: P1 } },
  { id: 'R18', ref: pod({ uid: 'P1' }), want: { node: N1, pod: P1 } },
  { id: 'R31', ref: pod({ apiVersion: 'v2' }), want: { node: N1, pod: P1 } },
  { id: 'R31 no apiVersion', ref: { kind: 'Pod', name: 'p1' }, want: { node: N1, pod: P1 } },
  { id: 'R31 unparsable apiVersion', ref: pod({ apiVersion: 'a/b/c' }), want: { node: N1, pod: P1 } },
  {
    id: 'R23',
    ref: pod(),
    change: (f: TokenFixture) => f.objects.nodes.clear(),
    want: { node: { name: 'n1' }, pod: P1 },
  },
  {
    id: 'R24',
    ref: pod(),
    change: (f: TokenFixture) => f.objects.pods.set('ns1/p1', { ...bound('P1'), spec: { serviceAccountName: 'app' } }),
    want: { pod: P1 },
  },
  { id: 'R25', ref: { kind: 'Secret', apiVersion: 'v1', name: 's1' }, want: { secret: { name: 's1', uid: 'X1' } } },
  { id: 'R26', ref: { kind: 'Node', apiVersion: 'v1', name: 'n1' }, want: { node: N1 } },
] as const) {
  test(`${id}: the claims name ${Object.keys(want).join(' and ')}, the response repeats the reference`, async () => {
    const body = spec({ boundObjectRef: ref });
    const { bound: own, response } = await issued(body, {}, change as (fixture: TokenFixture) => void);
    const { namespace: _, serviceaccount: __, ...rest } = own;
    assert.deepEqual(rest, want);
    assert.deepEqual(response.spec.boundObjectRef, ref);
  });
}

const AT_3607 = { boundObjectRef: pod(), expirationSeconds: 3607 };
for (const { id, body, options, lifetime, warn, reported } of [
  { id: 'R32', body: AT_3607, options: {}, lifetime: YEAR, warn: 3607, reported: 3607 },
  {
    id: 'R33',
    body: { ...AT_3607, audiences: ['api', 'other'] },
    options: {},
    lifetime: 3607,
    warn: undefined,
    reported: 3607,
  },
  {
    id: 'R34',
    body: { ...AT_3607, expirationSeconds: 3606 },
    options: {},
    lifetime: 3606,
    warn: undefined,
    reported: 3606,
  },
  { id: 'R35', body: { expirationSeconds: 3607 }, options: {}, lifetime: 3607, warn: undefined, reported: 3607 },
  {
    id: 'R36',
    body: { ...AT_3607, boundObjectRef: { kind: 'Secret', name: 's1' } },
    options: {},
    lifetime: 3607,
    warn: undefined,
    reported: 3607,
  },
  { id: 'R37', body: AT_3607, options: { extend: false }, lifetime: 3607, warn: undefined, reported: 3607 },
  { id: 'R38', body: AT_3607, options: { maxSeconds: 7200 }, lifetime: YEAR, warn: 3607, reported: 3607 },
  { id: 'R39', body: AT_3607, options: { maxSeconds: 3600 }, lifetime: 3600, warn: undefined, reported: 3600 },
  {
    id: 'R15',
    body: { expirationSeconds: 7800 },
    options: { maxSeconds: 7200 },
    lifetime: 7200,
    warn: undefined,
    reported: 7200,
  },
]) {
  test(`${id}: lives ${lifetime} s, reports ${reported} s`, async () => {
    const { bound: own, claims, lifetime: got, response } = await issued(spec(body), options);
    assert.equal(got, lifetime);
    assert.equal(own.warnafter, warn && (claims.iat ?? 0) + warn);
    assert.equal(response.spec.expirationSeconds, reported);
    assert.equal(Date.parse(response.status?.expirationTimestamp ?? ''), ((claims.iat ?? 0) + reported) * 1000);
  });
}

test('R15: a cut lifetime is told in a warning', async () => {
  const { fixture } = await issued(spec({ expirationSeconds: 7800 }), { maxSeconds: 7200 });
  assert.deepEqual(fixture.warnings, ['requested expiration of 7800 seconds shortened to 7200 seconds']);
  assert.deepEqual((await issued(spec(AT_3607), { maxSeconds: 7200 })).fixture.warnings, []);
});

test('R12: the right uid is no obstacle', async () => {
  assert.equal((await issued({ metadata: { uid: 'S1', name: 'app' } })).lifetime, 3600);
});

test('R41: a dry run issues a token that works, and records it', async () => {
  const fixture = newTokenFixture();
  const { status } = await fixture.request({}, 'app', { dryRun: true });
  assert.equal((await fixture.review(status?.token ?? '')).authenticated, true);
  assert.equal((await fixture.store.range({ key: '/registry/', rangeEnd: '/registry0' })).count, 1);
});

test('R44, A35: the issued id is annotated and is the credential id of every use', async () => {
  const { fixture, claims, response } = await issued({});
  const id = fixture.annotations.get('authentication.kubernetes.io/issued-credential-id');
  assert.equal(id, `JTI=${claims.jti}`);
  const { user } = await fixture.review(response.status?.token ?? '');
  assert.deepEqual(user.extra?.['authentication.kubernetes.io/credential-id'], [id]);
});

test('R45: a signer that fails is an internal error without the token', async () => {
  const keyring = newFileKeyring({ signingKey: K1, verificationKeys: [K1] });
  const issuer = newTokenIssuer({ issuer: 'https://iss', keys: keyring });
  const broken = { ...issuer, signerFor: () => ({ key: K1, sign: () => Promise.reject(new Error('out of order')) }) };
  await assert.rejects(newTokenFixture({ issuer: broken }).request(), {
    code: 500,
    message: 'Internal error occurred: failed to generate token: out of order',
  });
});

test('a token whose row cannot be written is not handed out', async () => {
  const ledger = { record: () => Promise.reject(new StatusError('ServerTimeout', 'the store is full')) };
  const fixture = newTokenFixture({ ledger });
  await assert.rejects(fixture.request(), { code: 500, message: 'the store is full' });
  assert.equal(fixture.annotations.size, 0);
});

test('validating admission sees the completed request, and its refusal stops the issue', async () => {
  const fixture = newTokenFixture();
  const seen: unknown[] = [];
  const refuse = async (object: object) => {
    seen.push(structuredClone(object));
    throw new StatusError('Forbidden', 'no');
  };
  await assert.rejects(fixture.request({ spec: { audiences: [] } }, 'app', { validate: refuse }), { code: 403 });
  assert.deepEqual((seen[0] as { spec: object }).spec, {
    audiences: ['api'],
    boundObjectRef: null,
    expirationSeconds: 3600,
  });
  assert.equal((await fixture.store.range({ key: '/registry/', rangeEnd: '/registry0' })).count, 0);
});

test('what the caller says of status, creation and managed fields is dropped, and the body is not changed', async () => {
  const body = {
    metadata: { creationTimestamp: '2020-01-01T00:00:00Z', managedFields: [{}], labels: { a: 'b' } },
    spec: { audiences: ['x'] },
    status: { token: 'mine', expirationTimestamp: null },
  };
  const before = structuredClone(body);
  const { response } = await issued(body);
  assert.deepEqual(body, before);
  assert.deepEqual(response.metadata, {
    name: 'app',
    namespace: 'ns1',
    uid: 'S1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { a: 'b' },
  });
  assert.notEqual(response.status?.token, 'mine');
});

test('J2: an EC key signs too, and its tokens are accepted', async () => {
  const key = await generateSigningKey('P-384');
  const fixture = newTokenFixture({ keyring: newFileKeyring({ signingKey: key, verificationKeys: [K1, key] }) });
  assert.equal((await fixture.review(await fixture.token())).authenticated, true);
});
