import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { parseSigningKey, parseVerificationKeys } from './key-file.ts';
import { keyID } from './keys.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p224 = generateKeyPairSync('ec', { namedCurve: 'P-224' });
const ed = generateKeyPairSync('ed25519');

const pem = {
  rsaPKCS1: rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }) as string,
  rsaPKCS8: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  rsaPublic: rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string,
  ecSEC1: ec.privateKey.export({ type: 'sec1', format: 'pem' }) as string,
  ecPKCS8: ec.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  ecPublic: ec.publicKey.export({ type: 'spki', format: 'pem' }) as string,
  edPKCS8: ed.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  p224SEC1: p224.privateKey.export({ type: 'sec1', format: 'pem' }) as string,
  p224Public: p224.publicKey.export({ type: 'spki', format: 'pem' }) as string,
  encrypted: rsa.privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string,
};
const EC_PARAMETERS = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
const relabel = (text: string, from: string, to: string) => text.replaceAll(from, to);

const RSA_KID = keyID(rsa.publicKey);
const EC_KID = keyID(ec.publicKey);
const NO_PRIVATE = 'data does not contain a valid RSA or ECDSA private key';
const NO_PUBLIC = 'data does not contain any valid RSA or ECDSA public keys';

for (const { name, file, want } of [
  { name: 'PKCS#1', file: pem.rsaPKCS1, want: RSA_KID },
  { name: 'RSA PKCS#8', file: pem.rsaPKCS8, want: RSA_KID },
  { name: 'SEC1', file: pem.ecSEC1, want: EC_KID },
  { name: 'EC PKCS#8', file: pem.ecPKCS8, want: EC_KID },
  { name: 'a key behind EC PARAMETERS', file: EC_PARAMETERS + pem.ecSEC1, want: EC_KID },
  {
    name: 'a key between other text, with CRLF',
    file: `hello\r\n${pem.ecSEC1.replaceAll('\n', '\r\n')}`,
    want: EC_KID,
  },
  { name: 'the first key that parses', file: pem.rsaPublic + pem.ecSEC1 + pem.rsaPKCS1, want: EC_KID },
]) {
  test(`parseSigningKey reads ${name}`, () => {
    assert.equal(parseSigningKey(file).kid, want);
  });
}

for (const { name, file, message } of [
  { name: 'nothing', file: '', message: NO_PRIVATE },
  { name: 'a public key', file: pem.rsaPublic, message: NO_PRIVATE },
  {
    name: 'PKCS#8 labelled PKCS#1',
    file: relabel(pem.rsaPKCS8, 'PRIVATE KEY', 'RSA PRIVATE KEY'),
    message: NO_PRIVATE,
  },
  { name: 'SEC1 labelled PKCS#8', file: relabel(pem.ecSEC1, 'EC PRIVATE KEY', 'PRIVATE KEY'), message: NO_PRIVATE },
  { name: 'an encrypted key', file: pem.encrypted, message: NO_PRIVATE },
  { name: 'Ed25519 (J4)', file: pem.edPKCS8, message: /^unknown private key type ed25519/ },
  { name: 'P-224', file: pem.p224SEC1, message: 'unknown private key curve, must be 256, 384, or 521' },
]) {
  test(`parseSigningKey refuses ${name}`, () => {
    assert.throws(() => parseSigningKey(file), { name: 'KeyError', message });
  });
}

for (const { name, file, want } of [
  { name: 'public keys of both kinds (J10)', file: pem.rsaPublic + pem.ecPublic, want: [RSA_KID, EC_KID] },
  { name: 'private keys as their public halves', file: pem.rsaPKCS1 + pem.ecSEC1, want: [RSA_KID, EC_KID] },
  { name: 'RSA in PKCS#8', file: pem.rsaPKCS8, want: [RSA_KID] },
  { name: 'keys under a wrong label', file: relabel(pem.ecPublic, 'PUBLIC KEY', 'CERTIFICATE'), want: [EC_KID] },
  { name: 'duplicates, kept', file: pem.ecPublic + pem.ecPublic, want: [EC_KID, EC_KID] },
  { name: 'the usable ones only', file: EC_PARAMETERS + pem.p224Public + pem.edPKCS8 + pem.ecPublic, want: [EC_KID] },
]) {
  test(`parseVerificationKeys reads ${name}`, () => {
    assert.deepEqual(
      parseVerificationKeys(file).map(({ kid }) => kid),
      want,
    );
  });
}

for (const { name, file } of [
  { name: 'an EC private key in PKCS#8 (J9)', file: pem.ecPKCS8 },
  { name: 'nothing', file: '' },
  { name: 'a truncated block', file: pem.ecPublic.slice(0, -20) },
]) {
  test(`parseVerificationKeys refuses ${name}`, () => {
    assert.throws(() => parseVerificationKeys(file), { name: 'KeyError', message: NO_PUBLIC });
  });
}
