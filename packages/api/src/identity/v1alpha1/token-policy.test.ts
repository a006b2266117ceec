import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTokenPolicy, tokenPolicyWarnings, validateTokenPolicy } from './token-policy.ts';

const P = 'identity.mayfly.dev/';
const MAX = `${P}max-token-expiration`;
const AUDIENCES = `${P}allowed-audiences`;
const EXTENDED = `${P}extended-token-expiration`;
const UNTIL = `${P}extended-token-expiration-until`;

for (const { name, annotations, want } of [
  { name: 'nothing', annotations: undefined, want: {} },
  { name: 'somebody else’s annotations', annotations: { 'example.com/max-token-expiration': 'x' }, want: {} },
  { name: 'the least maximum', annotations: { [MAX]: '10m' }, want: { maxSeconds: 600 } },
  { name: 'the greatest maximum', annotations: { [MAX]: '1193046h' }, want: { maxSeconds: 4_294_965_600 } },
  { name: 'a greater maximum', annotations: { [MAX]: '1193047h' }, want: undefined },
  { name: 'a maximum of parts', annotations: { [MAX]: '1h30m' }, want: { maxSeconds: 5400 } },
  { name: 'audiences', annotations: { [AUDIENCES]: 'a, b' }, want: { allowedAudiences: new Set(['a', 'b']) } },
  { name: 'an end of the grace', annotations: { [EXTENDED]: 'false' }, want: { extended: false } },
  {
    name: 'a date',
    annotations: { [EXTENDED]: 'true', [UNTIL]: '2027-01-31T00:00:00+01:00' },
    want: { extended: true, extendedUntilMs: Date.UTC(2027, 0, 30, 23) },
  },
  { name: 'a maximum below ten minutes', annotations: { [MAX]: '599s' }, want: undefined },
  { name: 'a maximum without a unit', annotations: { [MAX]: '3600' }, want: undefined },
  { name: 'an empty maximum', annotations: { [MAX]: '' }, want: undefined },
  { name: 'no audience', annotations: { [AUDIENCES]: '' }, want: undefined },
  { name: 'an empty audience among others', annotations: { [AUDIENCES]: 'a,,b' }, want: undefined },
  { name: 'a word that is not quite true', annotations: { [EXTENDED]: 'True' }, want: undefined },
  { name: 'a date without time', annotations: { [UNTIL]: '2027-01-31' }, want: undefined },
  { name: 'the 30th of February', annotations: { [UNTIL]: '2027-02-30T00:00:00Z' }, want: undefined },
] as const) {
  test(`readTokenPolicy ${want === undefined ? 'faults' : 'reads'} ${name}`, () => {
    const { policy, faults } = readTokenPolicy(annotations);
    if (want !== undefined) {
      assert.deepEqual([policy, faults], [want, []]);
      return;
    }
    assert.deepEqual(policy, {});
    assert.deepEqual([Object.keys(annotations ?? {})], [faults.map(({ annotation }) => annotation)]);
  });
}

test('a write with a value that cannot be read is refused, and the annotation is named', () => {
  const [error] = validateTokenPolicy({ [MAX]: '3600' }, undefined);
  assert.equal(error?.field, `metadata.annotations[${MAX}]`);
  assert.equal(error?.body, 'Invalid value: "3600": must be a duration from 10m to 2^32 seconds, such as 1h or 90m');
});

test('a value that was stored before keeps nobody from changing something else', () => {
  const old = { [MAX]: 'x', [AUDIENCES]: '' };
  assert.deepEqual(validateTokenPolicy({ ...old, other: 'y' }, old), []);
  assert.equal(validateTokenPolicy({ ...old, [MAX]: 'y' }, old).length, 1);
});

test('a misspelt annotation is told of once', () => {
  const annotations = { [`${P}max-token-expiraton`]: '1h', [MAX]: '1h', 'example.com/x': '' };
  assert.deepEqual(tokenPolicyWarnings(annotations, undefined), [
    `metadata.annotations[${P}max-token-expiraton]: unknown annotation, it has no effect`,
  ]);
  assert.deepEqual(tokenPolicyWarnings(annotations, annotations), []);
});
