/**
 * What an aggregated ClusterRole's rules have to be: those of every role its selectors pick.
 *
 * @see kubernetes/kubernetes pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go; spec authorization §6.4
 */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterRole, LabelSelectorSource, PolicyRule } from './policy.ts';

/**
 * @param roles all ClusterRoles; `role` itself is skipped
 * @returns the rules to write; undefined when `role` is not aggregated or holds exactly these already
 */
export function aggregatedRules(role: ClusterRole, roles: readonly ClusterRole[]): readonly PolicyRule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (selectors === undefined || selectors === null) return undefined;
  const byName = roles.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const rules = new Map<string, PolicyRule>();
  for (const selector of selectors) {
    for (const other of byName) {
      if (nameOf(other) === nameOf(role) || !selects(selector, other.metadata?.labels ?? {})) continue;
      for (const rule of other.rules ?? []) rules.set(canonical(rule), rule);
    }
  }
  const wanted = [...rules.values()];
  return isDeepStrictEqual(wanted.map(canonical), (role.rules ?? []).map(canonical)) ? undefined : wanted;
}

function nameOf(role: ClusterRole): string {
  return role.metadata?.name ?? '';
}

/** Equal for rules that are deeply equal, whatever the order of their keys. */
function canonical({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  return JSON.stringify([verbs, apiGroups ?? [], resources ?? [], resourceNames ?? [], nonResourceURLs ?? []]);
}

/** An empty selector selects everything, as everywhere in Kubernetes; an unknown operator nothing. */
function selects(selector: LabelSelectorSource, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  return (selector.matchExpressions ?? []).every((expression) => expressionHolds(expression, labels));
}

function expressionHolds(
  { key, operator, values = [] }: NonNullable<LabelSelectorSource['matchExpressions']>[number],
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
