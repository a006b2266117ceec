import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Binding, RoleRef, Subject } from './bindings.ts';
import { type ClusterRole, validateClusterRole } from './cluster-role.ts';
import { setClusterRoleBindingDefaults, validateClusterRoleBinding } from './cluster-role-binding.ts';
import { validateRole } from './role.ts';
import { setRoleBindingDefaults, validateRoleBinding, validateRoleBindingUpdate } from './role-binding.ts';
import type { PolicyRule } from './rules.ts';

const GROUP = 'rbac.authorization.k8s.io';
const texts = (errors: readonly { field: string; body: string }[]): string[] =>
  errors.map(({ field, body }) => `${field}: ${body}`);
const rule = (change: Partial<PolicyRule>): PolicyRule => ({ verbs: ['get'], ...change });
const ROLE_REF: RoleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: 'view' };

for (const { name, rules, role = [], clusterRole = role } of [
  { name: 'none', rules: null },
  { name: 'a resource rule', rules: [rule({ apiGroups: [''], resources: ['pods'] })] },
  {
    name: '63: no verbs',
    rules: [rule({ verbs: [], apiGroups: [''], resources: ['pods'] })],
    role: ['rules[0].verbs: Required value: verbs must contain at least one value'],
  },
  {
    name: '62: non-resource URLs',
    rules: [rule({ nonResourceURLs: ['/a'] })],
    role: ['rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs'],
    clusterRole: [],
  },
  {
    name: 'URLs and resources',
    rules: [rule({ nonResourceURLs: ['/a'], resourceNames: ['x'] })],
    role: [
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs',
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
    clusterRole: [
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
  },
  {
    name: 'neither groups nor resources',
    rules: [rule({})],
    role: [
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
  },
] as { name: string; rules: PolicyRule[] | null; role?: string[]; clusterRole?: string[] }[]) {
  test(`rules: ${name}`, () => {
    assert.deepEqual(texts(validateRole({ rules })), role);
    assert.deepEqual(texts(validateClusterRole({ rules })), clusterRole);
  });
}

for (const { name, aggregationRule, want } of [
  { name: 'a selector', aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] }, want: [] },
  {
    name: 'no selector',
    aggregationRule: {},
    want: [
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
  },
  {
    name: 'an unknown operator',
    aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Like' }] }] },
    want: [
      'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
    ],
  },
  {
    name: 'In without values',
    aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'In' }] }] },
    want: [
      "aggregationRule.clusterRoleSelectors[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  },
] as { name: string; aggregationRule: NonNullable<ClusterRole['aggregationRule']>; want: string[] }[]) {
  test(`aggregation: ${name}`, () => assert.deepEqual(texts(validateClusterRole({ aggregationRule })), want));
}

test('65: empty API groups are filled in, but not that of a service account', () => {
  const subjects: Subject[] = [
    { kind: 'User', name: 'a' },
    { kind: 'Group', name: 'b' },
    { kind: 'ServiceAccount', name: 'c' },
  ];
  for (const setDefaults of [setRoleBindingDefaults, setClusterRoleBindingDefaults]) {
    const binding: Binding = { roleRef: { ...ROLE_REF, apiGroup: '' }, subjects };
    setDefaults(binding);
    assert.equal(binding.roleRef.apiGroup, GROUP);
    assert.deepEqual(
      binding.subjects?.map(({ apiGroup }) => apiGroup),
      [GROUP, GROUP, undefined],
    );
  }
  assert.equal(subjects[0]?.apiGroup, undefined, 'what was handed in is not changed');
});

const subject = (change: Partial<Subject>): Subject => ({ kind: 'User', apiGroup: GROUP, name: 'a', ...change });

for (const { name, roleRef = {}, subjects = [], want, cluster = want } of [
  { name: 'no subjects', want: [] },
  {
    name: 'another group',
    roleRef: { apiGroup: 'x' },
    want: [`roleRef.apiGroup: Unsupported value: "x": supported values: "${GROUP}"`],
  },
  {
    name: 'a Role',
    roleRef: { kind: 'Role' },
    want: [],
    cluster: ['roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'],
  },
  { name: 'no role', roleRef: { name: '' }, want: ['roleRef.name: Required value'] },
  {
    name: 'a role of a path',
    roleRef: { name: 'a/b' },
    want: ['roleRef.name: Invalid value: "a/b": may not contain \'/\''],
  },
  { name: 'a subject without a name', subjects: [subject({ name: '' })], want: ['subjects[0].name: Required value'] },
  {
    name: 'a user of no group',
    subjects: [subject({ apiGroup: '' })],
    want: [`subjects[0].apiGroup: Unsupported value: "": supported values: "${GROUP}"`],
  },
  {
    name: 'a machine',
    subjects: [subject({ kind: 'Machine' })],
    want: ['subjects[0].kind: Unsupported value: "Machine": supported values: "ServiceAccount", "User", "Group"'],
  },
  {
    name: '54: an account of no namespace',
    subjects: [subject({ kind: 'ServiceAccount', apiGroup: '' })],
    want: [],
    cluster: ['subjects[0].namespace: Required value'],
  },
  {
    name: 'an account of a group',
    subjects: [subject({ kind: 'ServiceAccount', namespace: 'n' })],
    want: [`subjects[0].apiGroup: Unsupported value: "${GROUP}": supported values: ""`],
  },
] as { name: string; roleRef?: Partial<RoleRef>; subjects?: Subject[]; want: string[]; cluster?: string[] }[]) {
  test(`bindings: ${name}`, () => {
    const binding: Binding = { roleRef: { ...ROLE_REF, ...roleRef }, subjects };
    assert.deepEqual(texts(validateRoleBinding(binding)), want);
    assert.deepEqual(texts(validateClusterRoleBinding(binding)), cluster);
  });
}

test('64: the role of a binding never changes', () => {
  const got = texts(validateRoleBindingUpdate({ roleRef: { ...ROLE_REF, name: 'edit' } }, { roleRef: ROLE_REF }));
  assert.equal(got.length, 1);
  assert.match(got[0] ?? '', /^roleRef: Invalid value: \{.*\}: cannot change roleRef$/);
  assert.deepEqual(validateRoleBindingUpdate({ roleRef: { ...ROLE_REF } }, { roleRef: ROLE_REF }), []);
});
