/** ClusterRoleBinding: who has a ClusterRole everywhere. */
import type { FieldError } from '../../validation/field-error.ts';
import {
  type Binding,
  type BindingRules,
  setBindingDefaults,
  validateBinding,
  validateBindingUpdate,
} from './bindings.ts';

export type ClusterRoleBinding = Binding;

const RULES: BindingRules = { roleKinds: ['ClusterRole'], requireSubjectNamespace: true };

export function setClusterRoleBindingDefaults(binding: ClusterRoleBinding): void {
  setBindingDefaults(binding);
}

export function validateClusterRoleBinding(binding: ClusterRoleBinding): FieldError[] {
  return validateBinding(binding, RULES);
}

export function validateClusterRoleBindingUpdate(binding: ClusterRoleBinding, old: ClusterRoleBinding): FieldError[] {
  return validateBindingUpdate(binding, old, RULES);
}
