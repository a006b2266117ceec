/**
 * What a default object must become, given the one that is stored. Pure: bootstrap writes what these say.
 *
 * Rights are added, never taken away: an operator's additions survive a restart. An object annotated `autoupdate: "false"`
 * is left alone.
 *
 * @see kubernetes/component-helpers auth/rbac/reconciliation; spec authorization §6.5
 */
import { isDeepStrictEqual } from 'node:util';
import type { ObjectMeta } from '@mayfly/api/meta/v1/object-meta';
import { AUTOUPDATE_ANNOTATION } from '../../authorization/rbac/bootstrap-policy/objects.ts';
import { uncovered } from '../../authorization/rbac/covers.ts';
import { type ClusterRole, NO_RULES, type RoleBinding, type Subject } from '../../authorization/rbac/policy.ts';

export type Reconciliation<T> =
  | { readonly action: 'keep' | 'protected' }
  | { readonly action: 'update'; readonly object: T }
  /** `roleRef` cannot change: delete and create anew. */
  | { readonly action: 'recreate'; readonly object: T };

type AnyRole = Pick<ClusterRole, 'metadata' | 'rules' | 'aggregationRule'>;

/** Adds missing rules, selectors, labels and annotations. Rules of an aggregated role are the controller's business. */
export function reconcileRole<T extends AnyRole>(existing: T, expected: T): Reconciliation<T> {
  if (isProtected(existing)) return { action: 'protected' };
  const rights = expected.aggregationRule ? missingSelectors(existing, expected) : missingRules(existing, expected);
  return changed(existing, { ...existing, ...rights, metadata: withMissing(existing.metadata, expected.metadata) });
}

/** Adds missing subjects, labels and annotations; another role makes another binding. */
export function reconcileBinding<T extends Omit<RoleBinding, 'kind'>>(existing: T, expected: T): Reconciliation<T> {
  if (isProtected(existing)) return { action: 'protected' };
  if (!isDeepStrictEqual({ ...existing.roleRef }, { ...expected.roleRef }))
    return { action: 'recreate', object: expected };
  const object = {
    ...existing,
    metadata: withMissing(existing.metadata, expected.metadata),
    subjects: withMissingSubjects(existing.subjects ?? [], expected.subjects ?? []),
  };
  return changed({ ...existing, subjects: existing.subjects ?? [] }, object);
}

function isProtected({ metadata }: { readonly metadata?: ObjectMeta }): boolean {
  return metadata?.annotations?.[AUTOUPDATE_ANNOTATION] === 'false';
}

function changed<T>(existing: T, object: T): Reconciliation<T> {
  return isDeepStrictEqual(existing, object) ? { action: 'keep' } : { action: 'update', object };
}

/** Values that are there stay as they are. */
function withMissing(existing: ObjectMeta = {}, expected: ObjectMeta = {}): ObjectMeta {
  return {
    ...existing,
    labels: { ...expected.labels, ...existing.labels },
    annotations: { ...expected.annotations, ...existing.annotations },
  };
}

function missingRules(existing: AnyRole, expected: AnyRole): Pick<AnyRole, 'rules'> {
  const present = existing.rules ?? NO_RULES;
  const missing = uncovered(present, expected.rules ?? NO_RULES);
  return missing.length === 0 ? {} : { rules: [...present, ...missing] };
}

function missingSelectors(existing: AnyRole, expected: AnyRole): Pick<AnyRole, 'aggregationRule'> {
  const present = existing.aggregationRule?.clusterRoleSelectors ?? [];
  const wanted = expected.aggregationRule?.clusterRoleSelectors ?? [];
  const missing = wanted.filter((selector) => !present.some((other) => isDeepStrictEqual(other, selector)));
  return missing.length === 0 ? {} : { aggregationRule: { clusterRoleSelectors: [...present, ...missing] } };
}

function withMissingSubjects(existing: readonly Subject[], expected: readonly Subject[]): readonly Subject[] {
  const missing = expected.filter((subject) => !existing.some((other) => sameSubject(other, subject)));
  return missing.length === 0 ? existing : [...existing, ...missing];
}

function sameSubject(a: Subject, b: Subject): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    (a.namespace ?? '') === (b.namespace ?? '') &&
    (a.apiGroup ?? '') === (b.apiGroup ?? '')
  );
}
