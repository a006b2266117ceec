/** @see kubernetes/kubernetes pkg/registry/rbac/rolebinding/strategy.go. Escalation is checked around the store, not here. */
import {
  type RoleBinding,
  setRoleBindingDefaults,
  validateRoleBinding,
  validateRoleBindingUpdate,
} from '@mayfly/api/rbac/v1/role-binding';
import { pathSegment } from '@mayfly/api/validation/names';
import { rbacDefinition } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';

export const roleBindingStrategy: Strategy<RoleBinding> = {
  definition: rbacDefinition('RoleBinding', true),
  validateName: pathSegment,
  createsOnUpdate: true,
  prepareForCreate: setRoleBindingDefaults,
  prepareForUpdate: setRoleBindingDefaults,
  validate: validateRoleBinding,
  validateUpdate: validateRoleBindingUpdate,
};
