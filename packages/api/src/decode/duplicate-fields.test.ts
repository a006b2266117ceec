import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError, duplicateFields } from './object.ts';

for (const { name, text, want } of [
  { name: 'finds nothing in a clean text', text: '{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}', want: [] },
  { name: 'names a top-level double', text: '{"kind":"A","kind":"B"}', want: ['kind'] },
  { name: 'names a nested double', text: '{"data":{"a":"1","a":"2"}}', want: ['data.a'] },
  { name: 'names a double below lists', text: '{"s":{"c":[{"n":1},{"n":1,"n":2}]}}', want: ['s.c[1].n'] },
  { name: 'names each path once', text: '{"a":1,"a":2,"a":3}', want: ['a'] },
  { name: 'sees through escapes', text: '{"a":1,"\\u0061":2}', want: ['a'] },
  { name: 'tells values from names', text: '{"a":"a","b":["a","a"],"c":"}","d":"{\\"a\\":1"}', want: [] },
  { name: 'is not fooled by escaped quotes', text: '{"a\\"":1,"a":"\\\\","a\\"":2}', want: ['a"'] },
  { name: 'minds blanks', text: ' { "a" : 1 ,\n "a" : 2 } ', want: ['a'] },
  {
    name: 'knows prototype names as names',
    text: '{"__proto__":1,"constructor":2,"__proto__":3}',
    want: ['__proto__'],
  },
  { name: 'goes on after a nested object', text: '{"a":{"b":{}},"c":[],"a":[]}', want: ['a'] },
  { name: 'survives what is no JSON', text: '{"a":"', want: [] },
  { name: 'survives stray brackets', text: ']}{"a"', want: [] },
]) {
  test(`duplicateFields ${name}`, () => assert.deepEqual(duplicateFields(text), want));
}

test('duplicateFields finds doubles in objects too large for a list', () => {
  const members = Array.from({ length: 50 }, (_, index) => `"k${index}":0`);
  assert.deepEqual(duplicateFields(`{${[...members, '"k3":1', '"k49":1'].join()}}`), ['k3', 'k49']);
});

test('duplicateFields reports at most a hundred', () => {
  const members = Array.from({ length: 300 }, (_, index) => `"k${index}":0,"k${index}":0`);
  assert.equal(duplicateFields(`{${members.join()}}`).length, 100);
});

test('duplicateFields refuses to go deeper than a thousand', () => {
  assert.deepEqual(duplicateFields('['.repeat(1000)), []);
  assert.throws(() => duplicateFields('['.repeat(1001)), DecodeError);
});

test('duplicateFields stays linear on hostile texts', () => {
  const startedAt = performance.now();
  duplicateFields(`{"a":"${'\\"'.repeat(500_000)}"}`);
  duplicateFields(`{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":0`).join()}}`);
  assert.ok(performance.now() - startedAt < 5000);
});
