import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalBase64, encodeBase64 } from './base64.ts';

test('encodeBase64 agrees with the runtime at every length modulo three', () => {
  for (let length = 0; length < 40; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 151 + length * 7) & 255);
    assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString('base64'));
  }
});

for (const { name, text, want } of [
  { name: 'keeps canonical text', text: 'aGk=', want: 'aGk=' },
  { name: 'keeps the empty text', text: '', want: '' },
  { name: 'removes line breaks, as Go does', text: 'aGVs\r\nbG8h\n', want: 'aGVsbG8h' },
  { name: 'clears unused bits before one =', text: 'aGl=', want: 'aGk=' },
  { name: 'clears unused bits before two =', text: 'aR==', want: 'aQ==' },
  { name: 'points at a blank', text: 'aG k', want: 2 },
  { name: 'points at the URL alphabet', text: 'aG-_', want: 2 },
  { name: 'points at = inside', text: 'a=Gk', want: 1 },
  { name: 'refuses missing padding', text: 'aGk', want: 3 },
  { name: 'refuses too much padding', text: 'aGk==', want: 5 },
  { name: 'refuses a lone character', text: 'aGkhb===', want: 5 },
]) {
  test(`canonicalBase64 ${name}`, () => assert.equal(canonicalBase64(text), want));
}
