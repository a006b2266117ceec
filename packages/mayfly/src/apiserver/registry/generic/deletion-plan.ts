/**
 * Decides what a DELETE does to an object: remove it, mark it terminating, or leave it as it is.
 *
 * Pure: the same object, options and time give the same plan.
 *
 * @see kubernetes/apiserver pkg/registry/rest/delete.go, BeforeDelete; spec kubernetes-wire §9.3
 */

import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { formatTime, parseTime } from '@mayfly/api/meta/v1/time';
import type { DeleteOptions } from '../rest.ts';
import type { Draft } from './metadata.ts';
import type { Strategy } from './strategy.ts';

const ORPHAN_FINALIZER = 'orphan';
const FOREGROUND_FINALIZER = 'foregroundDeletion';

export type DeletionPlan =
  | { readonly step: 'remove' }
  | { readonly step: 'mark'; readonly object: Draft } // a changed copy to be stored
  | { readonly step: 'keep' }; // already on its way: nothing to write

export type DeletionWishes = Pick<DeleteOptions, 'gracePeriodSeconds' | 'propagationPolicy'>;

/** @param nowMs epoch milliseconds */
export function deletionPlan(strategy: Strategy, object: Draft, wishes: DeletionWishes, nowMs: number): DeletionPlan {
  const draft = structuredClone(object);
  const finalizersChanged = applyPropagationPolicy(draft, wishes.propagationPolicy);
  const graceSeconds = remainingGrace(strategy, object, wishes.gracePeriodSeconds);
  const pending = (strategy.pendingFinalizers?.(draft) ?? draft.metadata.finalizers ?? []).length > 0;
  if (graceSeconds === 0 && !pending) return { step: 'remove' };
  const moved = object.metadata.deletionTimestamp === undefined || isShorter(object, graceSeconds);
  if (!moved && !finalizersChanged) return { step: 'keep' };
  if (moved) markTerminating(strategy, draft, graceSeconds, nowMs);
  return { step: 'mark', object: draft };
}

/** Seconds of grace this deletion leaves; a terminating object's grace can only shrink. */
function remainingGrace(strategy: Strategy, object: Draft, requested: number | undefined): number {
  if (strategy.gracePeriodSeconds === undefined) return 0;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  if (deletionTimestamp === undefined) return strategy.gracePeriodSeconds(object, requested);
  return Math.min(requested ?? deletionGracePeriodSeconds, deletionGracePeriodSeconds);
}

function isShorter(object: KubernetesObject, graceSeconds: number): boolean {
  return graceSeconds < (object.metadata?.deletionGracePeriodSeconds ?? 0);
}

/** A shortened grace counts from when the deletion was first asked for, not from now. */
function markTerminating(strategy: Strategy, draft: Draft, graceSeconds: number, nowMs: number): void {
  const { metadata } = draft;
  const dueMs = metadata.deletionTimestamp === undefined ? undefined : parseTime(metadata.deletionTimestamp);
  const askedMs = dueMs === undefined ? nowMs : dueMs - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  if (dueMs === undefined && (metadata.generation ?? 0) > 0) metadata.generation = (metadata.generation ?? 0) + 1;
  metadata.deletionTimestamp = formatTime(askedMs + graceSeconds * 1000);
  metadata.deletionGracePeriodSeconds = graceSeconds;
  strategy.prepareForDeletion?.(draft);
}

/**
 * A policy that is stated overrides the garbage collector's own finalizers on the object. True: the list changed.
 *
 * Differs: Orphan and Foreground put none on. No kind here has dependents that anybody collects yet, and a finalizer that
 * nobody takes off would keep the object for ever.
 */
function applyPropagationPolicy(draft: Draft, policy: DeletionWishes['propagationPolicy']): boolean {
  if (policy === undefined) return false; // what the object's own finalizers say
  const before = draft.metadata.finalizers ?? [];
  const after = before.filter((finalizer) => finalizer !== ORPHAN_FINALIZER && finalizer !== FOREGROUND_FINALIZER);
  if (after.length === before.length) return false;
  draft.metadata.finalizers = after;
  return true;
}
