import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyMergePatch, PatchError } from './merge-patch.ts';

/** RFC 7396 appendix A. */
for (const [target, patch, want] of [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
]) {
  test(`merge patch ${JSON.stringify(patch)} turns ${JSON.stringify(target)} into ${JSON.stringify(want)}`, () =>
    assert.deepEqual(applyMergePatch(target, patch), want));
}

test('merge patch changes neither side and shares nothing', () => {
  const target = { a: { b: [{ c: 1 }] }, d: {} };
  const patch = { a: { x: { y: [1] } } };
  const before = structuredClone({ target, patch });
  const result = applyMergePatch(target, patch) as { a: { b: { c: number }[]; x: { y: number[] } } };
  result.a.b[0] = { c: 2 };
  result.a.x.y.push(2);
  assert.deepEqual({ target, patch }, before);
});

test('merge patch cannot reach a prototype', () => {
  const patch = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown;
  const result = applyMergePatch({}, patch) as object;
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  assert.deepEqual(Object.keys(result), ['__proto__', 'constructor']);
});

test('merge patch refuses to go deeper than two hundred', () => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 5000; depth++) deep = { a: deep };
  assert.throws(() => applyMergePatch({}, deep), PatchError);
  assert.throws(() => applyMergePatch({}, { list: [deep] }), PatchError);
});

test('applying a merge patch twice is applying it once (seed 7)', () => {
  const random = mulberry32(7);
  const value = (depth: number): unknown => {
    const kind = random(depth > 0 ? 5 : 3);
    if (kind === 0) return null;
    if (kind < 3) return random(3);
    if (kind === 3) return [random(2)];
    return Object.fromEntries(Array.from({ length: random(4) }, () => ['abcd'[random(4)], value(depth - 1)]));
  };
  for (let round = 0; round < 2000; round++) {
    const target = value(4);
    const patch = value(4);
    const once = applyMergePatch(target, patch);
    assert.deepEqual(applyMergePatch(once, patch), once);
  }
});

function mulberry32(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * max);
  };
}
