import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectMeta } from '@mayfly/api/meta/v1/object-meta';
import { silentLog } from '../../../log/log.ts';
import { BOOTSTRAP_POLICY } from '../../authorization/rbac/bootstrap-policy/policy.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../authorization/rbac/policy.ts';
import { type PolicyWriter, reconcileBootstrapPolicy } from './bootstrap.ts';

const keyOf = ({ metadata }: { metadata?: ObjectMeta }) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;

/** A store as the registry would be: objects come back as copies, with a uid. */
function writer<T extends { metadata?: ObjectMeta }>() {
  const objects = new Map<string, T>();
  const calls: string[] = [];
  const put = (object: T) =>
    void objects.set(keyOf(object), structuredClone({ ...object, metadata: { ...object.metadata, uid: 'u' } }));
  const api: PolicyWriter<T> & { objects: Map<string, T>; calls: string[] } = {
    objects,
    calls,
    list: () => Promise.resolve([...objects.values()]),
    create(object) {
      calls.push(`create ${keyOf(object)}`);
      return Promise.resolve(put(object));
    },
    update(object) {
      calls.push(`update ${keyOf(object)}`);
      return Promise.resolve(put(object));
    },
    delete(namespace, name) {
      calls.push(`delete ${namespace}/${name}`);
      return Promise.resolve(void objects.delete(`${namespace}/${name}`));
    },
  };
  return api;
}

function world() {
  const clusterRoles = writer<ClusterRole>();
  const clusterRoleBindings = writer<ClusterRoleBinding>();
  const namespaces: string[] = [];
  const deps = {
    policy: BOOTSTRAP_POLICY,
    clusterRoles,
    clusterRoleBindings,
    roles: writer<(typeof BOOTSTRAP_POLICY.roles)[number]>(),
    roleBindings: writer<(typeof BOOTSTRAP_POLICY.roleBindings)[number]>(),
    ensureNamespace: (name: string) => Promise.resolve(void namespaces.push(name)),
    log: silentLog,
  };
  return { ...deps, namespaces, start: () => reconcileBootstrapPolicy(deps) };
}

test('the first start writes everything, the second nothing', async () => {
  const w = world();
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = BOOTSTRAP_POLICY;
  assert.equal(await w.start(), clusterRoles.length + clusterRoleBindings.length + roles.length + roleBindings.length);
  assert.deepEqual(w.namespaces.toSorted(), ['kube-public', 'kube-system']);
  assert.equal(await w.start(), 0);
  assert.equal(w.namespaces.length, 2);
});

test('row 82: a deleted default is made again', async () => {
  const w = world();
  await w.start();
  w.clusterRoles.objects.delete('/system:basic-user');
  assert.equal(await w.start(), 1);
  assert.ok(w.clusterRoles.objects.has('/system:basic-user'));
});

for (const { row, autoupdate, writes, rules } of [
  { row: 83, autoupdate: 'false', writes: 0, rules: 1 },
  { row: 83, autoupdate: 'true', writes: 1, rules: 2 },
]) {
  test(`row ${row}: a removed rule with autoupdate "${autoupdate}"`, async () => {
    const w = world();
    await w.start();
    const role = w.clusterRoles.objects.get('/system:auth-delegator');
    assert.ok(role?.rules && role.metadata);
    const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': autoupdate };
    w.clusterRoles.objects.set('/system:auth-delegator', {
      ...role,
      rules: role.rules.slice(0, 1),
      metadata: { ...role.metadata, annotations },
    });
    assert.equal(await w.start(), writes);
    assert.equal(w.clusterRoles.objects.get('/system:auth-delegator')?.rules?.length, rules);
  });
}

test('row 84: an extra subject is kept, a missing one is added', async () => {
  const w = world();
  await w.start();
  const key = '/system:public-info-viewer';
  const binding = w.clusterRoleBindings.objects.get(key);
  assert.ok(binding?.subjects);
  const extra = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'probe' };
  w.clusterRoleBindings.objects.set(key, { ...binding, subjects: [...binding.subjects, extra] });
  assert.equal(await w.start(), 0);
  w.clusterRoleBindings.objects.set(key, { ...binding, subjects: [extra] });
  assert.equal(await w.start(), 1);
  assert.deepEqual(w.clusterRoleBindings.objects.get(key)?.subjects, [extra, ...binding.subjects]);
});

test('row 85: a default binding of another role is deleted and made anew', async () => {
  const w = world();
  await w.start();
  const key = '/system:discovery';
  const binding = w.clusterRoleBindings.objects.get(key);
  assert.ok(binding);
  w.clusterRoleBindings.objects.set(key, { ...binding, roleRef: { ...binding.roleRef, name: 'view' } });
  w.clusterRoleBindings.calls.length = 0;
  await w.start();
  assert.deepEqual(w.clusterRoleBindings.calls, [`delete ${key}`, `create ${key}`]);
  assert.equal(w.clusterRoleBindings.objects.get(key)?.roleRef.name, 'system:discovery');
});

test('labels and selectors that are missing come back; what an operator changed stays', async () => {
  const w = world();
  await w.start();
  const role = w.clusterRoles.objects.get('/view');
  assert.ok(role);
  w.clusterRoles.objects.set('/view', {
    ...role,
    aggregationRule: { clusterRoleSelectors: [] },
    metadata: { name: 'view', labels: { team: 'x' } },
  });
  await w.start();
  const after = w.clusterRoles.objects.get('/view');
  assert.equal(after?.metadata?.labels?.team, 'x');
  assert.equal(after?.metadata?.labels?.['kubernetes.io/bootstrapping'], 'rbac-defaults');
  assert.equal(after?.aggregationRule?.clusterRoleSelectors?.length, 1);
});

test('extra rules on a default role are kept', async () => {
  const w = world();
  await w.start();
  const role = w.clusterRoles.objects.get('/system:discovery');
  assert.ok(role?.rules);
  w.clusterRoles.objects.set('/system:discovery', {
    ...role,
    rules: [...role.rules, { verbs: ['get'], nonResourceURLs: ['/x'] }],
  });
  assert.equal(await w.start(), 0);
});
