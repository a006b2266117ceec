/**
 * The policy a new server starts with, complete: aggregated roles already hold what the controller would gather.
 *
 * @see kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy; the goldens in testdata
 */
import { aggregatedRules } from '../aggregation.ts';
import type { ClusterRole } from '../policy.ts';
import type { RBACPolicy } from '../policy-index.ts';
import { CLUSTER_ROLE_BINDINGS } from './bindings.ts';
import { CONTROLLER_CLUSTER_ROLES } from './controllers.ts';
import { ROLE_BINDINGS, ROLES } from './namespaced.ts';
import { SYSTEM_CLUSTER_ROLES } from './system.ts';
import { USER_FACING_CLUSTER_ROLES } from './user-facing.ts';

export const BOOTSTRAP_POLICY: RBACPolicy = {
  clusterRoles: aggregated([...USER_FACING_CLUSTER_ROLES, ...SYSTEM_CLUSTER_ROLES, ...CONTROLLER_CLUSTER_ROLES]),
  clusterRoleBindings: CLUSTER_ROLE_BINDINGS,
  roles: ROLES,
  roleBindings: ROLE_BINDINGS,
};

/** Repeats the step until nothing changes: admin gathers from edit, which gathers from view. */
function aggregated(roles: readonly ClusterRole[]): readonly ClusterRole[] {
  const next = roles.map((role) => {
    const rules = aggregatedRules(role, roles);
    return rules === undefined ? role : { ...role, rules };
  });
  return next.every((role, i) => role === roles[i]) ? roles : aggregated(next);
}
