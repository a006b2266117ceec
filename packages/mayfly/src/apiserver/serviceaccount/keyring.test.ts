import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateSigningKey } from '../../jose/keys.ts';
import { newKeySigner } from '../../jose/sign.ts';
import { newTokenIssuer } from './issuer.ts';
import { newFileKeyring, signsWhatItVerifies } from './keyring.ts';

const [k1, k2] = [await generateSigningKey('P-256'), await generateSigningKey('P-256')];

test('candidates are the keys of a kid, every key in order for a token without one, none for an unknown one', () => {
  const keyring = newFileKeyring({ signingKey: k1, verificationKeys: [k2, k1, k1] });
  assert.deepEqual(keyring.candidates(k1.kid), [k1, k1]);
  assert.deepEqual(keyring.candidates(''), [k2, k1, k1]);
  assert.deepEqual(keyring.candidates('zzz'), []);
});

test('the signing key does not verify unless it is listed', () => {
  const keyring = newFileKeyring({ signingKey: k1, verificationKeys: [k2] });
  assert.deepEqual(keyring.candidates(k1.kid), []);
  assert.equal(signsWhatItVerifies(keyring.snapshot), false);
  assert.equal(signsWhatItVerifies(newFileKeyring({ signingKey: k1, verificationKeys: [k1] }).snapshot), true);
});

test('a replaced set is in force at once, with a new generation, and is told to listeners', () => {
  const keyring = newFileKeyring({ signingKey: k1, verificationKeys: [k1] });
  const heard: number[] = [];
  const stop = keyring.onChange(({ generation }) => heard.push(generation));
  keyring.replace({ entries: [{ key: k2, state: 'signing', isPublished: true }], signer: newKeySigner(k2) });
  assert.deepEqual(keyring.candidates(k1.kid), []);
  assert.deepEqual(keyring.candidates(k2.kid), [k2]);
  assert.equal(keyring.snapshot.signer?.key.kid, k2.kid);
  stop();
  keyring.replace({ entries: [], signer: undefined });
  assert.deepEqual(heard, [2]);
});

const CLAIMS = {
  namespace: 'ns1',
  serviceAccount: { name: 'app', uid: 'S1' },
  binding: { kind: 'none' },
  audiences: ['api'],
  issuedAt: 0,
  expiresAt: 1,
  warnAfter: undefined,
  jti: 'j',
} as const;

test('an issuer without a signing key issues nothing', () => {
  const issuer = newTokenIssuer({
    issuer: 'https://iss',
    keys: newFileKeyring({ signingKey: undefined, verificationKeys: [k1] }),
  });
  assert.throws(() => issuer.signerFor(1), /no signing key is configured/);
});

test('a token whose signature is not that of its key does not leave the issuer', async () => {
  const issuer = newTokenIssuer({
    issuer: 'https://iss',
    keys: newFileKeyring({ signingKey: k1, verificationKeys: [k1] }),
  });
  const liar = { key: k1, sign: newKeySigner(k2).sign };
  await assert.rejects(issuer.issue(CLAIMS, liar), /the signature does not verify with its own key/);
  assert.equal((await issuer.issue(CLAIMS, await issuer.signerFor(1))).keyID, k1.kid);
});
