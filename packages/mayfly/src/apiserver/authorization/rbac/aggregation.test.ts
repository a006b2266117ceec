import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aggregatedRules } from './aggregation.ts';
import type { ClusterRole, LabelSelectorSource, PolicyRule } from './policy.ts';

const rule = (resource: string): PolicyRule => ({ verbs: ['get'], apiGroups: [''], resources: [resource] });
const labelled = (name: string, labels: Record<string, string>, ...rules: PolicyRule[]): ClusterRole => ({
  metadata: { name, labels },
  rules,
});
const gathering = (name: string, selectors: LabelSelectorSource[], ...rules: PolicyRule[]): ClusterRole => ({
  metadata: { name, labels: { to: 'x' } },
  aggregationRule: { clusterRoleSelectors: selectors },
  rules,
});
const toX = { matchLabels: { to: 'x' } };

test('row 80: rules of all selected roles, sorted by name, each once, itself skipped', () => {
  const view = gathering('view', [toX], rule('old'));
  const roles = [
    labelled('b', { to: 'x' }, rule('b'), rule('a')),
    labelled('a', { to: 'x' }, rule('a')),
    labelled('c', {}, rule('c')),
    view,
  ];
  assert.deepEqual(aggregatedRules(view, roles), [rule('a'), rule('b')]);
});

test('row 81: hand-written rules give way; equal rules need no write', () => {
  const roles = [labelled('a', { to: 'x' }, rule('a'))];
  assert.deepEqual(aggregatedRules(gathering('v', [toX], rule('a'), rule('mine')), roles), [rule('a')]);
  assert.equal(aggregatedRules(gathering('v', [toX], rule('a')), roles), undefined);
  assert.equal(aggregatedRules(labelled('plain', {}), roles), undefined);
});

for (const { expression, want } of [
  { expression: { key: 'to', operator: 'In', values: ['x'] }, want: 1 },
  { expression: { key: 'to', operator: 'NotIn', values: ['x'] }, want: 0 },
  { expression: { key: 'to', operator: 'Exists' }, want: 1 },
  { expression: { key: 'to', operator: 'DoesNotExist' }, want: 0 },
  { expression: { key: 'toString', operator: 'Exists' }, want: 0 },
  { expression: { key: 'to', operator: 'Near', values: ['x'] }, want: 0 },
]) {
  test(`matchExpressions ${JSON.stringify(expression)} selects ${want}`, () => {
    const role = gathering('v', [{ matchExpressions: [expression] }], rule('old'));
    assert.equal(aggregatedRules(role, [labelled('a', { to: 'x' }, rule('a'))])?.length, want);
  });
}
