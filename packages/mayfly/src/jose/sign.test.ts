import assert from 'node:assert/strict';
import { constants, createHmac, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import { type CompactJWS, parseCompactJWS } from '@mayfly/sdk/verify/compact';
import { compactVerify } from 'jose';
import { generateSigningKey } from './keys.ts';
import { newKeySigner, signCompact } from './sign.ts';
import { signatureHolds } from './verify.ts';

const keys = {
  RSA: await generateSigningKey('RSA'),
  'P-256': await generateSigningKey('P-256'),
  'P-384': await generateSigningKey('P-384'),
  'P-521': await generateSigningKey('P-521'),
};

function parsed(token: string): CompactJWS {
  const verdict = parseCompactJWS(token);
  assert.ok(verdict.ok);
  return verdict.jws;
}

for (const { shape, alg, signatureBytes } of [
  { shape: 'RSA', alg: 'RS256', signatureBytes: 256 },
  { shape: 'P-256', alg: 'ES256', signatureBytes: 64 },
  { shape: 'P-384', alg: 'ES384', signatureBytes: 96 },
  { shape: 'P-521', alg: 'ES512', signatureBytes: 132 },
] as const) {
  test(`signs ${alg} with a ${shape} key, exactly as jose verifies it (J1, J2)`, async () => {
    const key = keys[shape];
    const token = await signCompact(newKeySigner(key), '{"a":1}');
    const [header = '', payload = '', signature = ''] = token.split('.');
    assert.equal(Buffer.from(header, 'base64url').toString(), `{"alg":"${alg}","kid":"${key.kid}"}`);
    assert.equal(Buffer.from(payload, 'base64url').toString(), '{"a":1}');
    assert.equal(Buffer.from(signature, 'base64url').length, signatureBytes);
    await compactVerify(token, key.publicKey);
    assert.equal(signatureHolds(parsed(token), key), true);
  });
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function forge(alg: string, signer: (input: Buffer) => Buffer): CompactJWS {
  const input = `${part({ alg })}.${part({ a: 1 })}`;
  return parsed(`${input}.${signer(Buffer.from(input)).toString('base64url')}`);
}

const pss = (hash: string, key: KeyObject, saltLength: number) => (input: Buffer) =>
  sign(hash, input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
const ecdsa = (hash: string, key: KeyObject) => (input: Buffer) =>
  sign(hash, input, { key, dsaEncoding: 'ieee-p1363' });

for (const { name, jws, want } of [
  { name: 'PS256 with an RSA key (J11)', jws: forge('PS256', pss('sha256', keys.RSA.privateKey, 32)), want: true },
  { name: 'PS512 with an RSA key', jws: forge('PS512', pss('sha512', keys.RSA.privateKey, 64)), want: true },
  {
    name: 'RS512 with an RSA key',
    jws: forge('RS512', (input) => sign('sha512', input, keys.RSA.privateKey)),
    want: true,
  },
  {
    name: 'PS256 with a salt of another length',
    jws: forge('PS256', pss('sha256', keys.RSA.privateKey, 20)),
    want: false,
  },
  {
    name: 'RS256 under the name PS256',
    jws: forge('PS256', (input) => sign('sha256', input, keys.RSA.privateKey)),
    want: false,
  },
  { name: 'alg none (J12)', jws: forge('none', () => Buffer.alloc(0)), want: false },
  {
    name: 'HS256 keyed with the public key (J12)',
    jws: forge('HS256', (input) =>
      createHmac('sha256', keys.RSA.publicKey.export({ type: 'spki', format: 'pem' }))
        .update(input)
        .digest(),
    ),
    want: false,
  },
  { name: 'an unknown alg', jws: forge('EdDSA', (input) => sign('sha256', input, keys.RSA.privateKey)), want: false },
  { name: 'an empty alg', jws: forge('', (input) => sign('sha256', input, keys.RSA.privateKey)), want: false },
  { name: 'ES256 for an RSA key', jws: forge('ES256', ecdsa('sha256', keys['P-256'].privateKey)), want: false },
]) {
  test(`signatureHolds says ${want ? 'yes' : 'no'} to ${name}`, () => {
    assert.equal(signatureHolds(jws, keys.RSA), want);
  });
}

test('signatureHolds says no to an RSA algorithm for an EC key, and to an EC one for another curve', () => {
  assert.equal(
    signatureHolds(
      forge('RS256', (input) => sign('sha256', input, keys.RSA.privateKey)),
      keys['P-256'],
    ),
    false,
  );
  assert.equal(signatureHolds(forge('ES384', ecdsa('sha384', keys['P-256'].privateKey)), keys['P-256']), false);
});

test('signatureHolds says no to a DER signature, and to one of the wrong length', async () => {
  const key = keys['P-256'];
  assert.equal(
    signatureHolds(
      forge('ES256', (input) => sign('sha256', input, key.privateKey)),
      key,
    ),
    false,
  );
  const short = (input: Buffer) => ecdsa('sha256', key.privateKey)(input).subarray(1);
  assert.equal(signatureHolds(forge('ES256', short), key), false);
});

test('signatureHolds says no to a good signature that needs an extension', async () => {
  const input = `${part({ alg: 'RS256', crit: ['x'], x: 1 })}.${part({})}`;
  const signature = sign('sha256', Buffer.from(input), keys.RSA.privateKey).toString('base64url');
  assert.equal(signatureHolds(parsed(`${input}.${signature}`), keys.RSA), false);
});
