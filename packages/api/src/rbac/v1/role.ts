/** Role: rules within one namespace. */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import type { FieldError } from '../../validation/field-error.ts';
import { type PolicyRule, validateRules } from './rules.ts';

export interface Role extends KubernetesObject {
  /** Kubernetes prints `null` when there are none. */
  rules?: PolicyRule[] | null;
}

export function setRoleDefaults(_role: Role): void {
  // Kubernetes defaults nothing here.
}

export function validateRole(role: Role): FieldError[] {
  return validateRules(role.rules, true);
}

export function validateRoleUpdate(role: Role, _old: Role): FieldError[] {
  return validateRole(role);
}
