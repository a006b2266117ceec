/** What a terminating namespace tells about its end. @see kubernetes/kubernetes pkg/controller/namespace/deletion/status_condition_utils.go */
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import { formatGroupResource } from '@mayfly/api/meta/v1/group-version';
import { formatTime } from '@mayfly/api/meta/v1/time';
import type { Remainder } from './contents.ts';

type Condition = NonNullable<NonNullable<Namespace['status']>['conditions']>[number];

/** How far one attempt came. Absent errors: that step succeeded. */
export interface Progress {
  readonly discoveryError: string | undefined;
  readonly deletionErrors: readonly string[];
  readonly remaining: readonly Remainder[];
}

/** Conditions with the progress written in; a condition that says the same keeps its transition time. */
export function conditionsAfter(known: readonly Condition[], progress: Progress, nowMs: number): Condition[] {
  const wanted = [discovery(progress), deletion(progress), content(progress), finalizers(progress)];
  const others = known.filter(({ type }) => !wanted.some((condition) => condition.type === type));
  const settled = wanted.map((condition) => {
    const before = known.find(({ type }) => type === condition.type);
    const same = before?.status === condition.status && before.message === condition.message;
    return same ? before : { ...condition, lastTransitionTime: formatTime(nowMs) };
  });
  return [...others, ...settled];
}

function discovery({ discoveryError }: Progress): Condition {
  const type = 'NamespaceDeletionDiscoveryFailure';
  return discoveryError === undefined
    ? no(type, 'ResourcesDiscovered', 'All resources successfully discovered')
    : yes(type, 'DiscoveryFailed', `Discovery failed for some groups: ${discoveryError}`);
}

function deletion({ deletionErrors }: Progress): Condition {
  const type = 'NamespaceDeletionContentFailure';
  return deletionErrors.length === 0
    ? no(type, 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization')
    : yes(
        type,
        'ContentDeletionFailed',
        `Failed to delete all resource types, ${deletionErrors.length} remaining: ${deletionErrors.join(', ')}`,
      );
}

function content({ remaining }: Progress): Condition {
  const type = 'NamespaceContentRemaining';
  const left = remaining.map(
    ({ resource, count }) => `${formatGroupResource(resource)}. has ${count} resource instances`,
  );
  return left.length === 0
    ? no(type, 'ContentRemoved', 'All content successfully removed')
    : yes(type, 'SomeResourcesRemain', `Some resources are remaining: ${left.sort().join(', ')}`);
}

function finalizers({ remaining }: Progress): Condition {
  const type = 'NamespaceFinalizersRemaining';
  const counts = new Map<string, number>();
  for (const remainder of remaining)
    for (const [name, count] of remainder.finalizers) counts.set(name, (counts.get(name) ?? 0) + count);
  const left = [...counts].map(([name, count]) => `${name} in ${count} resource instances`);
  return left.length === 0
    ? no(type, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished')
    : yes(
        type,
        'SomeFinalizersRemain',
        `Some content in the namespace has finalizers remaining: ${left.sort().join(', ')}`,
      );
}

function yes(type: string, reason: string, message: string): Condition {
  return { type, status: 'True', reason, message };
}

function no(type: string, reason: string, message: string): Condition {
  return { type, status: 'False', reason, message };
}
