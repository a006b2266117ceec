/**
 * Does one rule allow one request? Rules only add; there is no deny.
 *
 * @see kubernetes/kubernetes pkg/apis/rbac/v1/evaluation_helpers.go; spec authorization §5
 */
import type { Attributes } from '../authorizer.ts';
import type { PolicyRule } from './policy.ts';

/** The request as rules see it: computed once a decision, not once a rule. */
export interface RuleRequest {
  readonly verb: string;
  readonly isResourceRequest: boolean;
  readonly path: string;
  readonly apiGroup: string;
  /** `resource` or `resource/subresource`. */
  readonly combinedResource: string;
  /** Star, slash and the subresource; empty without one. */
  readonly anySubresource: string;
  readonly name: string;
}

export function ruleRequestOf(attributes: Attributes): RuleRequest {
  const { subresource } = attributes;
  return {
    verb: attributes.verb,
    isResourceRequest: attributes.isResourceRequest,
    path: attributes.path,
    apiGroup: attributes.apiGroup,
    combinedResource: subresource === '' ? attributes.resource : `${attributes.resource}/${subresource}`,
    anySubresource: subresource === '' ? '' : `*/${subresource}`,
    name: attributes.name,
  };
}

/** All four dimensions must match; a rule about resources never matches a URL, nor the reverse. */
export function ruleAllows(rule: PolicyRule, request: RuleRequest): boolean {
  if (!containsOrAll(rule.verbs, request.verb)) return false;
  if (!request.isResourceRequest) return urlMatches(rule.nonResourceURLs, request.path);
  return (
    containsOrAll(rule.apiGroups, request.apiGroup) &&
    resourceMatches(rule.resources, request.combinedResource, request.anySubresource) &&
    nameMatches(rule.resourceNames, request.name)
  );
}

function containsOrAll(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined) return false;
  for (const entry of list) if (entry === '*' || entry === value) return true;
  return false;
}

function resourceMatches(list: readonly string[] | undefined, combined: string, anySubresource: string): boolean {
  if (list === undefined) return false;
  for (const entry of list) {
    if (entry === '*' || entry === combined) return true;
    if (anySubresource !== '' && entry === anySubresource) return true;
  }
  return false;
}

/** An unnamed request (create, plain list) never matches a rule that names objects. */
function nameMatches(list: readonly string[] | undefined, name: string): boolean {
  return list === undefined || list.length === 0 || (name !== '' && list.includes(name));
}

function urlMatches(list: readonly string[] | undefined, path: string): boolean {
  if (list === undefined) return false;
  for (const entry of list) {
    if (entry === '*' || entry === path) return true;
    if (entry.endsWith('*') && path.startsWith(withoutTrailingStars(entry))) return true;
  }
  return false;
}

export function withoutTrailingStars(pattern: string): string {
  let end = pattern.length;
  while (end > 0 && pattern[end - 1] === '*') end--;
  return pattern.slice(0, end);
}
