import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from 'jose';
import { type JSONWebKey, type JWSAlgorithm, type JWTVerifierOptions, newJWTVerifier } from './verifier.ts';

const NOW = 1_767_225_600;
const ALL: readonly JWSAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];

interface Maker {
  readonly jwk: JSONWebKey;
  sign(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
}

async function newMaker(alg: string, kid = 'k1'): Promise<Maker> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } as JWK as JSONWebKey;
  const usual = { iss: 'https://iss', aud: ['api'], sub: 's', exp: NOW + 600, nbf: NOW, iat: NOW };
  return {
    jwk,
    sign: (claims = {}, header = {}) =>
      new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey),
  };
}

function verifierFor(keys: readonly JSONWebKey[], options: Partial<JWTVerifierOptions> = {}) {
  return newJWTVerifier({
    issuer: 'https://iss',
    audiences: ['api'],
    algorithms: ALL,
    keys: () => ({ keys }),
    nowMs: () => NOW * 1000,
    leewaySeconds: 0,
    ...options,
  });
}

for (const alg of ALL) {
  test(`accepts ${alg} as jose signs it, and jose accepts what it accepts`, async () => {
    const maker = await newMaker(alg);
    const token = await maker.sign();
    const verdict = await verifierFor([maker.jwk]).verify(token);
    assert.equal(verdict.outcome, 'accepted');
    await jwtVerify(token, maker.jwk as JWK, {
      issuer: 'https://iss',
      audience: 'api',
      currentDate: new Date(NOW * 1000),
    });
  });
}

const rs = await newMaker('RS256');
const other = await newMaker('RS256', 'k1'); // same kid, other key
const es = await newMaker('ES256', 'e1');

for (const { name, claims, options, want } of [
  { name: 'another issuer', claims: { iss: 'https://evil' }, want: 'other-issuer' },
  { name: 'an issuer that only begins like ours', claims: { iss: 'https://iss.evil' }, want: 'other-issuer' },
  { name: 'another audience', claims: { aud: ['vault'] }, want: 'other-audience' },
  { name: 'no audience', claims: { aud: [] }, want: 'other-audience' },
  { name: 'an expired token', claims: { exp: NOW - 1 }, want: 'expired' },
  { name: 'a token without expiry', claims: { exp: undefined }, want: 'no-expiry' },
  { name: 'a token not yet valid', claims: { nbf: NOW + 1 }, want: 'not-yet-valid' },
  { name: 'a token issued in the future', claims: { nbf: undefined, iat: NOW + 1 }, want: 'issued-in-the-future' },
  {
    name: 'an algorithm not on the list',
    claims: {},
    options: { algorithms: ['ES256'] as const },
    want: 'algorithm-not-allowed',
  },
]) {
  test(`refuses ${name}`, async () => {
    const verdict = await verifierFor([rs.jwk], options).verify(await rs.sign(claims));
    assert.deepEqual(verdict, { outcome: 'refused', refusal: want });
  });
}

test('the leeway applies to both ends', async () => {
  const verifier = verifierFor([rs.jwk], { leewaySeconds: 60 });
  assert.equal((await verifier.verify(await rs.sign({ exp: NOW - 60 }))).outcome, 'accepted');
  assert.equal((await verifier.verify(await rs.sign({ nbf: NOW + 60 }))).outcome, 'accepted');
});

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

for (const { name, forge, want } of [
  { name: 'a truncated token', forge: (token: string) => token.slice(0, -2), want: 'bad-signature' },
  {
    name: 'a changed payload',
    forge: (token: string) => token.replace(/\.[^.]+\./, `.${b64({ iss: 'https://iss' })}.`),
    want: 'bad-signature',
  },
  { name: 'no signature', forge: (token: string) => token.replace(/[^.]+$/, ''), want: 'bad-signature' },
  {
    name: 'alg none',
    forge: (token: string) => token.replace(/^[^.]+/, b64({ alg: 'none' })).replace(/[^.]+$/, ''),
    want: 'algorithm-not-allowed',
  },
  {
    name: 'another RSA algorithm over the same signature',
    forge: (token: string) => token.replace(/^[^.]+/, b64({ alg: 'RS512', kid: 'k1' })),
    want: 'no-matching-key',
  },
  {
    name: 'an EC algorithm for an RSA key',
    forge: (token: string) => token.replace(/^[^.]+/, b64({ alg: 'ES256', kid: 'k1' })),
    want: 'no-matching-key',
  },
  {
    name: 'an unknown kid',
    forge: (token: string) => token.replace(/^[^.]+/, b64({ alg: 'RS256', kid: 'k9' })),
    want: 'no-matching-key',
  },
  {
    name: 'a critical extension',
    forge: (token: string) => token.replace(/^[^.]+/, b64({ alg: 'RS256', kid: 'k1', crit: ['x'] })),
    want: 'extension-not-known',
  },
  { name: 'garbage', forge: () => 'garbage', want: 'malformed' },
]) {
  test(`refuses ${name}`, async () => {
    const verdict = await verifierFor([rs.jwk]).verify(forge(await rs.sign()));
    assert.deepEqual(verdict, { outcome: 'refused', refusal: want });
  });
}

test('refuses HS256 keyed with the public key', async () => {
  const secret = new TextEncoder().encode(JSON.stringify(rs.jwk));
  const token = await new SignJWT({ iss: 'https://iss', aud: ['api'], exp: NOW + 9 })
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
    .sign(secret);
  assert.deepEqual(await verifierFor([rs.jwk]).verify(token), { outcome: 'refused', refusal: 'algorithm-not-allowed' });
});

test('refuses a signature of another key under a known kid', async () => {
  const verdict = await verifierFor([rs.jwk]).verify(await other.sign());
  assert.deepEqual(verdict, { outcome: 'refused', refusal: 'bad-signature' });
});

test('tries every key of that kid, and every key when the token names none', async () => {
  const verifier = verifierFor([es.jwk, other.jwk, rs.jwk]);
  assert.equal((await verifier.verify(await rs.sign())).outcome, 'accepted');
  assert.equal((await verifier.verify(await rs.sign({}, { kid: undefined }))).outcome, 'accepted');
});

for (const { name, change } of [
  { name: 'is for encryption', change: { use: 'enc' } },
  { name: 'may not verify', change: { key_ops: ['encrypt'] } },
  { name: 'names another algorithm', change: { alg: 'RS384' } },
  { name: 'has the exponent one', change: { e: 'AQ' } },
  { name: 'has a short modulus', change: { n: 'sXchDaQ' } },
]) {
  test(`does not use a key that ${name}`, async () => {
    const verdict = await verifierFor([{ ...rs.jwk, ...change }]).verify(await rs.sign());
    assert.deepEqual(verdict, { outcome: 'refused', refusal: 'no-matching-key' });
  });
}

for (const { name, alg } of [
  { name: 'another type', alg: 'RS256' },
  { name: 'another curve', alg: 'ES384' },
]) {
  test(`does not use a key of ${name}, though it names no algorithm`, async () => {
    const { alg: _, ...bare } = es.jwk;
    const maker = await newMaker(alg, 'e1');
    const verdict = await verifierFor([bare]).verify(await maker.sign());
    assert.deepEqual(verdict, { outcome: 'refused', refusal: 'no-matching-key' });
  });
}

test('a malformed key in the set does not hide the good one', async () => {
  const broken: JSONWebKey = { kty: 'EC', crv: 'P-256', kid: 'e1', x: 'AA', y: 'AA' };
  assert.equal((await verifierFor([broken, es.jwk]).verify(await es.sign())).outcome, 'accepted');
});

for (const empty of [{ issuer: '' }, { audiences: [] }, { algorithms: [] }]) {
  test(`cannot be built with an empty "${Object.keys(empty)[0]}"`, () => {
    assert.throws(() => verifierFor([], empty), RangeError);
  });
}
