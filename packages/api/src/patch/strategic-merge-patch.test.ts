import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeObject } from '../decode/object.ts';
import { applyStrategicMergePatch, PatchError } from './strategic-merge-patch.ts';

interface Case {
  name: string;
  schema: string;
  original: unknown;
  patch: unknown;
  want?: unknown;
  error?: string;
}

/** What kubectl itself makes of the same patches. */
const golden = JSON.parse(readFileSync(new URL('fixtures/strategic-merge.golden.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

for (const { name, schema, original, patch, want, error } of golden.cases) {
  if (error === undefined) {
    test(`strategic merge does as kubectl: ${name}`, () => {
      const before = structuredClone({ original, patch });
      assert.deepEqual(decodeObject(schema, applyStrategicMergePatch(schema, original, patch)).object, want);
      assert.deepEqual({ original, patch }, before, 'the inputs are unchanged');
    });
  } else {
    test(`strategic merge refuses as kubectl: ${name}`, () =>
      assert.throws(() => applyStrategicMergePatch(schema, original, patch), PatchError));
  }
}

for (const { name, original = {}, patch, code } of [
  { name: 'a patch that is no object', patch: [], code: 'malformed' },
  { name: 'a null patch', patch: null, code: 'malformed' },
  { name: 'an unknown $patch', patch: { $patch: 'x' }, code: 'bad-directive' },
  { name: '$retainKeys that misses a key', patch: { $retainKeys: [], spec: {} }, code: 'bad-directive' },
  { name: '$setElementOrder that is no list', patch: { '$setElementOrder/x': 1 }, code: 'bad-directive' },
  {
    name: 'a list of lists',
    original: { metadata: { finalizers: ['a'] } },
    patch: { metadata: { finalizers: [['a']] } },
    code: 'list-of-lists',
  },
  {
    name: 'an element without its key',
    original: { spec: { containers: [{ name: 'a' }] } },
    patch: { spec: { containers: [{}] } },
    code: 'malformed',
  },
]) {
  test(`strategic merge refuses ${name} as ${code}`, () =>
    assert.throws(() => applyStrategicMergePatch('core/v1.Pod', original, patch), { name: 'PatchError', code }));
}

test('refusals name keys, never values', () => {
  const original = { data: { a: 'SECRET' }, metadata: { finalizers: ['SECRET'] } };
  for (const patch of [
    { metadata: { finalizers: [{ a: 'SECRET' }] } },
    { $retainKeys: ['x'], data: { a: 'SECRET' } },
  ]) {
    assert.throws(
      () => applyStrategicMergePatch('core/v1.Secret', original, patch),
      (error: unknown) => error instanceof PatchError && !error.message.includes('SECRET'),
    );
  }
});

test('strategic merge shares nothing and cannot reach a prototype', () => {
  const original = { metadata: { labels: { a: '1' }, finalizers: ['x'] } };
  const patch = JSON.parse(
    '{"__proto__":{"polluted":1},"data":{"__proto__":"v"},"metadata":{"labels":{"b":"2"}}}',
  ) as object;
  const result = applyStrategicMergePatch('core/v1.ConfigMap', original, patch) as typeof original & { data: object };
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
  assert.deepEqual(Object.keys(result.data), ['__proto__']);
  result.metadata.finalizers.push('y');
  assert.deepEqual(original, { metadata: { labels: { a: '1' }, finalizers: ['x'] } });
});
