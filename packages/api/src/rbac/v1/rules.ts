/** Policy rules and their validation. @see kubernetes/kubernetes pkg/apis/rbac/validation/validation.go; spec authorization §5.1 */
import { type FieldError, invalid, required } from '../../validation/field-error.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** @param namespaced   true for a Role: it cannot reach paths outside a namespace */
export function validateRules(rules: readonly PolicyRule[] | undefined | null, namespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, index) => validateRule(rule, namespaced, `rules[${index}]`));
}

function validateRule(rule: PolicyRule, namespaced: boolean, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (isEmpty(rule.verbs)) errors.push(required(`${field}.verbs`, 'verbs must contain at least one value'));
  if (!isEmpty(rule.nonResourceURLs)) return [...errors, ...urlErrors(rule, namespaced, field)];
  if (isEmpty(rule.apiGroups)) {
    errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (isEmpty(rule.resources)) {
    errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

function urlErrors(rule: PolicyRule, namespaced: boolean, field: string): FieldError[] {
  const urls = `${field}.nonResourceURLs`;
  const errors: FieldError[] = [];
  if (namespaced) {
    errors.push(invalid(urls, rule.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
  }
  if (!isEmpty(rule.apiGroups) || !isEmpty(rule.resources) || !isEmpty(rule.resourceNames)) {
    const text = 'rules cannot apply to both regular resources and non-resource URLs';
    errors.push(invalid(urls, rule.nonResourceURLs, text));
  }
  return errors;
}

function isEmpty(list: readonly string[] | undefined | null): boolean {
  return !list || list.length === 0;
}
