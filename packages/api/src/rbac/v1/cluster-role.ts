/** ClusterRole: rules everywhere, perhaps gathered from other ClusterRoles by label. */

import { type LabelSelectorSpec, validateLabelSelector } from '../../meta/v1/label-selector.ts';
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { type FieldError, required } from '../../validation/field-error.ts';
import { type PolicyRule, validateRules } from './rules.ts';

export interface AggregationRule {
  clusterRoleSelectors?: LabelSelectorSpec[];
}

export interface ClusterRole extends KubernetesObject {
  /** Kubernetes prints `null` when there are none. */
  rules?: PolicyRule[] | null;
  aggregationRule?: AggregationRule;
}

export function setClusterRoleDefaults(_role: ClusterRole): void {
  // Kubernetes defaults nothing here.
}

export function validateClusterRole(role: ClusterRole): FieldError[] {
  const errors = validateRules(role.rules, false);
  return role.aggregationRule ? [...errors, ...aggregationErrors(role.aggregationRule)] : errors;
}

export function validateClusterRoleUpdate(role: ClusterRole, _old: ClusterRole): FieldError[] {
  return validateClusterRole(role);
}

function aggregationErrors({ clusterRoleSelectors = [] }: AggregationRule): FieldError[] {
  const field = 'aggregationRule.clusterRoleSelectors';
  if (clusterRoleSelectors.length === 0) {
    return [required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return clusterRoleSelectors.flatMap((selector, index) => validateLabelSelector(selector, `${field}[${index}]`));
}
