/**
 * Every default role × resource × verb, as a golden table: a changed right shows as a changed line.
 *
 * Namespaced rights are asked through a RoleBinding in `ns1`, cluster-wide ones through a ClusterRoleBinding. The table is
 * rewritten under UPDATE_GOLDEN=1 only.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { resourceAttributes } from '../../packages/mayfly/src/apiserver/authorization/attributes.ts';
import { BOOTSTRAP_POLICY } from '../../packages/mayfly/src/apiserver/authorization/rbac/bootstrap-policy/policy.ts';
import { PolicyIndex } from '../../packages/mayfly/src/apiserver/authorization/rbac/policy-index.ts';
import { RBACAuthorizer } from '../../packages/mayfly/src/apiserver/authorization/rbac/rbac-authorizer.ts';

const GROUP = 'rbac.authorization.k8s.io';
const VERBS = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'impersonate',
  'bind',
  'escalate',
];
const ROLES = [
  'view',
  'edit',
  'admin',
  'cluster-admin',
  'system:node',
  'system:basic-user',
  'system:discovery',
  'system:auth-delegator',
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'mayfly:issued-tokens-viewer',
  'mayfly:token-revoker',
];

/** `resource[/subresource]` by API group: everything Mayfly serves, and what its default roles name beyond. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  '': [
    'configmaps',
    'events',
    'namespaces',
    'nodes',
    'nodes/status',
    'pods',
    'pods/eviction',
    'pods/log',
    'pods/status',
    'secrets',
    'serviceaccounts',
    'serviceaccounts/token',
    'services',
    'users',
    'groups',
  ],
  'authentication.k8s.io': ['tokenreviews', 'selfsubjectreviews', 'userextras', 'uids'],
  'authorization.k8s.io': [
    'subjectaccessreviews',
    'localsubjectaccessreviews',
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
  ],
  'coordination.k8s.io': ['leases'],
  'identity.mayfly.dev': ['issuedtokens', 'keyrotations', 'signingkeys', 'tokenrevocations'],
  [GROUP]: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
};

const user = { name: 'subject', uid: '', groups: [], extra: {} };

function holding(role: string, namespace: string): RBACAuthorizer {
  const index = new PolicyIndex();
  index.replace({ ...BOOTSTRAP_POLICY, clusterRoleBindings: [], roleBindings: [] });
  const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: role };
  const binding = { metadata: { name: 'b', namespace }, roleRef, subjects: [{ kind: 'User', name: user.name }] };
  index.set(namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding', binding);
  return new RBACAuthorizer(index);
}

async function allowedVerbs(authorizer: RBACAuthorizer, apiGroup: string, what: string, namespace: string) {
  const [resource = '', subresource = ''] = what.split('/');
  const verdicts = await Promise.all(
    VERBS.map(async (verb) =>
      authorizer.authorize(resourceAttributes(user, { verb, apiGroup, resource, subresource, namespace, name: 'x' })),
    ),
  );
  return VERBS.filter((_, i) => verdicts[i]?.decision === 'Allow');
}

async function table(): Promise<string> {
  const lines: string[] = [];
  for (const role of ROLES) {
    lines.push(`# ${role}`);
    const authorizer = holding(role, 'ns1');
    for (const [apiGroup, resources] of Object.entries(RESOURCES)) {
      for (const resource of resources) {
        const verbs = await allowedVerbs(authorizer, apiGroup, resource, 'ns1');
        lines.push(
          `${resource}${apiGroup && `.${apiGroup}`}: ${verbs.length === VERBS.length ? 'ALL' : verbs.join(' ') || '-'}`,
        );
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

test('the rights of every default role are as recorded', async () => {
  const path = new URL('roles.golden.txt', import.meta.url);
  const text = await table();
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
});

test('a role bound in a namespace gives nothing outside it', async () => {
  for (const role of ROLES)
    for (const [apiGroup, resources] of Object.entries(RESOURCES))
      for (const resource of resources)
        for (const namespace of ['', 'ns2'])
          assert.deepEqual(
            await allowedVerbs(holding(role, 'ns1'), apiGroup, resource, namespace),
            [],
            `${role} ${resource}`,
          );
});

test('bound cluster-wide it gives the same everywhere', async () => {
  for (const role of ['view', 'edit', 'admin'])
    for (const namespace of ['', 'ns1', 'ns2'])
      assert.deepEqual(
        await allowedVerbs(holding(role, ''), '', 'secrets', namespace),
        await allowedVerbs(holding(role, 'ns1'), '', 'secrets', 'ns1'),
      );
});

for (const { row, role, apiGroup = '', resource, verb, want } of [
  { row: 86, role: 'edit', resource: 'secrets', verb: 'get', want: true },
  { row: 86, role: 'edit', resource: 'serviceaccounts/token', verb: 'create', want: true },
  { row: 86, role: 'edit', apiGroup: GROUP, resource: 'roles', verb: 'get', want: false },
  { row: 87, role: 'view', resource: 'secrets', verb: 'get', want: false },
  { row: 87, role: 'view', resource: 'pods/log', verb: 'get', want: true },
  { row: 87, role: 'view', apiGroup: GROUP, resource: 'rolebindings', verb: 'list', want: false },
  { row: 88, role: 'admin', apiGroup: GROUP, resource: 'rolebindings', verb: 'create', want: true },
]) {
  test(`row ${row}: ${role} may ${want ? '' : 'not '}${verb} ${resource}`, async () => {
    assert.equal((await allowedVerbs(holding(role, 'ns1'), apiGroup, resource, 'ns1')).includes(verb), want);
  });
}
