/**
 * Which requests are audited, and how much of them. The first rule that matches decides.
 *
 * Users are the authenticated ones: whoever impersonates is judged under the own name.
 *
 * @see kubernetes/apiserver pkg/audit/policy/checker.go; spec authorization §14.2
 */
import type { Attributes } from '../authorization/authorizer.ts';
import type { AuditLevel, AuditStage } from './event.ts';

export interface GroupResources {
  readonly group: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Absent and empty lists match everything. */
export interface AuditRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly AuditStage[];
}

export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages?: readonly AuditStage[];
}

export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: readonly AuditStage[];
}

/** Every request, without bodies, one line each (two for a watch). */
export const DEFAULT_AUDIT_POLICY: AuditPolicy = { rules: [{ level: 'Metadata' }], omitStages: ['RequestReceived'] };

const NOT_AUDITED: AuditDecision = { level: 'None', omitStages: [] };

/** Compiles a policy into its decision. @throws if it has no rule: that would silence the log without saying so */
export function auditDecider(policy: AuditPolicy): (attributes: AuditAttributes) => AuditDecision {
  if (policy.rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
  const rules = policy.rules.map((rule) => ({
    rule,
    decision: { level: rule.level, omitStages: [...(policy.omitStages ?? []), ...(rule.omitStages ?? [])] },
  }));
  return (attributes) => {
    for (const { rule, decision } of rules) if (ruleMatches(rule, attributes)) return decision;
    return NOT_AUDITED;
  };
}

/** `user` is undefined for a 401: rules about users or groups do not match then. */
export type AuditAttributes = Omit<Attributes, 'user' | 'fieldRequirements' | 'labelRequirements'> & {
  readonly user: Attributes['user'] | undefined;
};

function ruleMatches(rule: AuditRule, attributes: AuditAttributes): boolean {
  return (
    includesOrAny(rule.users, attributes.user?.name) &&
    groupsMatch(rule.userGroups, attributes.user?.groups) &&
    includesOrAny(rule.verbs, attributes.verb) &&
    targetMatches(rule, attributes)
  );
}

function isEmpty(list: readonly unknown[] | undefined): list is undefined | readonly [] {
  return list === undefined || list.length === 0;
}

function includesOrAny(list: readonly string[] | undefined, value: string | undefined): boolean {
  return isEmpty(list) || (value !== undefined && list.includes(value));
}

function groupsMatch(list: readonly string[] | undefined, groups: readonly string[] | undefined): boolean {
  return isEmpty(list) || (groups?.some((group) => list.includes(group)) ?? false);
}

function targetMatches(rule: AuditRule, attributes: AuditAttributes): boolean {
  const aboutResources = !isEmpty(rule.namespaces) || !isEmpty(rule.resources);
  const aboutURLs = !isEmpty(rule.nonResourceURLs);
  if (!aboutResources && !aboutURLs) return true;
  if (!attributes.isResourceRequest)
    return aboutURLs && (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, attributes.path));
  if (!aboutResources) return false;
  return includesOrAny(rule.namespaces, attributes.namespace) && resourcesMatch(rule.resources, attributes);
}

function urlMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1));
}

function resourcesMatch(list: readonly GroupResources[] | undefined, attributes: AuditAttributes): boolean {
  return isEmpty(list) || list.some((entry) => groupResourcesMatch(entry, attributes));
}

function groupResourcesMatch(entry: GroupResources, attributes: AuditAttributes): boolean {
  if (entry.group !== '*' && entry.group !== attributes.apiGroup) return false;
  if (isEmpty(entry.resources)) return true;
  if (!includesOrAny(entry.resourceNames, attributes.name)) return false;
  return entry.resources.some((pattern) => resourceMatches(pattern, attributes));
}

/** `pods/*` matches pods itself too: the documentation says otherwise, the code of Kubernetes does so. */
function resourceMatches(pattern: string, { resource, subresource }: AuditAttributes): boolean {
  if (pattern === '*') return true;
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  if (pattern === combined) return true;
  if (pattern.startsWith('*/')) return subresource !== '' && pattern.slice(2) === subresource;
  return pattern.endsWith('/*') && pattern.slice(0, -2) === resource;
}
