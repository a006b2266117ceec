/**
 * Which requests are audited, and how much of them. The first rule that matches decides.
 *
 * Users are the authenticated ones: whoever impersonates is judged under the own name.
 *
 * @see kubernetes/apiserver pkg/audit/policy/checker.go; spec authorization §14.2
 */
import type { UserInfo } from '@mayfly/api/user/user';
import type { RequestInfo } from '../requestinfo/request-info.ts';
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
export function auditDecider(policy: AuditPolicy): AuditDecider {
  if (policy.rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
  const rules = policy.rules.map((rule) => ({
    rule,
    decision: { level: rule.level, omitStages: [...(policy.omitStages ?? []), ...(rule.omitStages ?? [])] },
  }));
  return (user, info) => {
    for (const { rule, decision } of rules) if (ruleMatches(rule, user, info)) return decision;
    return NOT_AUDITED;
  };
}

/** @param user undefined for a 401: rules about users or groups do not match then */
type AuditDecider = (user: UserInfo | undefined, info: RequestInfo) => AuditDecision;

function ruleMatches(rule: AuditRule, user: UserInfo | undefined, info: RequestInfo): boolean {
  return (
    includesOrAny(rule.users, user?.name) &&
    groupsMatch(rule.userGroups, user?.groups) &&
    includesOrAny(rule.verbs, info.verb) &&
    targetMatches(rule, info)
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

function targetMatches(rule: AuditRule, info: RequestInfo): boolean {
  const aboutResources = !isEmpty(rule.namespaces) || !isEmpty(rule.resources);
  const aboutURLs = !isEmpty(rule.nonResourceURLs);
  if (!aboutResources && !aboutURLs) return true;
  if (!info.isResourceRequest)
    return aboutURLs && (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, info.path));
  if (!aboutResources) return false;
  return includesOrAny(rule.namespaces, info.namespace) && resourcesMatch(rule.resources, info);
}

function urlMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1));
}

function resourcesMatch(list: readonly GroupResources[] | undefined, info: RequestInfo): boolean {
  return isEmpty(list) || list.some((entry) => groupResourcesMatch(entry, info));
}

function groupResourcesMatch(entry: GroupResources, info: RequestInfo): boolean {
  if (entry.group !== '*' && entry.group !== info.apiGroup) return false;
  if (isEmpty(entry.resources)) return true;
  if (!includesOrAny(entry.resourceNames, info.name)) return false;
  return entry.resources.some((pattern) => resourceMatches(pattern, info));
}

/** `pods/*` matches pods itself too: the documentation says otherwise, the code of Kubernetes does so. */
function resourceMatches(pattern: string, { resource, subresource }: RequestInfo): boolean {
  if (pattern === '*') return true;
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  if (pattern === combined) return true;
  if (pattern.startsWith('*/')) return subresource !== '' && pattern.slice(2) === subresource;
  return pattern.endsWith('/*') && pattern.slice(0, -2) === resource;
}
