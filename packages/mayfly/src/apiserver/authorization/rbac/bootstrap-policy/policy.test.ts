/** The default policy against its goldens: a changed right shows as a diff. UPDATE_GOLDEN=1 rewrites them. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ClusterRole } from '../policy.ts';
import { CONTROLLER_ROLE_PREFIX } from './controllers.ts';
import { BOOTSTRAP_POLICY } from './policy.ts';

const { clusterRoles, clusterRoleBindings, roles, roleBindings } = BOOTSTRAP_POLICY;
const isController = ({ metadata }: ClusterRole) => metadata?.name?.startsWith(CONTROLLER_ROLE_PREFIX) ?? false;

for (const [name, objects] of Object.entries({
  'cluster-roles': clusterRoles.filter((role) => !isController(role)),
  'controller-roles': clusterRoles.filter(isController),
  'cluster-role-bindings': clusterRoleBindings,
  'namespace-roles': roles,
  'namespace-role-bindings': roleBindings,
})) {
  test(`default ${name} are as recorded`, () => {
    const path = new URL(`testdata/${name}.golden.json`, import.meta.url);
    const text = `${JSON.stringify(objects, undefined, 1)}\n`;
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text);
    assert.equal(text, readFileSync(path, 'utf8'));
  });
}

test('every default binding has its role, and every name is there once', () => {
  const names = clusterRoles.map(({ metadata }) => metadata?.name);
  assert.equal(new Set(names).size, names.length);
  for (const { roleRef } of clusterRoleBindings) assert.ok(names.includes(roleRef.name), roleRef.name);
  for (const { roleRef, metadata } of roleBindings)
    assert.ok(
      roles.some((role) => role.metadata?.name === roleRef.name && role.metadata?.namespace === metadata?.namespace),
    );
});

test('roles that would hand out power are bound to nobody', () => {
  const bound = new Set(
    clusterRoleBindings.filter(({ subjects }) => subjects?.length).map(({ roleRef }) => roleRef.name),
  );
  for (const name of [
    'system:node',
    'system:auth-delegator',
    'system:node-bootstrapper',
    'system:kubelet-api-admin',
    'admin',
    'edit',
    'mayfly:issued-tokens-viewer',
  ])
    assert.equal(bound.has(name), false, name);
});

test('row 80: view is within edit, and edit within admin, from the first start on', () => {
  const rulesOf = (name: string) => clusterRoles.find(({ metadata }) => metadata?.name === name)?.rules ?? [];
  for (const rule of rulesOf('view')) assert.ok(rulesOf('edit').includes(rule));
  for (const rule of rulesOf('edit')) assert.ok(rulesOf('admin').includes(rule));
  assert.ok(rulesOf('view').length > 5);
});
