import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleLines } from './compact.ts';
import { uncovered } from './covers.ts';
import type { PolicyRule } from './policy.ts';

const on = (verbs: string[], resources: string[], more: Partial<PolicyRule> = {}): PolicyRule => ({
  verbs,
  apiGroups: [''],
  resources,
  ...more,
});
const url = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs });
const all: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };

const ROWS: readonly [name: string, held: PolicyRule[], wanted: PolicyRule[], covered: boolean][] = [
  ['row 66: the same', [on(['get', 'list'], ['secrets'])], [on(['get'], ['secrets'])], true],
  ['row 67: one verb more', [on(['get'], ['secrets'])], [on(['get', 'delete'], ['secrets'])], false],
  ['row 68: per atom', [on(['get'], ['pods']), on(['get'], ['pods/log'])], [on(['get'], ['pods', 'pods/log'])], true],
  ['row 69: a name is less', [on(['get'], ['s'], { resourceNames: ['a'] })], [on(['get'], ['s'])], false],
  [
    'row 69: another name',
    [on(['get'], ['s'], { resourceNames: ['a'] })],
    [on(['get'], ['s'], { resourceNames: ['b'] })],
    false,
  ],
  [
    'row 69: two names',
    [on(['get'], ['s'], { resourceNames: ['a'] }), on(['get'], ['s'], { resourceNames: ['b'] })],
    [on(['get'], ['s'], { resourceNames: ['a', 'b'] })],
    true,
  ],
  ['row 70: no name is more', [on(['get'], ['s'])], [on(['get'], ['s'], { resourceNames: ['a'] })], true],
  ['row 71: every resource has subresources', [on(['get'], ['*'])], [on(['get'], ['deployments/scale'])], true],
  ['row 71: */sub', [on(['get'], ['*/scale'])], [on(['get'], ['deployments/scale'])], true],
  ['row 71: */sub is not the resource', [on(['get'], ['*/scale'])], [on(['get'], ['deployments'])], false],
  ['row 71: res does not cover res/sub', [on(['get'], ['pods'])], [on(['get'], ['pods/log'])], false],
  ['row 72: star by star', [on(['*'], ['x'])], [on(['*'], ['x'])], true],
  [
    'row 72: star by many',
    [on(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'], ['x'])],
    [on(['*'], ['x'])],
    false,
  ],
  [
    'a right is not stitched together',
    [on(['get'], ['x']), { ...on(['list'], ['x']), apiGroups: ['apps'] }],
    [on(['list'], ['x'])],
    false,
  ],
  ['another group', [on(['get'], ['x'], { apiGroups: ['apps'] })], [on(['get'], ['x'])], false],
  ['every group', [on(['get'], ['x'], { apiGroups: ['*'] })], [on(['get'], ['x'])], true],
  ['all covers all', [all], [all], true],
  ['all resources do not cover URLs', [all], [url('/x')], false],
  ['URL exact', [url('/a')], [url('/a')], true],
  ['URL prefix', [url('/a/*')], [url('/a/b')], true],
  ['URL prefix of a prefix', [url('/*')], [url('/a/*')], true],
  ['URL prefix is not wider', [url('/a/*')], [url('/*')], false],
  ['URL star', [url('*')], [url('/a/*')], true],
  ['nothing wanted', [], [], true],
  ['a rule without verbs gives nothing', [], [on([], ['x'])], true],
];

for (const [name, held, wanted, covered] of ROWS) {
  test(`uncovered ${name}`, () => assert.equal(uncovered(held, wanted).length === 0, covered));
}

test('missing atoms of one resource are one line, sorted, quoted as Go does', () => {
  const wanted = [
    on(['get', 'list'], ['secrets', 'pods']),
    on(['get'], ['s'], { resourceNames: ['a', 'b'] }),
    url('/x', '/y'),
  ];
  assert.deepEqual(ruleLines(uncovered([], wanted)), [
    '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
    '{APIGroups:[""], Resources:["s"], ResourceNames:["a"], Verbs:["get"]}',
    '{APIGroups:[""], Resources:["s"], ResourceNames:["b"], Verbs:["get"]}',
    '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
    '{NonResourceURLs:["/x"], Verbs:["get"]}',
    '{NonResourceURLs:["/y"], Verbs:["get"]}',
  ]);
});
