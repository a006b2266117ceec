/**
 * Bad tokens over real TLS: as a bearer each gets the one 401 that says nothing, in a TokenReview the exact text of the
 * contract, and nothing is written.
 *
 * @see spec service-account-tokens §4, §18 (rows A, J); authentication §4
 */
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { compact, part, respell, signEC, signHMAC, signRSA } from './forge.ts';
import { Wire } from './wire.ts';

const UNAUTHORIZED =
  '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n';
const IBT = 'invalid bearer token';
const PRIMITIVE = `[${IBT}, go-jose/go-jose: error in cryptographic primitive]`;

const K1 = generateKeyPairSync('rsa', { modulusLength: 2048 });
const K2 = generateKeyPairSync('rsa', { modulusLength: 2048 });
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const directory = mkdtempSync(join(tmpdir(), 'mayfly-tokens-'));
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

let mayfly: Mayfly;
let wire: Wire;
/** An unbound token of ns1/app, its header and its claims. */
let good: string;
let header: { alg: string; kid: string };
let claims: Record<string, unknown>;

before(async () => {
  const keyFile = join(directory, 'k1.pem');
  writeFileSync(keyFile, pem(K1.privateKey), { mode: 0o600 });
  mayfly = await startMayfly({
    serviceAccountIssuer: ['https://iss'],
    apiAudiences: ['api'],
    serviceAccountKeyFile: [keyFile],
    serviceAccountSigningKeyFile: keyFile,
  });
  wire = new Wire(mayfly);
  await post('/api/v1/namespaces', { metadata: { name: 'ns1' } });
  good = await mayfly.issueToken('ns1', 'app');
  const [first = '', second = ''] = good.split('.').map((text) => Buffer.from(text, 'base64url').toString());
  header = JSON.parse(first);
  claims = JSON.parse(second);
});
after(async () => {
  wire.close();
  await mayfly.close();
  rmSync(directory, { recursive: true });
});

async function post(path: string, body: unknown): Promise<Record<string, never>> {
  const { code, text } = await wire.send({ method: 'POST', path, type: 'application/json', body });
  assert.equal(code, 201, text);
  return JSON.parse(text);
}

interface Review {
  readonly authenticated?: boolean;
  readonly user: { readonly username?: string };
  readonly error?: string;
}

async function review(token: string, audiences?: readonly string[]): Promise<Review> {
  const spec = { token, ...(audiences && { audiences }) };
  return (await post('/apis/authentication.k8s.io/v1/tokenreviews', { spec })).status as unknown as Review;
}

/** Both doors refuse it, and the store is as it was. */
async function assertRefused(token: string, error: string, bearerCode = 401): Promise<void> {
  const revision = await wire.revision();
  if (bearerCode === 401) {
    const answer = await wire.send({ path: '/api/v1/namespaces', token });
    assert.equal(answer.code, 401);
    assert.equal(answer.text, UNAUTHORIZED);
    assert.equal(answer.headers['www-authenticate'], undefined);
  } else {
    // The server stops reading and closes; whether its answer comes before the reset is the network's choice.
    const code = await wire.send({ path: '/api/v1/namespaces', token }).then(
      (answer) => answer.code,
      (error: NodeJS.ErrnoException) => (/^(ECONNRESET|EPIPE)$/.test(error.code ?? '') ? bearerCode : error),
    );
    assert.equal(code, bearerCode);
  }
  assert.deepEqual(await review(token), { user: {}, error });
  assert.equal(await wire.revision(), revision, 'something was written');
}

const rs256 = (change: object = {}, changeHeader: object = {}): string =>
  compact({ ...header, ...changeHeader }, { ...claims, ...change }, (input) => signRSA('RS256', input, K1.privateKey));
const withPayload = (text: string): string => compact(header, text, (input) => signRSA('RS256', input, K1.privateKey));
const withHeader = (text: string): string => compact(text, claims, (input) => signRSA('RS256', input, K1.privateKey));
const spki = (format: 'pem' | 'der'): string | Buffer =>
  createPublicKey(K1.privateKey).export({ type: 'spki', format: format as 'pem' });
const parts = (token: string): [string, string, string] => token.split('.') as [string, string, string];

test('the forger forges: what it signs with the right key is accepted', async () => {
  assert.equal((await review(rs256())).authenticated, true);
  const ps256 = compact({ ...header, alg: 'PS256' }, claims, (input) => signRSA('PS256', input, K1.privateKey));
  assert.equal((await review(ps256)).authenticated, true, 'J11');
  assert.equal((await wire.send({ path: '/version', token: rs256() })).code, 200);
});

describe('signatures', () => {
  for (const { name, token, error = PRIMITIVE } of [
    { name: 'without a signature', token: () => `${parts(good)[0]}.${parts(good)[1]}.` },
    {
      name: 'with a signature cut short',
      token: () =>
        `${parts(good)[0]}.${parts(good)[1]}.${Buffer.from(parts(good)[2], 'base64url').subarray(0, 252).toString('base64url')}`,
    },
    { name: 'with a signature made longer', token: () => `${good.slice(0, -2)}AAAA` },
    { name: 'with a signature of zeros', token: () => compact(header, claims, () => 'A'.repeat(342)) },
    {
      name: 'whose payload was changed',
      token: () => `${parts(good)[0]}.${part({ ...claims, aud: ['api', 'x'] })}.${parts(good)[2]}`,
    },
    {
      name: 'whose header was changed',
      token: () => `${part({ ...header, typ: 'JWT' })}.${parts(good)[1]}.${parts(good)[2]}`,
    },
    {
      name: 'A25: resigned with another key',
      token: () => compact(header, claims, (input) => signRSA('RS256', input, K2.privateKey)),
    },
    { name: 'J12: alg none', token: () => compact({ ...header, alg: 'none' }, claims, () => '') },
    {
      name: 'alg none with the old signature',
      token: () => compact({ ...header, alg: 'none' }, claims, () => parts(good)[2]),
    },
    { name: 'alg nOnE', token: () => compact({ ...header, alg: 'nOnE' }, claims, () => '') },
    {
      name: 'no alg',
      token: () => compact({ kid: header.kid }, claims, (input) => signRSA('RS256', input, K1.privateKey)),
    },
    {
      name: 'J12: HS256 with the public key PEM as secret',
      token: () => compact({ ...header, alg: 'HS256' }, claims, (input) => signHMAC(input, spki('pem'))),
    },
    {
      name: 'HS256 with the public key DER as secret',
      token: () => compact({ ...header, alg: 'HS256' }, claims, (input) => signHMAC(input, spki('der'))),
    },
    {
      name: 'HS256 with an empty secret',
      token: () => compact({ ...header, alg: 'HS256' }, claims, (input) => signHMAC(input, '')),
    },
    {
      name: 'PS256 over an RS256 signature',
      token: () => compact({ ...header, alg: 'PS256' }, claims, (input) => signRSA('RS256', input, K1.privateKey)),
    },
    {
      name: 'RS256 over a PS256 signature',
      token: () => compact(header, claims, (input) => signRSA('PS256', input, K1.privateKey)),
    },
    {
      name: 'RS384 over an RS256 signature',
      token: () => compact({ ...header, alg: 'RS384' }, claims, (input) => signRSA('RS256', input, K1.privateKey)),
    },
    {
      name: 'ES256 by a stranger under our RSA kid',
      token: () =>
        compact({ ...header, alg: 'ES256' }, claims, (input) => signEC('sha256', input, EC.privateKey, 'ieee-p1363')),
    },
    { name: 'EdDSA', token: () => compact({ ...header, alg: 'EdDSA' }, claims, () => 'A'.repeat(86)) },
    {
      name: 'its own key in the header',
      token: () =>
        compact({ ...header, jwk: K2.publicKey.export({ format: 'jwk' }) }, claims, (input) =>
          signRSA('RS256', input, K2.privateKey),
        ),
    },
    {
      name: 'J13: an unknown kid',
      token: () => rs256({}, { kid: 'nobody' }),
      error: `[${IBT}, invalid signature, no keys found]`,
    },
    {
      name: 'a kid that is a path',
      token: () => rs256({}, { kid: '../../../../dev/null' }),
      error: `[${IBT}, invalid signature, no keys found]`,
    },
    {
      name: 'a kid that is a prototype member',
      token: () => rs256({}, { kid: '__proto__' }),
      error: `[${IBT}, invalid signature, no keys found]`,
    },
    { name: 'a critical header', token: () => rs256({}, { crit: ['exp'], exp: 1 }) },
    { name: 'an empty list of critical headers', token: () => rs256({}, { crit: [] }) },
    { name: 'an unencoded payload', token: () => rs256({}, { crit: ['b64'], b64: false }) },
  ] as { name: string; token: () => string; error?: string }[]) {
    test(`refuses a token: ${name}`, () => assertRefused(token(), error));
  }
});

describe('shapes', () => {
  for (const { name, token, error = IBT, bearerCode } of [
    { name: 'A22: garbage', token: () => 'garbage' },
    { name: 'two parts', token: () => good.slice(0, good.lastIndexOf('.')) },
    { name: 'four parts', token: () => `${good}.AAAA` },
    { name: 'five parts', token: () => `${good}.AAAA.AAAA` },
    { name: 'three empty parts', token: () => '..' },
    { name: 'a padded signature', token: () => `${good}==` },
    { name: 'a padded header', token: () => good.replace('.', '=.') },
    {
      name: 'a signature in another spelling',
      token: () => `${parts(good)[0]}.${parts(good)[1]}.${respell(parts(good)[2])}`,
    },
    { name: 'standard base64', token: () => good.replace('.', '+/.') },
    { name: 'a character behind it', token: () => `${good}\u00e9` },
    { name: 'a JSON serialization', token: () => '{"payload":"e30","signatures":[]}' },
    { name: 'a header that is no JSON', token: () => withHeader('nonsense') },
    { name: 'a header that is a list', token: () => withHeader('[]') },
    { name: 'a header with alg twice', token: () => withHeader(`{"alg":"none","alg":"RS256","kid":"${header.kid}"}`) },
    { name: 'a payload that is no JSON', token: () => withPayload('nonsense') },
    { name: 'a payload that is a list', token: () => withPayload('[{"iss":"https://iss"}]') },
    { name: 'a payload that is null', token: () => withPayload('null') },
    { name: 'A24: another issuer', token: () => rs256({ iss: 'https://other' }) },
    { name: 'an issuer with a slash more', token: () => rs256({ iss: 'https://iss/' }) },
    { name: 'an issuer that is a list', token: () => rs256({ iss: ['https://iss'] }) },
    { name: 'no issuer', token: () => rs256({ iss: undefined }) },
    { name: 'a megabyte', token: () => 'a'.repeat(1024 * 1024), bearerCode: 431 },
    {
      name: 'a megabyte in three parts',
      token: () => `${parts(good)[0]}.${'A'.repeat(1024 * 1024)}.AAAA`,
      bearerCode: 431,
    },
    { name: 'a megabyte of dots', token: () => '.'.repeat(1024 * 1024), bearerCode: 431 },
  ] as { name: string; token: () => string; error?: string; bearerCode?: number }[]) {
    test(`refuses a token: ${name}`, () => assertRefused(token(), error, bearerCode));
  }
});

describe('claims', () => {
  const because = (why: string): string => `[${IBT}, ${why}]`;
  const now = (): number => Math.floor(mayfly.clock.nowMs() / 1000);
  const kubernetes = (change: object): object => ({
    'kubernetes.io': { ...(claims['kubernetes.io'] as object), ...change },
  });
  const twice = (member: string): string => `${JSON.stringify(claims).slice(0, -1)},${member}}`;
  for (const { name, token, error } of [
    {
      name: 'A5: expired',
      token: () => rs256({ exp: now() - 61 }),
      error: because('service account token has expired'),
    },
    { name: 'expired in 1970', token: () => rs256({ exp: 0 }), error: because('service account token has expired') },
    {
      name: 'A6: not yet valid',
      token: () => rs256({ nbf: now() + 61 }),
      error: because('service account token is not valid yet'),
    },
    {
      name: 'A7: issued in the future',
      token: () => rs256({ iat: now() + 61, nbf: undefined }),
      error: because('service account token is issued in the future'),
    },
    {
      name: 'A19: of another audience',
      token: () => rs256({ aud: ['other'] }),
      error: because('token audiences ["other"] is invalid for the target audiences ["api"]'),
    },
    {
      name: 'J16: a claim twice',
      token: () => withPayload(twice('"sub":"system:admin"')),
      error: because("json: duplicate key 'sub' in object"),
    },
    {
      name: 'a claim twice, spelt in two ways',
      token: () => withPayload(twice('"\\u0061ud":["api"]')),
      error: because("json: duplicate key 'aud' in object"),
    },
    { name: 'exp that is a string', token: () => rs256({ exp: '99999999999' }), error: /NumericDate/ },
    {
      name: 'exp beyond all numbers',
      token: () => withPayload(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999')),
      error: /NumericDate/,
    },
    { name: 'aud that is an object', token: () => rs256({ aud: { api: true } }), error: /Audience/ },
    { name: 'no kubernetes claims', token: () => rs256({ 'kubernetes.io': undefined }), error: /./ },
    { name: 'kubernetes claims that are text', token: () => rs256({ 'kubernetes.io': 'ns1' }), error: /./ },
    { name: 'a namespace that is a number', token: () => rs256(kubernetes({ namespace: 1 })), error: /./ },
    {
      name: 'A9: the uid of another service account',
      token: () => rs256(kubernetes({ serviceaccount: { name: 'app', uid: 'S0' } })),
      error: /^\[invalid bearer token, service account UID \(.{36}\) does not match claim \(S0\)\]$/,
    },
    {
      name: 'no uid of the service account',
      token: () => rs256(kubernetes({ serviceaccount: { name: 'app' } })),
      error: /service account UID \(.{36}\) does not match claim \(\)/,
    },
    {
      name: 'A8: a service account that is not there',
      token: () => rs256(kubernetes({ serviceaccount: { name: 'zz', uid: 'S1' } })),
      error: because('serviceaccounts "zz" not found'),
    },
    {
      name: 'a name that leaves its namespace',
      token: () => rs256(kubernetes({ namespace: 'default', serviceaccount: { name: '../ns1/app', uid: 'S1' } })),
      error: /^\[invalid bearer token, /,
    },
    {
      name: 'a pod that is not there',
      token: () => rs256(kubernetes({ pod: { name: 'zz', uid: 'P1' } })),
      error: because('service account token has been invalidated'),
    },
    {
      name: 'a secret that is not there',
      token: () => rs256(kubernetes({ secret: { name: 'zz', uid: 'X1' } })),
      error: because('service account token has been invalidated'),
    },
    {
      name: 'a node that is not there',
      token: () => rs256(kubernetes({ node: { name: 'zz', uid: 'N1' } })),
      error: because('service account token has been invalidated'),
    },
  ] as { name: string; token: () => string; error: string | RegExp }[]) {
    test(`refuses a token: ${name}`, async () => {
      const forged = token();
      const { error: found = '' } = await review(forged);
      if (typeof error !== 'string') assert.match(found, error);
      await assertRefused(forged, typeof error === 'string' ? error : found);
    });
  }

  test('the clock ends a token: good at exp + 60 s, refused one second later', async () => {
    const short = rs256({ exp: now() + 600 });
    mayfly.clock.advance(660_000);
    assert.equal((await review(short)).authenticated, true, 'A4');
    mayfly.clock.advance(11_000); // past the cache
    await assertRefused(short, because('service account token has expired'));
  });
});
