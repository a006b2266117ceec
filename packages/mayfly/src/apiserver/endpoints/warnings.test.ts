import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Warnings } from './warnings.ts';

for (const { name, texts, want } of [
  { name: 'quotes and backslashes are escaped', texts: ['a "b" \\c'], want: ['299 - "a \\"b\\" \\\\c"'] },
  { name: 'control characters do not split the header', texts: ['a\r\nX-Evil: 1'], want: ['299 - "a X-Evil: 1"'] },
  { name: 'a text is told once', texts: ['a', 'b', 'a'], want: ['299 - "a"', '299 - "b"'] },
  { name: 'characters that no header holds are replaced', texts: ['snow ☃'], want: ['299 - "snow ?"'] },
  { name: 'an empty text is none', texts: [' '], want: [] },
]) {
  test(name, () => {
    const warnings = new Warnings();
    for (const text of texts) warnings.add(text);
    assert.deepEqual(warnings.headers(), want);
  });
}

test('past 4096 characters in all, each text is cut to 256', () => {
  const warnings = new Warnings();
  for (let i = 0; i < 100; i++) warnings.add(String(i).padEnd(1000, 'x'));
  const headers = warnings.headers();
  assert.equal(headers.length, 16);
  for (const header of headers) assert.equal(header.length, '299 - ""'.length + 256);
});
