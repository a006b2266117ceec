/**
 * Missing rights as the lines a 403 lists: one rule a line, verbs of the same resource together.
 *
 * @see kubernetes/kubernetes pkg/registry/rbac/validation/policy_compact.go; pkg/apis/rbac/v1 PolicyRule printing; spec authorization §6.2
 */
import { goQuoteList } from '@mayfly/api/validation/field-error';
import type { PolicyRule } from './policy.ts';

/** Unique lines, sorted. @param missing atoms, as `uncovered` returns them */
export function ruleLines(missing: readonly PolicyRule[]): readonly string[] {
  const lines = compact(missing).map(ruleLine);
  return [...new Set(lines)].sort();
}

function compact(atoms: readonly PolicyRule[]): readonly PolicyRule[] {
  const merged = new Map<string, PolicyRule & { verbs: string[] }>();
  const rest: PolicyRule[] = [];
  for (const atom of atoms) {
    const key = mergeKey(atom);
    const same = key === undefined ? undefined : merged.get(key);
    if (key === undefined) rest.push(atom);
    else if (same === undefined) merged.set(key, { ...atom, verbs: [...atom.verbs] });
    else for (const verb of atom.verbs) if (!same.verbs.includes(verb)) same.verbs.push(verb);
  }
  return [...merged.values(), ...rest];
}

/** Only rules about one group, one resource and at most one name can be told by their verbs alone. */
function mergeKey({ apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string | undefined {
  const mergeable =
    apiGroups?.length === 1 &&
    resources?.length === 1 &&
    (resourceNames?.length ?? 0) <= 1 &&
    (nonResourceURLs?.length ?? 0) === 0;
  return mergeable ? JSON.stringify([apiGroups, resources, resourceNames]) : undefined;
}

/** `{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}`; empty fields are left out. */
function ruleLine(rule: PolicyRule): string {
  const fields: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const texts = fields.flatMap(([name, list]) => (list && list.length > 0 ? [`${name}:${goQuoteList(list)}`] : []));
  return `{${texts.join(', ')}}`;
}
