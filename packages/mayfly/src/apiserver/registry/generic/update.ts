/**
 * PUT and PATCH: read, transform, check, compare-and-swap; again from the start when somebody else was faster.
 *
 * A caller that named a version gets 409 as soon as the version is not the stored one. A caller that named none is
 * never told of a race: the transform runs again on the new state until it wins or its deadline passes.
 *
 * @see kubernetes/apiserver pkg/registry/generic/registry/store.go, Update; spec kubernetes-wire §9.2, §10
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import {
  conflictError,
  invalidError,
  notFoundError,
  STALE_VERSION_CAUSE,
  StatusError,
} from '@mayfly/api/meta/v1/status-error';
import { validateObjectMetaUpdate } from '@mayfly/api/meta/v1/validation';
import { invalid } from '@mayfly/api/validation/field-error';
import type { KeyValue } from '../../../storage/store.ts';
import type { RequestContext, Transform, UpdateOptions } from '../rest.ts';
import { decodeOnce, decodeShared, encodeObject, withVersion } from './codec.ts';
import { createDraft, leaseOf } from './create.ts';
import { readPair } from './get.ts';
import type { Kind } from './kind.ts';
import { beginLife, continueLife, type Draft, draftOf, placeInNamespace, requireSameName } from './metadata.ts';
import { deletePair, pendingFinalizers } from './removal.ts';
import { storageStatus } from './storage-status.ts';
import type { Strategy } from './strategy.ts';

/** The part of a strategy that tells one way to update from another (main path, `/status`, `/finalize`). */
export type UpdateRules = Pick<Strategy, 'prepareForUpdate' | 'validateUpdate'>;

export interface Updated {
  object: KubernetesObject;
  created: boolean;
}

/** @throws StatusError NotFound, Conflict, Invalid, BadRequest, Timeout, and what `transform` and `validate` throw */
export async function updateObject(
  kind: Kind,
  rules: UpdateRules,
  context: RequestContext,
  name: string,
  transform: Transform,
  options: UpdateOptions,
): Promise<Updated> {
  const key = kind.keys.key(context.namespace, name);
  try {
    for (;;) {
      const kv = await readPair(kind, key);
      const updated =
        kv === undefined
          ? await createByUpdate(kind, rules, context, name, transform, options)
          : await tryUpdate(kind, rules, context, name, kv, transform, options);
      if (updated !== 'lost-race') return updated;
      if (context.signal.aborted) throw new StatusError('Timeout', 'Timeout: the object kept changing');
    }
  } catch (error) {
    throw storageStatus(error, kind.resource, 'update');
  }
}

async function createByUpdate(
  kind: Kind,
  rules: UpdateRules,
  context: RequestContext,
  name: string,
  transform: Transform,
  options: UpdateOptions,
): Promise<Updated | 'lost-race'> {
  if (kind.strategy.createsOnUpdate !== true || rules !== kind.strategy) throw notFoundError(kind.resource, name);
  const draft = draftOf(kind, await transform(undefined));
  requireSameName(draft, name);
  placeInNamespace(kind, draft, context.namespace);
  requireUID(kind, draft, '', kind.keys.key(context.namespace, name));
  beginLife(kind, draft);
  const validate = (object: KubernetesObject) => options.validate(object, undefined);
  const created = await createDraft(kind, context, draft, { dryRun: options.dryRun, validate });
  return 'taken' in created ? 'lost-race' : { object: created, created: true };
}

async function tryUpdate(
  kind: Kind,
  rules: UpdateRules,
  context: RequestContext,
  name: string,
  kv: KeyValue,
  transform: Transform,
  options: UpdateOptions,
): Promise<Updated | 'lost-race'> {
  const old = decodeShared(kv);
  const draft = draftOf(kind, await transform(old));
  requireSameName(draft, name);
  placeInNamespace(kind, draft, context.namespace);
  requireVersion(kind, draft, kv);
  requireUID(kind, draft, old.metadata.uid ?? '', kv.key);
  continueLife(draft, old);
  rules.prepareForUpdate?.(draft, old, context);
  requireValid(kind, rules, draft, old);
  await options.validate(draft, old);
  return await write(kind, kv, draft, old, options.dryRun);
}

async function write(
  kind: Kind,
  kv: KeyValue,
  draft: Draft,
  old: Draft,
  dryRun: boolean,
): Promise<Updated | 'lost-race'> {
  const value = encodeObject(draft);
  if (isUnchanged(value, kv, old)) return { object: old, created: false };
  if (dryRun) return { object: withVersion(draft, kv.modRevision), created: false };
  if (endsLife(kind, draft, old)) {
    const revision = await deletePair(kind, kv);
    return revision === undefined ? 'lost-race' : { object: withVersion(draft, revision), created: false };
  }
  const stored = await putIfUnchanged(kind, kv, value);
  return stored === undefined ? 'lost-race' : { object: withVersion(draft, stored.modRevision), created: false };
}

/** Puts `value` where `kv` still is. Undefined: it no longer is. */
export async function putIfUnchanged(kind: Kind, kv: KeyValue, value: Uint8Array): Promise<KeyValue | undefined> {
  const { key, modRevision } = kv;
  const { results } = await kind.deps.store.txn({
    compare: [{ key, target: 'modRevision', equals: modRevision }],
    success: [{ type: 'put', key, value, ...(await leaseOf(kind)) }],
  });
  return results[0]?.type === 'put' ? results[0].kv : undefined;
}

/** Equal bytes, or equal objects whose fields came in another order: an update that changes nothing writes nothing. */
function isUnchanged(value: Uint8Array, kv: KeyValue, old: Draft): boolean {
  if (Buffer.compare(value, kv.value) === 0) return true;
  if (value.byteLength !== kv.value.byteLength) return false;
  const wanted = decodeOnce({ ...kv, value });
  return isDeepStrictEqual(wanted, old);
}

/** The last finalizer of a terminating object has gone: the update is the deletion. */
function endsLife(kind: Kind, draft: Draft, old: Draft): boolean {
  if (old.metadata.deletionTimestamp === undefined) return false;
  return (old.metadata.deletionGracePeriodSeconds ?? 0) === 0 && pendingFinalizers(kind, draft).length === 0;
}

function requireVersion(kind: Kind, draft: Draft, kv: KeyValue): void {
  const named = draft.metadata.resourceVersion ?? '';
  const name = draft.metadata.name ?? '';
  if (named === '' || named === '0') {
    if (kind.strategy.requiresVersionOnUpdate !== true) return;
    const error = invalid('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalidError({ group: kind.resource.group, kind: kind.resource.resource }, name, [error]); // sic: the resource
  }
  if (named !== String(kv.modRevision)) throw conflictError(kind.resource, name, STALE_VERSION_CAUSE);
}

/** A uid in the body says which of several objects of this name is meant; none of them, when the object is gone. */
function requireUID(kind: Kind, draft: Draft, stored: string, key: string): void {
  const named = draft.metadata.uid ?? '';
  if (named === '' || named === stored) return;
  const text = `Precondition failed: UID in precondition: ${named}, UID in object meta: ${stored}`;
  const cause = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${text}`;
  throw conflictError(kind.resource, draft.metadata.name ?? '', cause);
}

function requireValid(kind: Kind, rules: UpdateRules, draft: Draft, old: Draft): void {
  draft.metadata.resourceVersion = old.metadata.resourceVersion ?? ''; // an absent one means the newest
  const errors = [
    ...(rules.validateUpdate?.(draft, old) ?? []),
    ...validateObjectMetaUpdate(draft.metadata, old.metadata),
  ];
  if (errors.length > 0) throw invalidError(kind.strategy.definition, old.metadata.name ?? '', errors);
}
