import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsOf } from '@mayfly/sdk/verify/claims';
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import { type BoundTokenClaims, boundTokenPayload, readPrivateClaims } from './claims.ts';

const BASE: BoundTokenClaims = {
  issuer: 'https://kubernetes.default.svc',
  namespace: 'ns1',
  serviceAccount: { name: 'app', uid: 'S-UID' },
  binding: { kind: 'none' },
  audiences: ['https://kubernetes.default.svc'],
  issuedAt: 1767225600,
  expiresAt: 1767229200,
  warnAfter: undefined,
  jti: '6f0c1e0a-6f0f-4b0e-9a55-3d1a2c0f7b11',
};

test('a pod-bound payload is byte for byte the one of the contract', () => {
  const payload = boundTokenPayload({
    ...BASE,
    binding: { kind: 'Pod', pod: { name: 'p1', uid: 'P-UID' }, node: { name: 'n1', uid: 'N-UID' } },
  });
  assert.equal(
    payload,
    '{"aud":["https://kubernetes.default.svc"],"exp":1767229200,"iat":1767225600,"iss":"https://kubernetes.default.svc",' +
      '"jti":"6f0c1e0a-6f0f-4b0e-9a55-3d1a2c0f7b11","kubernetes.io":{"namespace":"ns1","node":{"name":"n1","uid":"N-UID"},' +
      '"pod":{"name":"p1","uid":"P-UID"},"serviceaccount":{"name":"app","uid":"S-UID"}},"nbf":1767225600,' +
      '"sub":"system:serviceaccount:ns1:app"}',
  );
});

const SERVICE_ACCOUNT = { name: 'app', uid: 'S-UID' };
for (const { name, claims, want } of [
  { name: 'no binding (J5)', claims: {}, want: { namespace: 'ns1', serviceaccount: SERVICE_ACCOUNT } },
  {
    name: 'a secret',
    claims: { binding: { kind: 'Secret', secret: { name: 's1', uid: 'X1' } } },
    want: { namespace: 'ns1', secret: { name: 's1', uid: 'X1' }, serviceaccount: SERVICE_ACCOUNT },
  },
  {
    name: 'a node',
    claims: { binding: { kind: 'Node', node: { name: 'n1', uid: 'N1' } } },
    want: { namespace: 'ns1', node: { name: 'n1', uid: 'N1' }, serviceaccount: SERVICE_ACCOUNT },
  },
  {
    name: 'an unscheduled pod',
    claims: { binding: { kind: 'Pod', pod: { name: 'p1', uid: 'P1' }, node: undefined } },
    want: { namespace: 'ns1', pod: { name: 'p1', uid: 'P1' }, serviceaccount: SERVICE_ACCOUNT },
  },
  {
    name: 'a pod on a node nobody knows, and a warning date',
    claims: { binding: { kind: 'Pod', pod: { name: 'p1', uid: 'P1' }, node: { name: 'n9', uid: '' } }, warnAfter: 5 },
    want: {
      namespace: 'ns1',
      node: { name: 'n9' },
      pod: { name: 'p1', uid: 'P1' },
      serviceaccount: SERVICE_ACCOUNT,
      warnafter: 5,
    },
  },
] as const) {
  test(`the kubernetes.io claim of ${name}, keys sorted`, () => {
    const payload = boundTokenPayload({ ...BASE, ...claims });
    const parsed = (JSON.parse(payload) as Record<string, unknown>)['kubernetes.io'];
    assert.equal(JSON.stringify(parsed), JSON.stringify(want));
  });
}

function read(all: unknown) {
  const payload = Buffer.from(JSON.stringify({ 'kubernetes.io': all })).toString('base64url');
  const parsed = parseCompactJWS(`e30.${payload}.`);
  assert.ok(parsed.ok);
  const verdict = claimsOf(parsed.jws, true);
  assert.ok(verdict.ok);
  return readPrivateClaims(verdict.claims);
}

for (const { name, all } of [
  { name: 'no claim', all: undefined },
  { name: 'a string', all: 'x' },
  { name: 'no namespace', all: { serviceaccount: SERVICE_ACCOUNT } },
  { name: 'no service account', all: { namespace: 'ns1' } },
  { name: 'a service account that is a string', all: { namespace: 'ns1', serviceaccount: 'app' } },
  { name: 'a uid that is a number', all: { namespace: 'ns1', serviceaccount: { name: 'app', uid: 1 } } },
  { name: 'a pod that is a list', all: { namespace: 'ns1', serviceaccount: SERVICE_ACCOUNT, pod: [] } },
  {
    name: 'a warning date that is a string',
    all: { namespace: 'ns1', serviceaccount: SERVICE_ACCOUNT, warnafter: '5' },
  },
]) {
  test(`readPrivateClaims refuses ${name}`, () => {
    assert.equal(read(all), undefined);
  });
}

test('readPrivateClaims reads what boundTokenPayload writes', () => {
  assert.deepEqual(read({ namespace: 'ns1', serviceaccount: SERVICE_ACCOUNT, node: { name: 'n9' }, warnafter: 5 }), {
    namespace: 'ns1',
    serviceAccount: SERVICE_ACCOUNT,
    pod: undefined,
    secret: undefined,
    node: { name: 'n9', uid: '' },
    warnAfter: 5,
  });
});
