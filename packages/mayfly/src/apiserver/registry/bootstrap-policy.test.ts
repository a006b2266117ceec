/** The default policy through the real store: every object passes its kind's validation, and a second start writes none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../log/log.ts';
import { BOOTSTRAP_POLICY } from '../authorization/rbac/bootstrap-policy/policy.ts';
import { PolicyIndex } from '../authorization/rbac/policy-index.ts';
import { newFixture } from './fixture.ts';
import { reconcileBootstrapPolicy } from './rbac/bootstrap.ts';
import { startFeed } from './registry.ts';
import { newWriter } from './writer.ts';

test('the default policy is stored once and feeds the index', async () => {
  const { registry, clock } = newFixture();
  const bootstrap = () =>
    reconcileBootstrapPolicy({
      policy: BOOTSTRAP_POLICY,
      clusterRoles: newWriter(registry, 'clusterroles'),
      clusterRoleBindings: newWriter(registry, 'clusterrolebindings'),
      roles: newWriter(registry, 'roles'),
      roleBindings: newWriter(registry, 'rolebindings'),
      ensureNamespace: async () => undefined,
      log: silentLog,
    });
  assert((await bootstrap()) > 50);
  assert.equal(await bootstrap(), 0);
  const index = new PolicyIndex();
  const readers = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map((name) => registry.reader(name));
  const feed = startFeed({
    readers,
    clock,
    log: silentLog,
    sink: {
      replace: ([clusterRoles, clusterRoleBindings, roles, roleBindings]) =>
        index.replace({ clusterRoles, clusterRoleBindings, roles, roleBindings } as Parameters<
          typeof index.replace
        >[0]),
      apply: (type, object) => index.apply(type, object),
    },
  });
  await feed.synced;
  const admin = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' } as const;
  assert.equal(index.resolve(admin, '').found, true);
  await feed.stop();
});
