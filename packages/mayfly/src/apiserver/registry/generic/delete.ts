/**
 * DELETE of one object and of a collection.
 *
 * @see kubernetes/apiserver pkg/registry/generic/registry/store.go, Delete and DeleteCollection; spec kubernetes-wire §9.3
 */
import type { KubernetesList, KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { notFoundError, StatusError } from '@mayfly/api/meta/v1/status-error';
import type { KeyValue } from '../../../storage/store.ts';
import type { DeleteOptions, ListOptions, RequestContext } from '../rest.ts';
import { decodeShared, encodeObject, withVersion } from './codec.ts';
import { deletionPlan } from './deletion-plan.ts';
import { readPair } from './get.ts';
import type { Kind } from './kind.ts';
import { listObjects } from './list.ts';
import { requirePreconditions } from './preconditions.ts';
import { deletePair } from './removal.ts';
import { storageStatus } from './storage-status.ts';
import { putIfUnchanged } from './update.ts';

export interface Deleted {
  object: KubernetesObject;
  removed: boolean;
}

/** @throws StatusError NotFound, Conflict (preconditions), Timeout, and what `options.validate` throws */
export async function deleteObject(
  kind: Kind,
  context: RequestContext,
  namespace: string,
  name: string,
  options: DeleteOptions,
): Promise<Deleted> {
  const key = kind.keys.key(namespace, name);
  try {
    for (;;) {
      const kv = await readPair(kind, key);
      if (kv === undefined) throw notFoundError(kind.resource, name);
      const deleted = await tryDelete(kind, kv, options);
      if (deleted !== 'lost-race') return deleted;
      if (context.signal.aborted) throw new StatusError('Timeout', 'Timeout: the object kept changing');
    }
  } catch (error) {
    throw storageStatus(error, kind.resource, 'delete');
  }
}

async function tryDelete(kind: Kind, kv: KeyValue, options: DeleteOptions): Promise<Deleted | 'lost-race'> {
  const object = decodeShared(kv);
  requirePreconditions(kind.strategy.definition, object, options.preconditions);
  await options.validate(object);
  const plan = deletionPlan(kind.strategy, object, options, kind.deps.clock.nowMs());
  switch (plan.step) {
    case 'keep':
      return { object, removed: false };
    case 'mark':
      if (options.dryRun) return { object: plan.object, removed: false };
      return await mark(kind, kv, plan.object);
    case 'remove':
      if (options.dryRun) return { object, removed: true };
      return await remove(kind, kv, object);
    default:
      return plan satisfies never;
  }
}

async function mark(kind: Kind, kv: KeyValue, object: KubernetesObject): Promise<Deleted | 'lost-race'> {
  const stored = await putIfUnchanged(kind, kv, encodeObject(object));
  return stored === undefined ? 'lost-race' : { object: withVersion(object, stored.modRevision), removed: false };
}

async function remove(kind: Kind, kv: KeyValue, object: KubernetesObject): Promise<Deleted | 'lost-race'> {
  const revision = await deletePair(kind, kv);
  return revision === undefined ? 'lost-race' : { object: withVersion(object, revision), removed: true };
}

/** Deletes what the list selects, one by one; what is gone already is no error. Answers the list as it was. */
export async function deleteCollection(
  kind: Kind,
  context: RequestContext,
  options: DeleteOptions,
  list: ListOptions,
): Promise<KubernetesList> {
  const selected = await listObjects(kind, context, list);
  for (const { metadata } of selected.items) {
    if (context.signal.aborted) throw new StatusError('Timeout', 'Timeout: not every object has been deleted');
    await deleteIfPresent(kind, context, metadata?.namespace ?? '', metadata?.name ?? '', options);
  }
  return selected;
}

async function deleteIfPresent(
  kind: Kind,
  context: RequestContext,
  namespace: string,
  name: string,
  options: DeleteOptions,
): Promise<void> {
  try {
    await deleteObject(kind, context, namespace, name, options);
  } catch (error) {
    if (!(error instanceof StatusError && error.reason === 'NotFound')) throw error;
  }
}
