import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyJSONPatch, MAX_OPERATIONS, PatchError } from './json-patch.ts';

/** RFC 6902 appendix A, and what Kubernetes clients send. */
for (const { name, document, patch, want } of [
  {
    name: 'A.1 adds a member',
    document: { foo: 'bar' },
    patch: [{ op: 'add', path: '/baz', value: 'qux' }],
    want: { baz: 'qux', foo: 'bar' },
  },
  {
    name: 'A.2 adds an element',
    document: { foo: ['bar', 'baz'] },
    patch: [{ op: 'add', path: '/foo/1', value: 'qux' }],
    want: { foo: ['bar', 'qux', 'baz'] },
  },
  {
    name: 'A.3 removes a member',
    document: { baz: 'qux', foo: 'bar' },
    patch: [{ op: 'remove', path: '/baz' }],
    want: { foo: 'bar' },
  },
  {
    name: 'A.4 removes an element',
    document: { foo: ['bar', 'qux', 'baz'] },
    patch: [{ op: 'remove', path: '/foo/1' }],
    want: { foo: ['bar', 'baz'] },
  },
  {
    name: 'A.5 replaces a value',
    document: { baz: 'qux', foo: 'bar' },
    patch: [{ op: 'replace', path: '/baz', value: 'boo' }],
    want: { baz: 'boo', foo: 'bar' },
  },
  {
    name: 'A.6 moves a value',
    document: { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
    patch: [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
    want: { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
  },
  {
    name: 'A.7 moves an element',
    document: { foo: ['all', 'grass', 'cows', 'eat'] },
    patch: [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    want: { foo: ['all', 'cows', 'eat', 'grass'] },
  },
  {
    name: 'A.8 tests a value',
    document: { baz: 'qux', foo: ['a', 2, 'c'] },
    patch: [
      { op: 'test', path: '/baz', value: 'qux' },
      { op: 'test', path: '/foo/1', value: 2 },
    ],
    want: { baz: 'qux', foo: ['a', 2, 'c'] },
  },
  {
    name: 'A.10 adds a nested object',
    document: { foo: 'bar' },
    patch: [{ op: 'add', path: '/child', value: { grandchild: {} } }],
    want: { foo: 'bar', child: { grandchild: {} } },
  },
  {
    name: 'A.11 ignores members it does not know',
    document: { foo: 'bar' },
    patch: [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
    want: { foo: 'bar', baz: 'qux' },
  },
  {
    name: 'A.14 orders ~ escapes',
    document: { '/': 9, '~1': 10 },
    patch: [{ op: 'test', path: '/~01', value: 10 }],
    want: { '/': 9, '~1': 10 },
  },
  {
    name: 'A.16 appends with -',
    document: { foo: ['bar'] },
    patch: [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
    want: { foo: ['bar', ['abc', 'def']] },
  },
  {
    name: 'replaces on adding a member that is there',
    document: { a: 1 },
    patch: [{ op: 'add', path: '/a', value: 2 }],
    want: { a: 2 },
  },
  {
    name: 'replaces the whole document',
    document: { a: 1 },
    patch: [{ op: 'replace', path: '', value: { b: 2 } }],
    want: { b: 2 },
  },
  {
    name: 'adds at the end of a list',
    document: { a: [1] },
    patch: [{ op: 'add', path: '/a/1', value: 2 }],
    want: { a: [1, 2] },
  },
  {
    name: 'copies',
    document: { a: { b: 1 } },
    patch: [
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'replace', path: '/c/b', value: 2 },
    ],
    want: { a: { b: 1 }, c: { b: 2 } },
  },
  {
    name: 'compares objects without minding the order',
    document: { a: { x: 1, y: [2] } },
    patch: [{ op: 'test', path: '/a', value: { y: [2], x: 1 } }],
    want: { a: { x: 1, y: [2] } },
  },
  {
    name: 'takes an absent member for null in a test',
    document: { a: {} },
    patch: [{ op: 'test', path: '/a/b', value: null }],
    want: { a: {} },
  },
  {
    name: 'knows the empty name',
    document: { '': 1 },
    patch: [{ op: 'replace', path: '/', value: 2 }],
    want: { '': 2 },
  },
  {
    name: 'moves a value onto itself',
    document: { a: 1 },
    patch: [{ op: 'move', from: '/a', path: '/a' }],
    want: { a: 1 },
  },
  {
    name: 'adds on replacing an absent member, as Kubernetes does',
    document: { a: {} },
    patch: [{ op: 'replace', path: '/a/b', value: 1 }],
    want: { a: { b: 1 } },
  },
  { name: 'takes a missing value for null', document: {}, patch: [{ op: 'add', path: '/a' }], want: { a: null } },
  {
    name: 'keeps a null that is set',
    document: {},
    patch: [{ op: 'add', path: '/a', value: null }],
    want: { a: null },
  },
  {
    name: 'reads an annotation path of kubectl',
    document: { metadata: { annotations: { 'x.io/a': '1' } } },
    patch: [{ op: 'replace', path: '/metadata/annotations/x.io~1a', value: '2' }],
    want: { metadata: { annotations: { 'x.io/a': '2' } } },
  },
]) {
  test(`JSON patch ${name}`, () => {
    const before = structuredClone({ document, patch });
    assert.deepEqual(applyJSONPatch(document, patch), want);
    assert.deepEqual({ document, patch }, before, 'the inputs are unchanged');
  });
}

for (const { name, document = { a: { b: 1 }, l: [1] }, patch, code } of [
  { name: 'A.9 a failed test', patch: [{ op: 'test', path: '/a/b', value: 'x' }], code: 'failed' },
  {
    name: 'A.15 a number that is not a text',
    document: { '/': 9, '~1': 10 },
    patch: [{ op: 'test', path: '/~01', value: '10' }],
    code: 'failed',
  },
  { name: 'A.12 adding below what is absent', patch: [{ op: 'add', path: '/x/y', value: 1 }], code: 'failed' },
  { name: 'adding below a scalar', patch: [{ op: 'add', path: '/a/b/c', value: 1 }], code: 'failed' },
  { name: 'adding beyond the end', patch: [{ op: 'add', path: '/l/2', value: 1 }], code: 'failed' },
  { name: 'an index with a leading zero', patch: [{ op: 'add', path: '/l/00', value: 1 }], code: 'failed' },
  { name: 'a negative index', patch: [{ op: 'replace', path: '/l/-1', value: 1 }], code: 'failed' },
  { name: 'replacing below what is absent', patch: [{ op: 'replace', path: '/x/y', value: 1 }], code: 'failed' },
  { name: 'replacing beyond the end', patch: [{ op: 'replace', path: '/l/1', value: 1 }], code: 'failed' },
  { name: 'removing what is absent', patch: [{ op: 'remove', path: '/x' }], code: 'failed' },
  { name: 'removing beyond the end', patch: [{ op: 'remove', path: '/l/1' }], code: 'failed' },
  { name: 'removing the whole document', patch: [{ op: 'remove', path: '' }], code: 'failed' },
  { name: 'testing below what is absent', patch: [{ op: 'test', path: '/x/y', value: null }], code: 'failed' },
  { name: 'copying what is absent', patch: [{ op: 'copy', from: '/x', path: '/y' }], code: 'failed' },
  { name: 'moving a value into itself', patch: [{ op: 'move', from: '/a', path: '/a/c' }], code: 'failed' },
  { name: 'a prototype as a path', patch: [{ op: 'remove', path: '/a/constructor' }], code: 'failed' },
  { name: 'an object for a list', patch: { op: 'add' }, code: 'malformed' },
  { name: 'a null operation', patch: [null], code: 'malformed' },
  { name: 'an unknown op', patch: [{ op: 'merge', path: '/a' }], code: 'failed' },
  { name: 'an op without path', patch: [{ op: 'remove' }], code: 'failed' },
  { name: 'copy without from', patch: [{ op: 'copy', path: '/a' }], code: 'failed' },
  { name: 'a path that is no pointer', patch: [{ op: 'remove', path: 'a' }], code: 'failed' },
  { name: 'a bad escape', patch: [{ op: 'remove', path: '/~2' }], code: 'failed' },
  {
    name: 'more operations than allowed',
    patch: Array.from({ length: MAX_OPERATIONS + 1 }, () => ({ op: 'test', path: '', value: 1 })),
    code: 'too-many-operations',
  },
]) {
  test(`JSON patch refuses ${name}`, () =>
    assert.throws(
      () => applyJSONPatch(document, patch),
      (error: unknown) => {
        assert.ok(error instanceof PatchError);
        assert.equal(error.code, code);
        return true;
      },
    ));
}

test('JSON patch bounds what copies add together', () => {
  const doubling = Array.from({ length: 30 }, () => ({ op: 'copy', from: '/l', path: '/l/-' }));
  assert.throws(
    () => applyJSONPatch({ l: ['x'.repeat(1024)] }, doubling),
    /copy operations add more than 3145728 bytes/,
  );
});

test('JSON patch bounds what tests compare together', () => {
  const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, '']));
  const document = { data: wide };
  const tests = Array.from({ length: 60 }, () => ({ op: 'test', path: '/data', value: wide }));
  assert.throws(() => applyJSONPatch(document, tests), /test operations compare too much/);
  assert.deepEqual(applyJSONPatch(document, tests.slice(0, 40)), document);
});

test('JSON patch bounds the depth that copies reach', () => {
  const nesting = Array.from({ length: 500 }, () => ({ op: 'copy', from: '/a', path: '/a/a' }));
  assert.throws(() => applyJSONPatch({ a: {} }, nesting), PatchError);
});

test('JSON patch cannot reach a prototype', () => {
  for (const path of ['/__proto__/polluted', '/constructor/prototype/polluted']) {
    assert.throws(() => applyJSONPatch({}, [{ op: 'add', path, value: true }]), PatchError);
  }
  const result = applyJSONPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]) as object;
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
  assert.deepEqual(Object.keys(result), ['__proto__']);
});
