/** @see kubernetes/kubernetes pkg/registry/rbac/role/strategy.go. Escalation is checked around the store, not here. */
import { type Role, setRoleDefaults, validateRole, validateRoleUpdate } from '@mayfly/api/rbac/v1/role';
import { pathSegment } from '@mayfly/api/validation/names';
import { rbacDefinition } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';

export const roleStrategy: Strategy<Role> = {
  definition: rbacDefinition('Role', true),
  validateName: pathSegment,
  createsOnUpdate: true,
  prepareForCreate: setRoleDefaults,
  prepareForUpdate: setRoleDefaults,
  validate: validateRole,
  validateUpdate: validateRoleUpdate,
};
