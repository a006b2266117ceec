/** @see kubernetes/kubernetes pkg/registry/rbac/clusterrolebinding/strategy.go. Escalation is checked around the store, not here. */
import {
  type ClusterRoleBinding,
  setClusterRoleBindingDefaults,
  validateClusterRoleBinding,
  validateClusterRoleBindingUpdate,
} from '@mayfly/api/rbac/v1/cluster-role-binding';
import { pathSegment } from '@mayfly/api/validation/names';
import { rbacDefinition } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';

export const clusterRoleBindingStrategy: Strategy<ClusterRoleBinding> = {
  definition: rbacDefinition('ClusterRoleBinding', false),
  validateName: pathSegment,
  createsOnUpdate: true,
  prepareForCreate: setClusterRoleBindingDefaults,
  prepareForUpdate: setClusterRoleBindingDefaults,
  validate: validateClusterRoleBinding,
  validateUpdate: validateClusterRoleBindingUpdate,
};
