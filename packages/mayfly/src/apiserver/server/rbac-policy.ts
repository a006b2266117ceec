/** Brings the default RBAC policy into the registry, and keeps the authorizer's index in step with it. */
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import { BOOTSTRAP_POLICY } from '../authorization/rbac/bootstrap-policy/policy.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../authorization/rbac/policy.ts';
import type { PolicyIndex } from '../authorization/rbac/policy-index.ts';
import { reconcileBootstrapPolicy } from '../registry/rbac/bootstrap.ts';
import { type Feed, type Registry, startFeed } from '../registry/registry.ts';
import { newWriter } from '../registry/writer.ts';

/** Idempotent: a second start writes nothing. @throws StatusError when the store refuses */
export async function bootstrapRBAC(registry: Registry, log: Log): Promise<void> {
  await reconcileBootstrapPolicy({
    policy: BOOTSTRAP_POLICY,
    clusterRoles: newWriter<ClusterRole>(registry, 'clusterroles'),
    clusterRoleBindings: newWriter<ClusterRoleBinding>(registry, 'clusterrolebindings'),
    roles: newWriter<Role>(registry, 'roles'),
    roleBindings: newWriter<RoleBinding>(registry, 'rolebindings'),
    ensureNamespace: async () => undefined, // the system's namespaces are there before
    log,
  });
}

export function followRBACPolicy(
  index: PolicyIndex,
  { registry, clock, log }: { readonly registry: Registry; readonly clock: Clock; readonly log: Log },
): Feed {
  type Any = ClusterRole | ClusterRoleBinding | Role | RoleBinding;
  const resources = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'];
  return startFeed<Any>({
    readers: resources.map((resource) => registry.reader<Any>(resource)),
    sink: {
      replace([clusterRoles = [], clusterRoleBindings = [], roles = [], roleBindings = []]) {
        index.replace({ clusterRoles, clusterRoleBindings, roles, roleBindings } as Parameters<
          PolicyIndex['replace']
        >[0]);
      },
      apply: (type, object) => index.apply(type, object),
    },
    clock,
    log,
  });
}
