import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJSONObject } from './strict-json.ts';

for (const { name, text, want } of [
  { name: 'reads an object', text: '{"a":1}', want: 'ok' },
  {
    name: 'reads equal keys of different objects',
    text: '{"a":{"k":1},"b":{"k":2},"c":[{"k":1},{"k":2}]}',
    want: 'ok',
  },
  { name: 'reads a key that equals a value', text: '{"a":"a","b":["a","a"]}', want: 'ok' },
  { name: 'reads braces and quotes inside strings', text: '{"a":"}\\",\\"a\\":{","b":1}', want: 'ok' },
  { name: 'refuses a duplicate key', text: '{"a":1,"b":2,"a":3}', want: 'duplicate-key' },
  { name: 'refuses a duplicate key spelled with an escape', text: '{"a":1,"\\u0061":3}', want: 'duplicate-key' },
  { name: 'refuses a duplicate key after a nested object', text: '{"a":{"x":1},"a":3}', want: 'duplicate-key' },
  { name: 'refuses a duplicate key deep inside', text: '{"a":[{"b":{"c":1,"c":2}}]}', want: 'duplicate-key' },
  { name: 'refuses a duplicate __proto__', text: '{"__proto__":1,"__proto__":2}', want: 'duplicate-key' },
  { name: 'refuses an array', text: '[]', want: 'not-an-object' },
  { name: 'refuses null', text: 'null', want: 'not-an-object' },
  { name: 'refuses two values', text: '{}{}', want: 'not-json' },
  { name: 'refuses a byte order mark', text: '\ufeff{}', want: 'not-json' },
  { name: 'refuses nothing', text: '', want: 'not-json' },
]) {
  test(`parseJSONObject ${name}`, () => {
    const verdict = parseJSONObject(new TextEncoder().encode(text));
    assert.equal(verdict.ok ? 'ok' : verdict.fault, want);
  });
}

test('parseJSONObject refuses bytes that are no UTF-8', () => {
  const verdict = parseJSONObject(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d));
  assert.deepEqual(verdict, { ok: false, fault: 'not-utf-8' });
});

test('parseJSONObject bears deep nesting', () => {
  const text = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  assert.equal(parseJSONObject(new TextEncoder().encode(text)).ok, true);
});
