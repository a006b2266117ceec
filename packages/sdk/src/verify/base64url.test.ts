import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBase64url, decodeByTable } from './base64url.ts';

for (const { name, text, want } of [
  { name: 'decodes nothing to nothing', text: '', want: [] },
  { name: 'decodes one byte', text: 'AQ', want: [1] },
  { name: 'decodes two bytes', text: '__4', want: [0xff, 0xfe] },
  { name: 'decodes three bytes', text: '-_-_', want: [0xfb, 0xff, 0xbf] },
  { name: 'refuses spare bits after one byte', text: 'AR', want: undefined },
  { name: 'refuses spare bits after two bytes', text: '__5', want: undefined },
  { name: 'refuses padding', text: 'AQ==', want: undefined },
  { name: 'refuses the other alphabet', text: '+/+/', want: undefined },
  { name: 'refuses white space', text: 'AQ\n', want: undefined },
  { name: 'refuses a lone character', text: 'A', want: undefined },
  { name: 'refuses characters outside ASCII', text: 'AQ\u0141\u0141', want: undefined },
]) {
  for (const decode of [decodeBase64url, decodeByTable]) {
    test(`${decode.name} ${name}`, () => {
      const bytes = decode(text);
      assert.deepEqual(bytes && [...bytes], want);
    });
  }
}

test('both read back what Node writes, for every length and byte', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  for (let length = 0; length <= bytes.length; length++) {
    const slice = bytes.subarray(bytes.length - length);
    for (const decode of [decodeBase64url, decodeByTable])
      assert.deepEqual(Buffer.from(decode(slice.toString('base64url')) ?? []), slice);
  }
});
