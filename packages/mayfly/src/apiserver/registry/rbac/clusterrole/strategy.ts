/** @see kubernetes/kubernetes pkg/registry/rbac/clusterrole/strategy.go. Escalation is checked around the store, not here. */
import {
  type ClusterRole,
  setClusterRoleDefaults,
  validateClusterRole,
  validateClusterRoleUpdate,
} from '@mayfly/api/rbac/v1/cluster-role';
import { pathSegment } from '@mayfly/api/validation/names';
import { rbacDefinition } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';

export const clusterRoleStrategy: Strategy<ClusterRole> = {
  definition: rbacDefinition('ClusterRole', false),
  validateName: pathSegment,
  createsOnUpdate: true,
  prepareForCreate: setClusterRoleDefaults,
  prepareForUpdate: setClusterRoleDefaults,
  validate: validateClusterRole,
  validateUpdate: validateClusterRoleUpdate,
};
