/**
 * Does one set of rules hold everything another set would give? The heart of the escalation check.
 *
 * Wanted rules are broken into atoms (one verb, one group, one resource, at most one name; or one verb, one URL), and one
 * single held rule must cover each atom: rights are not stitched together from several.
 *
 * @see kubernetes/component-helpers auth/rbac/validation/policy_comparator.go; spec authorization §6.1
 */
import { withoutTrailingStars } from './matches.ts';
import type { PolicyRule } from './policy.ts';

/** @returns atoms of `wanted` that no rule of `held` covers; none: nothing is gained */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap(atoms).filter((atom) => !held.some((rule) => coversAtom(rule, atom)));
}

/** Breaks a rule up. A rule about both resources and URLs gives atoms of both. */
function atoms(rule: PolicyRule): readonly PolicyRule[] {
  const result: PolicyRule[] = [];
  const names = rule.resourceNames ?? [];
  for (const verb of rule.verbs) {
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const atom = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (names.length === 0) result.push(atom);
        for (const name of names) result.push({ ...atom, resourceNames: [name] });
      }
    }
    for (const url of rule.nonResourceURLs ?? []) result.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return result;
}

function coversAtom(held: PolicyRule, atom: PolicyRule): boolean {
  if (!hasOrAll(held.verbs, atom.verbs[0])) return false;
  const url = atom.nonResourceURLs?.[0];
  if (url !== undefined) return (held.nonResourceURLs ?? []).some((entry) => coversURL(entry, url));
  return (
    hasOrAll(held.apiGroups, atom.apiGroups?.[0]) &&
    coversResource(held.resources ?? [], atom.resources?.[0] ?? '') &&
    coversName(held.resourceNames ?? [], atom.resourceNames?.[0])
  );
}

function hasOrAll(list: readonly string[] | undefined, value: string | undefined): boolean {
  return list !== undefined && value !== undefined && (list.includes('*') || list.includes(value));
}

function coversResource(held: readonly string[], wanted: string): boolean {
  if (held.includes('*') || held.includes(wanted)) return true;
  const slash = wanted.indexOf('/');
  return slash >= 0 && held.includes(`*${wanted.slice(slash)}`);
}

/** An unnamed right is more than any named one. */
function coversName(held: readonly string[], wanted: string | undefined): boolean {
  return held.length === 0 || (wanted !== undefined && held.includes(wanted));
}

function coversURL(held: string, wanted: string): boolean {
  return held === '*' || held === wanted || (held.endsWith('*') && wanted.startsWith(withoutTrailingStars(held)));
}
