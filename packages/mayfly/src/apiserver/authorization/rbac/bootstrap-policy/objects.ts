/** Makes the default objects, with the marks by which reconciliation knows its own. */
import {
  type AggregationRule,
  type ClusterRole,
  type ClusterRoleBinding,
  type PolicyRule,
  RBAC_API_VERSION,
  RBAC_GROUP,
  type Role,
  type RoleBinding,
  type Subject,
} from '../policy.ts';

export const BOOTSTRAP_LABEL = 'kubernetes.io/bootstrapping';
/** `"false"` on an object: leave it as the operator made it. */
export const AUTOUPDATE_ANNOTATION = 'rbac.authorization.kubernetes.io/autoupdate';
export const AGGREGATE_LABEL = 'rbac.authorization.k8s.io/aggregate-to-';

function metadata(name: string, labels: Readonly<Record<string, string>> = {}) {
  return {
    annotations: { [AUTOUPDATE_ANNOTATION]: 'true' },
    labels: { [BOOTSTRAP_LABEL]: 'rbac-defaults', ...labels },
    name,
  };
}

export function clusterRole(
  name: string,
  rules: readonly PolicyRule[],
  labels?: Readonly<Record<string, string>>,
): ClusterRole {
  return { apiVersion: RBAC_API_VERSION, kind: 'ClusterRole', metadata: metadata(name, labels), rules };
}

/** A role whose rules are gathered from the roles labelled `aggregate-to-<target>`. */
export function aggregatedRole(name: string, target: string, labels?: Readonly<Record<string, string>>): ClusterRole {
  const aggregationRule: AggregationRule = { clusterRoleSelectors: [{ matchLabels: aggregateTo(target) }] };
  return { aggregationRule, ...clusterRole(name, [], labels) };
}

export function aggregateTo(target: string): Record<string, string> {
  return { [`${AGGREGATE_LABEL}${target}`]: 'true' };
}

/** Binds the ClusterRole of the same name. */
export function clusterRoleBinding(name: string, ...subjects: Subject[]): ClusterRoleBinding {
  return {
    apiVersion: RBAC_API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: metadata(name),
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name },
    subjects,
  };
}

export function role(namespace: string, name: string, rules: readonly PolicyRule[]): Role {
  return { apiVersion: RBAC_API_VERSION, kind: 'Role', metadata: { ...metadata(name), namespace }, rules };
}

/** @param name the binding's; the Role's name unless `roleName` says otherwise */
export function roleBinding(
  namespace: string,
  name: string,
  subjects: readonly Subject[],
  roleName = name,
): RoleBinding {
  return {
    apiVersion: RBAC_API_VERSION,
    kind: 'RoleBinding',
    metadata: { ...metadata(name), namespace },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: roleName },
    subjects,
  };
}
