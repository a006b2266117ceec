import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { calculateJwkThumbprint } from 'jose';
import { publicJWK } from './jwk.ts';
import { generateSigningKey, newSigningKey, newVerificationKey } from './keys.ts';

const VECTORS = [
  {
    shape: 'P-256',
    spki: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfIOteIbiRQ2EKYKaftppG04MizZQZXkKYEBrNpmPu3quigvk0O49pXqnBoDYSyHM2hY9xTMhPXnTim4tgPBS5w==',
    kid: '1qK5vpGhHIRVrt1HcvdH4oEqAX0Y9K0IbK2hcD5VIuw',
  },
  {
    shape: 'P-384',
    spki: 'MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE67v+Ml088Vt9GFDMz6+Hjb80ou86wwuMrW17vJU5cICzqgyvTQW8CXC3KZnFkPwUpgAYdEhhJiliZzAsWBA7gni2jbDKX81txm6SPm/F5oLrkAkijlAl4YWxFuTzRbK2',
    kid: 'yhUi1DDaAATfpb010jxaQW74auPymO6zfaf39X5Ol5c',
  },
  {
    shape: 'P-521',
    spki: 'MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAYHt9kDKACuNMrM98Uy1iEhWYTeRG/Y0BJowZ33fozkNBYxHITrBtVc05oA0ccfhU7EUJdcT9eZsbFYtnEyA6z0YBhdUpLirdkK88A8Em0ns+bLOFX0fjZBROILPwMcm/xLLmPwPuEBw6SjAV8WlBHEkkpThb4ZGtaHjC8wNxiKSbmRc=',
    kid: '1PhXZ_w3Sh_XATQYzhb60WsRtwK_vGb4sX2epgskiiQ',
  },
  {
    shape: 'RSA',
    spki: 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApQhgiOTjsNhbNqKTsTIAF8yVQu0tPbY/l11lCX1zIC0U0VFiMEC0BTtpGLnltKuGFMptk6O8r+fgC9ujAUe68QNS7NwsW7vR74Nvfc+XsljzArVzhgP/ipWWZ8uye8auBWyYCdQaquywgo0fO50H6al/hqKfPcH9TncfnkxOsSZejDBqKIEnmFPsyKkinvj9BVmiRWbEwN3zqjB/hwir718Ft6xlKFiK2UA+x5fc5TX4J9LabE+guq310i18Z7HVh7wXFJELMsT5nfPWGY9T1qPGlomIC5Dd715oIwgmYytjdw2ixmGM2oijd0TlOdG8n+YpOUJqAWKpbjM2awqJpQIDAQAB',
    kid: 'yBp8p-OahY1zls6c2Pgkb1qkhma7rbxMlD7b5BfRKVU',
  },
];

for (const { shape, spki, kid } of VECTORS) {
  test(`a ${shape} key has the kid Kubernetes gives it (J3)`, () => {
    const key = newVerificationKey(createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' }));
    assert.deepEqual({ shape: key.shape, kid: key.kid }, { shape, kid });
  });
}

for (const { shape, members } of [
  { shape: 'RSA', members: ['use', 'kty', 'kid', 'alg', 'n', 'e'] },
  { shape: 'P-256', members: ['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y'] },
  { shape: 'P-384', members: ['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y'] },
  { shape: 'P-521', members: ['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y'] },
] as const) {
  test(`a generated ${shape} key renders as a JWK in the wire's member order, without private members`, async () => {
    const jwk = publicJWK(await generateSigningKey(shape));
    assert.deepEqual(Object.keys(jwk), members);
    assert.equal((await calculateJwkThumbprint({ ...jwk })).length, 43);
    if (jwk.x !== undefined && shape !== 'RSA') {
      const size = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }[shape];
      assert.equal(Buffer.from(jwk.x, 'base64url').length, size);
    }
  });
}

for (const { name, pair, message } of [
  {
    name: 'Ed25519',
    pair: generateKeyPairSync('ed25519'),
    message: 'unknown private key type ed25519, must be *rsa.PrivateKey, *ecdsa.PrivateKey, or jose.OpaqueSigner',
  },
  {
    name: 'P-224',
    pair: generateKeyPairSync('ec', { namedCurve: 'P-224' }),
    message: 'unknown private key curve, must be 256, 384, or 521',
  },
]) {
  test(`a ${name} key does not sign tokens (J4)`, () => {
    assert.throws(() => newSigningKey(pair.privateKey), { name: 'KeyError', message });
    assert.throws(() => newVerificationKey(pair.publicKey), { name: 'KeyError' });
  });
}

test('an RSA key with the exponent one is refused', () => {
  const { n } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const publicKey = createPublicKey({ key: { kty: 'RSA', n: n ?? '', e: 'AQ' }, format: 'jwk' });
  assert.throws(() => newVerificationKey(publicKey), { name: 'KeyError', message: /exponent/ });
});
