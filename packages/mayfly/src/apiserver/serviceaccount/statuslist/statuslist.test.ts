import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { compressBits, decompressBits, entryOf, LIST_SIZE, listOf, mergeBits, newBitmap, setBit } from './bitmap.ts';
import { statusListBase } from './uri.ts';

test('the first entry is the lowest bit of the first byte', () => {
  const bits = newBitmap();
  assert.deepEqual(
    [setBit(bits, 0), setBit(bits, 0), setBit(bits, 9), setBit(bits, LIST_SIZE - 1)],
    [true, false, true, true],
  );
  assert.deepEqual([bits[0], bits[1], bits.at(-1)], [1, 2, 128]);
});

test('entries of two lists are merged, once', () => {
  const [bits, more] = [newBitmap(), newBitmap()];
  setBit(bits, 1);
  setBit(more, 1);
  assert.equal(mergeBits(bits, more), false);
  setBit(more, 2);
  assert.deepEqual([mergeBits(bits, more), mergeBits(bits, more), bits[0]], [true, false, 6]);
});

test('what is compressed comes back, and nothing else does', () => {
  const bits = newBitmap();
  for (let entry = 0; entry < LIST_SIZE; entry += 97) setBit(bits, entry);
  assert.deepEqual(Buffer.from(decompressBits(compressBits(bits))), Buffer.from(bits));
  assert.ok(compressBits(newBitmap()).length < 50);
  assert.throws(() => decompressBits(deflateSync(new Uint8Array(LIST_SIZE / 8 - 1))), /not the bits/);
  assert.throws(() => decompressBits(deflateSync(new Uint8Array(LIST_SIZE / 8 + 1))));
  assert.throws(() => decompressBits(Buffer.from('x')));
});

test('entries count through all lists', () => {
  assert.deepEqual([listOf(2 ** 48 + 5), entryOf(2 ** 48 + 5)], [2 ** 31, 5]);
});

for (const { setting, issuer, want } of [
  { setting: '', issuer: 'https://id.example.com', want: 'https://id.example.com/openid/v1/token-status-lists' },
  {
    setting: '',
    issuer: 'https://id.example.com/one/',
    want: 'https://id.example.com/one/openid/v1/token-status-lists',
  },
  { setting: 'https://cdn.example/lists/', issuer: 'mayfly', want: 'https://cdn.example/lists' },
  { setting: '', issuer: 'mayfly', want: undefined },
  { setting: '', issuer: 'http://id.example.com', want: undefined },
  { setting: 'http://cdn.example', issuer: 'https://id.example.com', want: undefined },
  { setting: 'https://cdn.example/?a', issuer: 'https://id.example.com', want: undefined },
]) {
  test(`lists at "${setting}" of ${issuer} are ${want}`, () => {
    assert.equal(statusListBase(setting, issuer), want);
  });
}
