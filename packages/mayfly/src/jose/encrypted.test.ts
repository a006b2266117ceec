import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { systemRandom } from '../random/random.ts';
import { decryptWithPassphrase, encryptWithPassphrase, ROUNDS } from './encrypted.ts';

const PASSPHRASE = 'correct horse battery staple';
const TEXT = '{"keys":[]}';
const options = { passphrase: PASSPHRASE, contentType: 'jwk-set+json', random: systemRandom };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** By a library that is not ours, with few rounds: each look at one costs them. */
function foreign(header: Record<string, unknown> = {}, rounds = 1000): Promise<string> {
  return new CompactEncrypt(bytes(TEXT))
    .setProtectedHeader({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', cty: 'jwk-set+json', ...header })
    .setKeyManagementParameters({ p2c: rounds })
    .encrypt(bytes(PASSPHRASE));
}

test('what is written, jose reads, and it is as the standard has it', async () => {
  const jwe = await encryptWithPassphrase(TEXT, options);
  const limits = { maxPBES2Count: ROUNDS, keyManagementAlgorithms: ['PBES2-HS512+A256KW'] };
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, bytes(PASSPHRASE), limits);
  assert.equal(new TextDecoder().decode(plaintext), TEXT);
  const { p2s, ...header } = protectedHeader as Record<string, unknown>;
  assert.deepEqual(header, { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', cty: 'jwk-set+json', p2c: 600_000 });
  assert.equal(Buffer.from(String(p2s), 'base64url').length, 16);
  assert.equal(await decryptWithPassphrase(`${jwe}\n`, PASSPHRASE, 'jwk-set+json'), TEXT);
});

test('what jose writes, we read', async () => {
  assert.equal(await decryptWithPassphrase(await foreign(), PASSPHRASE, 'jwk-set+json'), TEXT);
});

test('the same text is never written the same way', async () => {
  const [a, b] = await Promise.all([encryptWithPassphrase(TEXT, options), encryptWithPassphrase(TEXT, options)]);
  for (const [i, part] of a.split('.').entries()) assert.notEqual(part, b.split('.')[i]);
});

test('another passphrase does not open it, and neither does none', async () => {
  const jwe = await foreign();
  for (const passphrase of ['Correct horse battery staple', `${PASSPHRASE} `, '']) {
    await assert.rejects(decryptWithPassphrase(jwe, passphrase, 'jwk-set+json'), {
      name: 'DecryptError',
      message: 'the passphrase is wrong, or the file was changed since it was written',
    });
  }
});

test('a passphrase is the same however its accents were typed', async () => {
  const jwe = await encryptWithPassphrase(TEXT, { ...options, passphrase: 'cafe\u0301 cafe\u0301 cafe\u0301' });
  assert.equal(await decryptWithPassphrase(jwe, 'café café café', 'jwk-set+json'), TEXT);
});

const flip = (part: string): string => (part.startsWith('A') ? `B${part.slice(1)}` : `A${part.slice(1)}`);
for (const [i, { name, want }] of [
  { name: 'encrypted key', want: 'the passphrase is wrong, or the file was changed since it was written' },
  { name: 'initialization vector', want: 'its content was changed since it was written' },
  { name: 'ciphertext', want: 'its content was changed since it was written' },
  { name: 'authentication tag', want: 'its content was changed since it was written' },
].entries()) {
  test(`a changed ${name} is noticed`, async () => {
    const parts = (await foreign()).split('.');
    parts[i + 1] = flip(parts[i + 1] ?? '');
    await assert.rejects(decryptWithPassphrase(parts.join('.'), PASSPHRASE, 'jwk-set+json'), { message: want });
  });
}

const NOT_OURS = 'it is not PBES2-HS512+A256KW and A256GCM over jwk-set+json';
const DAMAGED = 'it is no encrypted key set; was it cut off, or changed?';
for (const { name, header, want } of [
  { name: 'another algorithm', header: { alg: 'dir' }, want: NOT_OURS },
  { name: 'another cipher', header: { enc: 'A128GCM' }, want: NOT_OURS },
  { name: 'another content', header: { cty: 'JWT' }, want: NOT_OURS },
  { name: 'compression', header: { zip: 'DEF' }, want: NOT_OURS },
  { name: 'an extension', header: { crit: ['x'] }, want: NOT_OURS },
  { name: 'a work factor nobody would pay', header: { p2c: 10_000_001 }, want: 'its work factor is out of range' },
  { name: 'a work factor that protects nothing', header: { p2c: 999 }, want: 'its work factor is out of range' },
  { name: 'a work factor that is none', header: { p2c: 1000.5 }, want: DAMAGED },
  { name: 'a short salt', header: { p2s: 'AAAA' }, want: DAMAGED },
  {
    name: 'another order of members', // what was authenticated is the header as it was written
    header: undefined,
    want: 'its content was changed since it was written',
  },
]) {
  test(`a header with ${name} is refused`, async () => {
    const [first = '', ...rest] = (await foreign()).split('.');
    const present = JSON.parse(Buffer.from(first, 'base64url').toString()) as Record<string, unknown>;
    const changed = header ? { ...present, ...header } : Object.fromEntries(Object.entries(present).reverse());
    const forged = [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.');
    await assert.rejects(decryptWithPassphrase(forged, PASSPHRASE, 'jwk-set+json'), { message: want });
  });
}

for (const text of [
  '',
  'hello',
  'a.b.c.d',
  'a.b.c.d.e.f',
  'e30.e30.e30..e30',
  '{"ciphertext":"x"}',
  'e30.e30.e30.e30.e30',
]) {
  test(`"${text}" is no encrypted file`, async () => {
    await assert.rejects(decryptWithPassphrase(text, PASSPHRASE, 'jwk-set+json'), { name: 'DecryptError' });
  });
}

test('half a file is none', async () => {
  const jwe = await foreign();
  await assert.rejects(decryptWithPassphrase(jwe.slice(0, -10), PASSPHRASE, 'jwk-set+json'), { name: 'DecryptError' });
});
