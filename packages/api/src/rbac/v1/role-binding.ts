/** RoleBinding: who has a role within one namespace. */
import type { FieldError } from '../../validation/field-error.ts';
import {
  type Binding,
  type BindingRules,
  setBindingDefaults,
  validateBinding,
  validateBindingUpdate,
} from './bindings.ts';

export type RoleBinding = Binding;

const RULES: BindingRules = { roleKinds: ['Role', 'ClusterRole'], requireSubjectNamespace: false };

export function setRoleBindingDefaults(binding: RoleBinding): void {
  setBindingDefaults(binding);
}

export function validateRoleBinding(binding: RoleBinding): FieldError[] {
  return validateBinding(binding, RULES);
}

export function validateRoleBindingUpdate(binding: RoleBinding, old: RoleBinding): FieldError[] {
  return validateBindingUpdate(binding, old, RULES);
}
