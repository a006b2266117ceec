/**
 * What may change of a pod that exists: hardly anything, so that a token bound to it keeps its meaning.
 *
 * @see kubernetes/kubernetes pkg/apis/core/validation/validation.go, ValidatePodUpdate
 */
import { deepEqual } from '../../validation/deep-equal.ts';
import { type FieldError, forbidden, invalid, required } from '../../validation/field-error.ts';
import type { Container, Pod, PodSpec, Toleration } from './pod-types.ts';
import { MAX_INT32, validatePod } from './pod-validation.ts';

/** Kubernetes appends a diff whose form its authors promise not to keep; we leave it out. */
const FROZEN_TEXT =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** The whole validation of an update through the main resource: no need to call `validatePod` too. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors = validatePod(pod);
  const spec = pod.spec ?? { containers: [] };
  for (const key of ['containers', 'initContainers'] as const) {
    const changed = containerErrors(spec[key], old.spec[key], `spec.${key}`);
    if (changed.stop) return [...errors, ...changed.errors];
    errors.push(...changed.errors);
  }
  errors.push(...deadlineErrors(spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds));
  errors.push(...tolerationErrors(spec.tolerations, old.spec.tolerations), ...gateErrors(spec, old.spec));
  if (errors.length === 0 && !deepEqual(withOldMutables(spec, old.spec), old.spec)) {
    errors.push(forbidden('spec', FROZEN_TEXT));
  }
  return errors;
}

/** The new spec with everything that may change put back: what is left must be equal. */
function withOldMutables(spec: PodSpec, old: PodSpec): unknown {
  const grace = spec.terminationGracePeriodSeconds === 1 && (old.terminationGracePeriodSeconds ?? 0) < 0;
  return {
    ...spec,
    containers: withOldImages(spec.containers, old.containers),
    initContainers: withOldImages(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    ...(grace ? { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds } : {}),
  };
}

function withOldImages(containers: readonly Container[] = [], old: readonly Container[] = []): unknown[] {
  return containers.map((container, index) => ({ ...container, image: old[index]?.image }));
}

function containerErrors(
  containers: readonly Container[] = [],
  old: readonly Container[] = [],
  field: string,
): { errors: FieldError[]; stop: boolean } {
  if (containers.length !== old.length) {
    return { errors: [forbidden(field, 'pod updates may not add or remove containers')], stop: true };
  }
  const missing = containers.flatMap(({ image }, index) => (image ? [] : [required(`${field}[${index}].image`)]));
  return { errors: missing, stop: false };
}

/** It may be set once, and then only shortened. */
function deadlineErrors(seconds: number | undefined, old: number | undefined): FieldError[] {
  const field = 'spec.activeDeadlineSeconds';
  if (seconds === undefined) {
    return old === undefined ? [] : [invalid(field, null, 'must not update from a positive integer to nil value')];
  }
  if (seconds < 0 || seconds > MAX_INT32)
    return [invalid(field, seconds, `must be between 0 and ${MAX_INT32}, inclusive`)];
  if (old !== undefined && old < seconds)
    return [invalid(field, seconds, 'must be less than or equal to previous value')];
  return [];
}

function tolerationErrors(tolerations: readonly Toleration[] = [], old: readonly Toleration[] = []): FieldError[] {
  const kept = old.every((before) => tolerations.some((now) => sameToleration(now, before)));
  if (kept) return [];
  return [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function sameToleration(a: Toleration, b: Toleration): boolean {
  return deepEqual({ ...a, tolerationSeconds: 0 }, { ...b, tolerationSeconds: 0 });
}

function gateErrors(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  const added = (spec.schedulingGates ?? []).find(({ name }) => !before.has(name));
  if (!added) return [];
  const text = `only deletion is allowed, but found new scheduling gate '${added.name}'`;
  return [forbidden('spec.schedulingGates', text)];
}
