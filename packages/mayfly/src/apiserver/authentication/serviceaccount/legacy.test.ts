/** Rows L7 and L10 to L23 of spec service-account-tokens §18, and the policy of server and namespace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '@mayfly/api/core/v1/secret';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { generateSigningKey } from '../../../jose/keys.ts';
import { newKeySigner, signCompact } from '../../../jose/sign.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { newFileKeyring } from '../../serviceaccount/keyring.ts';
import { LEGACY_ISSUER, legacyTokenPayload } from '../../serviceaccount/legacy/claims.ts';
import { LEGACY_TOKENS_LABEL, type LegacyTokenMode } from '../../serviceaccount/legacy/policy.ts';
import { newLegacyTokenSigner } from '../../serviceaccount/legacy/signer.ts';
import { LoopbackAuthenticator } from '../loopback/loopback.ts';
import { newAuthenticatorChain } from '../order.ts';
import { newRequest } from '../request-fixture.ts';
import { failureText } from '../union.ts';
import { LegacyTokenValidator } from './legacy.ts';
import { ServiceAccountAuthenticator } from './serviceaccount.ts';

const K1 = await generateSigningKey('P-256'); // quick to make; the algorithm is no matter here
const CLAIMS = { namespace: 'ns1', secretName: 'sec', serviceAccountName: 'app', serviceAccountUID: 'S1' };
const DELETED = '2026-01-01T00:00:00Z';

interface Cluster {
  secret: Secret | undefined;
  account: ServiceAccount | undefined;
  namespaceLabel: string | undefined;
}

interface FixtureOptions {
  readonly mode?: LegacyTokenMode;
  readonly lookup?: boolean;
}

async function newFixture({ mode = 'allow', lookup = true }: FixtureOptions = {}) {
  const clock = new FakeClock();
  const keys = newFileKeyring({ signingKey: K1, verificationKeys: [K1] });
  const token = await newLegacyTokenSigner(keys).signLegacyToken(CLAIMS);
  const cluster: Cluster = {
    secret: { metadata: { namespace: 'ns1', name: 'sec', uid: 'X1' }, data: { token: base64(token) } },
    account: { metadata: { namespace: 'ns1', name: 'app', uid: 'S1' } },
    namespaceLabel: undefined,
  };
  const counted: string[] = [];
  const noted: string[] = [];
  const count = (what: string) => () => void counted.push(what);
  const asked =
    <T>(what: string, answer: () => T) =>
    async (): Promise<T> => {
      looked.push(what);
      return answer();
    };
  const looked: string[] = [];
  const validator = new LegacyTokenValidator({
    getter: {
      secret: asked('secret', () => cluster.secret),
      serviceAccount: asked('account', () => cluster.account),
      namespace: asked('namespace', () => ({
        metadata: {
          labels: cluster.namespaceLabel === undefined ? {} : { [LEGACY_TOKENS_LABEL]: cluster.namespaceLabel },
        },
      })),
    },
    lookup,
    mode,
    clock,
    observer: {
      manualToken: count('manual'),
      autoToken: count('auto'),
      invalidToken: count('invalid'),
      deniedToken: count('denied'),
    },
    noteUse: (secret) => void noted.push(secret.metadata?.uid ?? ''),
  });
  const none = undefined;
  const chain = newAuthenticatorChain({
    apiAudiences: ['api'],
    loopback: new LoopbackAuthenticator({ token: 'loopback', random: new SeededRandom(1) }),
    serviceAccount: new ServiceAccountAuthenticator({
      families: [{ issuers: [LEGACY_ISSUER], validator }],
      apiAudiences: ['api'],
      keys,
      observer: { legacyToken: count('legacy') },
    }),
    anonymous: { enabled: true, conditions: [] },
    cached: (inner) => inner,
    ...{ requestHeader: none, passwordFile: none, keystone: none, x509: none, tokenFile: none },
    ...{ bootstrapToken: none, jwt: none, webhook: none },
  });
  const use = async (presented = token, audiences?: readonly string[]) => {
    const request = newRequest({ authorization: [`Bearer ${presented}`] }, audiences && { audiences });
    const answer = await chain.authenticateRequest(request);
    const error = answer.outcome === 'failed' ? failureText(answer.failure) : '';
    const annotations = Object.fromEntries(
      request.annotations.map(([key, value]) => [key.replace('authentication.k8s.io/', ''), value]),
    );
    return { answer, error, warnings: request.warnings, annotations };
  };
  return { clock, token, cluster, counted, noted, looked, use };
}

type Fixture = Awaited<ReturnType<typeof newFixture>>;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const sign = (payload: object) => signCompact(newKeySigner(K1), JSON.stringify(payload));
const IBT = (text: string) => `[invalid bearer token, ${text}]`;
const payload = (change: object): Promise<string> => sign({ ...JSON.parse(legacyTokenPayload(CLAIMS)), ...change });

const change = (cluster: Cluster, meta: object): void => {
  cluster.secret = { ...cluster.secret, metadata: { ...cluster.secret?.metadata, ...meta } };
};
const INVALID = { labels: { 'kubernetes.io/legacy-token-invalid-since': '2025-12-31' } };

test('the claims are flat strings without audience, times and id', () => {
  assert.deepEqual(JSON.parse(legacyTokenPayload(CLAIMS)), {
    iss: 'kubernetes/serviceaccount',
    sub: 'system:serviceaccount:ns1:app',
    'kubernetes.io/serviceaccount/namespace': 'ns1',
    'kubernetes.io/serviceaccount/secret.name': 'sec',
    'kubernetes.io/serviceaccount/service-account.name': 'app',
    'kubernetes.io/serviceaccount/service-account.uid': 'S1',
  });
});

test('L11: a manual token is its account without extras, annotated, not warned, and its use is noted', async () => {
  const { use, counted, noted } = await newFixture();
  const { answer, warnings, annotations } = await use();
  assert.deepEqual(answer, {
    outcome: 'authenticated',
    user: {
      name: 'system:serviceaccount:ns1:app',
      uid: 'S1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns1', 'system:authenticated'],
      extra: {},
    },
    audiences: ['api'],
  });
  assert.deepEqual(annotations, {
    'legacy-token': 'system:serviceaccount:ns1:app',
    'legacy-token-manual-secret': 'sec',
  });
  assert.deepEqual([warnings, counted, noted], [[], ['legacy', 'manual'], ['X1']]);
});

test('L12: a token its account lists counts as auto-generated, and warns', async () => {
  const { use, cluster, counted } = await newFixture();
  cluster.account = { ...cluster.account, secrets: [{ name: 'other' }, { name: 'sec' }] };
  const { warnings, annotations } = await use();
  assert.deepEqual(warnings, [
    'Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.',
  ]);
  assert.equal(annotations['legacy-token-autogenerated-secret'], 'sec');
  assert.deepEqual(counted, ['legacy', 'auto']);
});

const LONG_TEXT =
  "the token in secret ns1/sec for service account ns1/app has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the 'kubernetes.io/legacy-token-invalid-since' label from the secret to temporarily allow use of this token";

test('L15, L16: a marked token is refused, its use still noted; without the mark it is accepted', async () => {
  const { use, cluster, counted, noted } = await newFixture();
  change(cluster, INVALID);
  const { error, annotations } = await use();
  assert.equal(error, IBT(LONG_TEXT));
  assert.equal(annotations['legacy-token-invalidated'], 'sec/ns1');
  assert.deepEqual([counted, noted], [['legacy', 'invalid'], ['X1']]);
  change(cluster, { labels: { 'kubernetes.io/legacy-token-invalid-since': '' } });
  assert.equal((await use()).error, '');
  change(cluster, { labels: {} });
  assert.equal((await use()).error, '');
});

for (const { id, having, want } of [
  { id: 'L10', having: () => ({ secret: undefined }), want: 'Token has been invalidated' },
  {
    id: 'a Secret being deleted',
    having: ({ cluster: { secret } }: Fixture) => ({
      secret: { ...secret, metadata: { ...secret?.metadata, deletionTimestamp: DELETED } },
    }),
    want: 'Token has been invalidated',
  },
  {
    id: 'L7',
    having: () => ({ secret: { data: { token: base64('another') } } }),
    want: "Token does not match server's copy",
  },
  {
    id: 'another token of equal length',
    having: ({ token }: Fixture) => ({ secret: { data: { token: base64(`${token.slice(0, -1)}?`) } } }),
    want: "Token does not match server's copy",
  },
  { id: 'an empty Secret', having: () => ({ secret: {} }), want: "Token does not match server's copy" },
  { id: 'no account', having: () => ({ account: undefined }), want: 'serviceaccounts "app" not found' },
  {
    id: 'an account being deleted, before its uid',
    having: () => ({ account: { metadata: { uid: 'S2', deletionTimestamp: DELETED } } }),
    want: 'ServiceAccount ns1/app has been deleted',
  },
  {
    id: 'L23',
    having: () => ({ account: { metadata: { uid: 'S2' } } }),
    want: 'ServiceAccount UID (S2) does not match claim (S1)',
  },
]) {
  test(`refuses, ${id}: ${want}`, async () => {
    const fixture = await newFixture();
    Object.assign(fixture.cluster, having(fixture));
    assert.equal((await fixture.use()).error, IBT(want));
    assert.deepEqual(fixture.noted, []); // only a token the cluster holds was used
  });
}

for (const { id, claims, want } of [
  { id: 'no sub', claims: { sub: undefined }, want: 'sub claim is missing' },
  {
    id: 'no namespace, before all that follows',
    claims: { 'kubernetes.io/serviceaccount/namespace': '', 'kubernetes.io/serviceaccount/secret.name': '' },
    want: 'namespace claim is missing',
  },
  { id: 'no Secret', claims: { 'kubernetes.io/serviceaccount/secret.name': '' }, want: 'secretName claim is missing' },
  {
    id: 'no account',
    claims: { 'kubernetes.io/serviceaccount/service-account.name': undefined },
    want: 'serviceAccountName claim is missing',
  },
  {
    id: 'no uid',
    claims: { 'kubernetes.io/serviceaccount/service-account.uid': '' },
    want: 'serviceAccountUID claim is missing',
  },
  { id: 'L19', claims: { sub: 'system:serviceaccount:ns1:other' }, want: 'sub claim is invalid' },
  { id: 'sub of somebody else', claims: { sub: 'system:admin' }, want: 'sub claim is invalid' },
  {
    id: 'a name that is none',
    claims: { sub: 'system:serviceaccount:ns1:A:b', 'kubernetes.io/serviceaccount/service-account.name': 'A:b' },
    want: 'sub claim is invalid',
  },
  {
    id: 'a claim that is no string',
    claims: { 'kubernetes.io/serviceaccount/namespace': ['ns1'] },
    want: 'service account token claims could not be validated: malformed',
  },
]) {
  test(`refuses what we signed with wrong claims, ${id}: ${want}`, async () => {
    const { use, looked } = await newFixture();
    assert.equal((await use(await payload(claims))).error, IBT(want));
    assert.deepEqual(looked, []);
  });
}

test('a forged signature is refused before anything is looked up', async () => {
  const { use, token, looked } = await newFixture();
  const [header, , signature] = token.split('.');
  const claims = Buffer.from(legacyTokenPayload({ ...CLAIMS, serviceAccountName: 'admin' })).toString('base64url');
  const { error } = await use(`${header}.${claims}.${signature}`);
  assert.equal(error, IBT('go-jose/go-jose: error in cryptographic primitive'));
  assert.deepEqual(looked, []);
});

test('L17: a legacy token means the API audiences and no other', async () => {
  const { use } = await newFixture();
  const { error } = await use(undefined, ['other']);
  assert.equal(error, IBT('token audiences ["api"] is invalid for the target audiences ["other"]'));
});

test('L18: without look-up a token outlives its Secret, and leaves no trace but that it is legacy', async () => {
  const { use, cluster, counted, noted, looked } = await newFixture({ lookup: false });
  cluster.secret = undefined;
  cluster.account = undefined;
  const { answer, warnings, annotations } = await use();
  assert.equal(answer.outcome, 'authenticated');
  assert.deepEqual(annotations, { 'legacy-token': 'system:serviceaccount:ns1:app' });
  assert.deepEqual([warnings, counted, noted, looked], [[], ['legacy'], [], ['namespace']]);
});

test('a store that cannot answer has not said yes', async () => {
  const { use, cluster } = await newFixture();
  Object.defineProperty(cluster, 'namespaceLabel', {
    get: () => {
      throw new Error('no answer');
    },
  });
  await assert.rejects(use(), /no answer/);
});

const REFUSED =
  'legacy service account tokens are refused by --service-account-legacy-tokens=deny. Use tokens from the TokenRequest API';
const ADVICE = 'This service account token never expires. Use tokens from the TokenRequest API instead.';

for (const lookup of [true, false]) {
  test(`warn adds a warning to every use, deny refuses (lookup ${lookup})`, async () => {
    const warned = await newFixture({ mode: 'warn', lookup });
    for (const _ of [1, 2]) assert.deepEqual((await warned.use()).warnings, [ADVICE]);
    const denied = await newFixture({ mode: 'deny', lookup });
    assert.equal((await denied.use()).error, IBT(REFUSED));
    assert.deepEqual(denied.counted, ['legacy', 'denied']);
    assert.deepEqual(denied.noted, lookup ? ['X1'] : []);
  });
}

test('a namespace under deny is excepted until its date, looked at on every use', async () => {
  const { use, cluster, clock } = await newFixture({ mode: 'deny' });
  cluster.namespaceLabel = 'allow-until-2026-01-01';
  assert.equal((await use()).error, '');
  clock.advance(86_400_000);
  assert.equal((await use()).error, IBT(REFUSED));
  cluster.namespaceLabel = 'warn-until-2026-01-02';
  assert.deepEqual((await use()).warnings, [`${ADVICE} This namespace's exception ends after 2026-01-02.`]);
  cluster.namespaceLabel = 'allow-until-2026-13-01';
  assert.match((await use()).error, /cannot be read/);
});

test('a namespace may refuse where the server allows', async () => {
  const { use, cluster } = await newFixture();
  cluster.namespaceLabel = 'deny';
  assert.match((await use()).error, /refused by the label identity\.mayfly\.dev\/legacy-tokens of namespace ns1/);
});
