/** A whole server whose tokens are signed by a process of somebody else's, over a real socket. Spec §13, rows E1 to E8. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { TokenRequest } from '@mayfly/api/authentication/v1/token-request';
import type { TokenReview } from '@mayfly/api/authentication/v1/token-review';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { FakeClock } from '../../clock/fake-clock.ts';
import { type Fetcher, newFetcher } from '../../httpclient/fetch.ts';
import { generateSigningKey } from '../../jose/keys.ts';
import { newKeySigner } from '../../jose/sign.ts';
import { type Mayfly, startMayfly } from '../../testing/start.ts';
import {
  EXTERNAL_KEY,
  type FakeSigner,
  keyOf,
  newBehaviour,
  startFakeSigner,
  UNAVAILABLE,
} from '../serviceaccount/externaljwt/fixture.ts';

const REVIEWS = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };
const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const TARGET = { namespace: 'default', name: 'app', subresource: 'token' };
const ISSUER = 'https://issuer.example';

describe('an external signer', () => {
  let signer: FakeSigner;
  let mayfly: Mayfly;
  let fetcher: Fetcher;

  before(async () => {
    signer = await startFakeSigner();
    mayfly = await startMayfly({
      serviceAccountSigningEndpoint: signer.endpoint,
      serviceAccountIssuer: [ISSUER],
      apiAudiences: ['api'],
    });
    await mayfly.admin.create(ACCOUNTS, { metadata: { name: 'app', namespace: 'default' } });
    await mayfly.admin.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'look-at-documents-and-metrics' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:unauthenticated' }],
    });
    fetcher = newFetcher({
      clock: mayfly.clock,
      ca: mayfly.caCertificate,
      timeoutMs: 60_000,
      maxResponseBytes: 2 ** 20,
    });
    const pod = {
      metadata: { name: 'p1', namespace: 'default' },
      spec: { serviceAccountName: 'app', containers: [C] },
    };
    await mayfly.admin.create({ group: '', version: 'v1', resource: 'pods' }, pod);
  });
  beforeEach(async () => {
    Object.assign(signer.behaviour, newBehaviour(), { faults: signer.behaviour.faults });
    signer.behaviour.faults.clear();
    mayfly.clock.advance(300_000); // so that a set left by another test is fetched again
    await fetchedNow();
    signer.calls.length = 0;
  });
  after(async () => {
    fetcher?.close();
    await mayfly?.close();
    await signer?.close();
  });

  test('signs tokens that are accepted here, and elsewhere with nothing but the key set', async () => {
    const token = await mayfly.issueToken('default', 'app');
    assert.equal((await review(token)).status?.user?.username, 'system:serviceaccount:default:app');
    const keys = createLocalJWKSet((await jwks()) as unknown as JSONWebKeySet);
    const currentDate = new Date(mayfly.clock.nowMs());
    const { protectedHeader } = await jwtVerify(token, keys, { issuer: ISSUER, audience: 'api', currentDate });
    assert.deepEqual(protectedHeader, { alg: 'ES256', kid: 'external-1', typ: 'JWT' });
    const ledger = (await mayfly.admin.request('GET', '/apis/identity.mayfly.dev/v1alpha1/issuedtokens')) as {
      items: { spec: { keyID: string } }[];
    };
    assert.equal(ledger.items.at(-1)?.spec.keyID, 'external-1');
  });

  for (const { row, header, want } of [
    { row: 'E1', header: { alg: 'ES256', kid: 'external-1' }, want: 'bad type' },
    { row: 'E2', header: { alg: 'PS256', kid: 'external-1', typ: 'JWT' }, want: 'bad signing algorithm "PS256"' },
  ]) {
    test(`${row}: ${want}`, async () => {
      signer.behaviour.header = header;
      await assert.rejects(mayfly.issueToken('default', 'app'), {
        code: 500,
        message: `Internal error occurred: failed to generate token: while validating header: ${want}`,
      });
    });
  }

  test('E4: its maximum shortens what is asked for, and the extension', async () => {
    const response = await fetcher.fetch(`${mayfly.url}/api/v1/namespaces/default/serviceaccounts/app/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ spec: { expirationSeconds: 9000 } }),
    });
    assert.equal(
      response.headers.get('warning'),
      '299 - "requested expiration of 9000 seconds shortened to 7200 seconds"',
    );
    const long = JSON.parse(await response.text()) as TokenRequest;
    assert.equal(long.spec.expirationSeconds, 7200);
    assert.equal(lifetime(long), 7200);
    const extended = await request({
      expirationSeconds: 3607,
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p1' },
    });
    assert.equal(extended.spec.expirationSeconds, 3607);
    assert.equal(lifetime(extended), 7200);
  });

  test('E5: a key that is new is found with one call, a made-up one is not', async () => {
    const next = await generateSigningKey('P-256');
    const token = await forge(next, 'external-2');
    signer.behaviour.keys = [keyOf(EXTERNAL_KEY, 'external-1'), keyOf(next, 'external-2')];
    assert.equal((await review(token)).status?.authenticated, true);
    assert.deepEqual(signer.calls, ['FetchKeys']);
    mayfly.clock.advance(1000);
    assert.match((await review(await forge(next, 'nobody'))).status?.error ?? '', /invalid signature, no keys found/);
    assert.deepEqual(signer.calls, ['FetchKeys']);
  });

  test('E6: the old keys stay while it cannot be asked, and it is asked again after ten seconds', async () => {
    const token = await mayfly.issueToken('default', 'app', { expirationSeconds: 7200 });
    signer.behaviour.faults.set('FetchKeys', UNAVAILABLE);
    mayfly.clock.advance(300_000);
    await metricIs('apiserver_externaljwt_fetch_keys_request_total{code="Unavailable"}', 1);
    assert.equal((await review(token)).status?.authenticated, true);
    mayfly.clock.advance(10_000);
    await metricIs('apiserver_externaljwt_fetch_keys_request_total{code="Unavailable"}', 2);
    signer.behaviour.faults.clear();
    mayfly.clock.advance(10_000);
    await fetchedNow();
  });

  test('E7: an excluded key verifies, is not published, and does not sign', async () => {
    const old = await generateSigningKey('P-256');
    signer.behaviour.keys = [keyOf(old, 'old', true), keyOf(EXTERNAL_KEY, 'external-1')];
    assert.equal((await review(await forge(old, 'old'))).status?.authenticated, true);
    assert.deepEqual(
      (await jwks()).keys.map(({ kid }) => kid),
      ['external-1'],
    );
    Object.assign(signer.behaviour, { header: { alg: 'ES256', kid: 'old', typ: 'JWT' }, signingKey: old });
    await assert.rejects(mayfly.issueToken('default', 'app'), {
      message:
        'Internal error occurred: failed to generate token: while validating header: ' +
        'key used for signing JWT (kid: old) is excluded from OIDC discovery docs',
    });
  });

  test('E8: an answer with a refresh hint of 0 is refused', async () => {
    const next = await generateSigningKey('P-256');
    Object.assign(signer.behaviour, { keys: [keyOf(next, 'external-2')], refreshHintSeconds: 0 });
    mayfly.clock.advance(1000);
    assert.match((await review(await forge(next, 'external-2'))).status?.error ?? '', /no keys found/);
    assert.deepEqual(
      (await jwks()).keys.map(({ kid }) => kid),
      ['external-1'],
    );
  });

  test('relying parties may keep the documents until the next refresh', async () => {
    mayfly.clock.advance(100_000);
    const response = await fetcher.fetch(`${mayfly.url}/openid/v1/jwks`, { method: 'GET', headers: {} });
    assert.equal(response.headers.get('cache-control'), 'public, max-age=200');
    mayfly.clock.advance(200_000);
    await fetchedNow();
  });

  test('while it hangs, reviews are answered, and asking for a token ends with a clear error', async () => {
    const token = await mayfly.issueToken('default', 'app');
    signer.behaviour.faults.set('Sign', 'hang');
    const asked = mayfly.issueToken('default', 'app').catch((error: Error) => error.message);
    while (!signer.calls.includes('Sign') || signer.calls.at(-1) !== 'Sign') await new Promise(setImmediate);
    assert.equal((await review(token)).status?.authenticated, true);
    mayfly.clock.advance(10_000);
    assert.equal(
      await asked,
      'Internal error occurred: failed to generate token: while signing jwt: rpc error: code = DeadlineExceeded desc = no answer within 10s',
    );
    await metricIs('apiserver_externaljwt_sign_request_total{code="DeadlineExceeded"}', 1);
  });

  test('Secrets for legacy tokens stay empty: it does not sign those', async () => {
    const secrets = { group: '', version: 'v1', resource: 'secrets' };
    await mayfly.admin.create(secrets, {
      metadata: { name: 's', namespace: 'default', annotations: { 'kubernetes.io/service-account.name': 'app' } },
      type: 'kubernetes.io/service-account-token',
    } as object);
    const secret = (await mayfly.admin.get(secrets, { namespace: 'default', name: 's' })) as { data?: object };
    assert.equal(secret.data, undefined);
  });

  async function review(token: string): Promise<TokenReview> {
    return mayfly.admin.create<TokenReview>(REVIEWS, { spec: { token } } as TokenReview);
  }

  async function request(spec: object): Promise<TokenRequest> {
    return mayfly.admin.create<TokenRequest>(ACCOUNTS, { spec } as TokenRequest, TARGET);
  }

  /** The claims of a good token, under another key and name. */
  async function forge(key: typeof EXTERNAL_KEY, kid: string): Promise<string> {
    const payload = (await mayfly.issueToken('default', 'app')).split('.')[1];
    signer.calls.length = 0;
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid, typ: 'JWT' })).toString('base64url');
    const signature = await newKeySigner(key).sign(Buffer.from(`${header}.${payload}`));
    return `${header}.${payload}.${signature.toString('base64url')}`;
  }

  async function jwks(): Promise<{ keys: { kid: string }[] }> {
    return (await mayfly.admin.request('GET', '/openid/v1/jwks')) as { keys: { kid: string }[] };
  }

  /** The cache has fetched the keys since the clock was moved, and counts to the next time from here. */
  function fetchedNow(): Promise<void> {
    return metricIs('apiserver_externaljwt_fetch_keys_success_timestamp', mayfly.clock.nowMs() / 1000);
  }

  async function metricIs(series: string, value: number): Promise<void> {
    for (;;) {
      const response = await fetcher.fetch(`${mayfly.url}/metrics`, { method: 'GET', headers: {} });
      if ((await response.text()).split('\n').includes(`${series} ${value}`)) return;
    }
  }
});

for (const { name, behave, settings = {}, want } of [
  {
    name: 'E3: a signer that signs for less than ten minutes',
    behave: { maxTokenExpirationSeconds: 599 },
    want: {
      name: 'FaultError',
      message: 'max token life supported by external-jwt-signer (599s) is less than acceptable (min 600s)',
    },
  },
  {
    name: 'a setting that promises longer tokens than it signs',
    behave: { maxTokenExpirationSeconds: 3599 },
    settings: { serviceAccountMaxTokenExpirationMs: 3_600_000 },
    want: {
      name: 'ConfigError',
      message:
        'service-account-max-token-expiration cannot be set longer than the token expiration supported by ' +
        'service-account-signing-endpoint: 1h0m0s > 59m59s',
    },
  },
  {
    name: 'a signer without keys',
    behave: { keys: [] },
    want: { name: 'FaultError', message: /^while setting up external-jwt-signer: .*found no keys; does a signer/ },
  },
] as const) {
  test(`a server does not start with ${name}`, async () => {
    const signer = await startFakeSigner({ ...newBehaviour(), ...behave });
    try {
      await assert.rejects(startMayfly({ serviceAccountSigningEndpoint: signer.endpoint, ...settings }), want);
    } finally {
      await signer.close();
    }
  });
}

test('a server does not start when nobody answers for a minute', async () => {
  const clock = new FakeClock();
  const starting = startMayfly({ serviceAccountSigningEndpoint: '/nonexistent/signer.sock', clock });
  const outcome = starting.then(
    () => 'started',
    (error: Error) => error.message,
  );
  for (let isOver = false; !isOver; clock.advance(60_000)) {
    isOver = await Promise.race([outcome.then(() => true), new Promise<false>((r) => setImmediate(r, false))]);
  }
  assert.match(
    await outcome,
    /^while setting up external-jwt-signer: .*code = DeadlineExceeded desc = no answer within 60s; does a signer listen on \/nonexistent\/signer.sock\?$/,
  );
});

test("a shorter maximum of ours counts, and the extension is the signer's", async () => {
  const signer = await startFakeSigner({ ...newBehaviour(), maxTokenExpirationSeconds: 86_400 });
  const mayfly = await startMayfly({
    serviceAccountSigningEndpoint: signer.endpoint,
    serviceAccountMaxTokenExpirationMs: 3_700_000,
  });
  try {
    const claimsOf = async (spec: object) =>
      JSON.parse(
        Buffer.from((await mayfly.issueToken('default', 'app', spec)).split('.')[1] ?? '', 'base64url').toString(),
      );
    const long = await claimsOf({ expirationSeconds: 9000 });
    assert.equal(long.exp - long.iat, 3700);
    await mayfly.admin.create({ group: '', version: 'v1', resource: 'pods' }, {
      metadata: { name: 'p1', namespace: 'default' },
      spec: { serviceAccountName: 'app', containers: [C] },
    } as object);
    const pod = { kind: 'Pod', apiVersion: 'v1', name: 'p1' };
    const extended = await claimsOf({ expirationSeconds: 3607, boundObjectRef: pod });
    assert.equal(extended.exp - extended.iat, 86_400);
    assert.equal(extended['kubernetes.io'].warnafter - extended.iat, 3607);
  } finally {
    await mayfly.close();
    await signer.close();
  }
});

const C = { name: 'c', image: 'i' };

function lifetime({ status }: TokenRequest): number {
  const claims = JSON.parse(Buffer.from(status?.token?.split('.')[1] ?? '', 'base64url').toString());
  return claims.exp - claims.iat;
}
