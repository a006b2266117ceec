/**
 * What the server itself writes into ObjectMeta, whatever a client sent.
 *
 * @see kubernetes/apiserver pkg/registry/rest/{meta,create,update}.go; spec kubernetes-wire §8
 */
import type { KubernetesObject, ObjectMeta } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError } from '@mayfly/api/meta/v1/status-error';
import { formatTime } from '@mayfly/api/meta/v1/time';
import type { Kind } from './kind.ts';

/** An object whose metadata is there to be written. */
export type Draft = KubernetesObject & { metadata: ObjectMeta };

/** The registry's own copy: callers may hand in objects that share parts with stored ones. */
export function draftOf(kind: Kind, object: KubernetesObject): Draft {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = structuredClone(object);
  return { kind: kind.strategy.definition.kind, apiVersion: kind.apiVersion, metadata: metadata ?? {}, ...rest };
}

/** Drops everything a client may not choose, and gives the object its identity. */
export function beginLife(kind: Kind, draft: Draft): void {
  const { metadata } = draft;
  dropDeletion(metadata);
  dropSelfLink(metadata);
  delete metadata.generation;
  delete metadata.resourceVersion;
  metadata.uid = kind.deps.random.uuid();
  metadata.creationTimestamp = formatTime(kind.deps.clock.nowMs());
}

/** Puts back what no update may change. The caller has compared uid and resourceVersion. */
export function continueLife(draft: Draft, old: Draft): void {
  const { metadata } = draft;
  dropDeletion(metadata);
  dropSelfLink(metadata);
  const { uid, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds } = old.metadata;
  if (uid !== undefined) metadata.uid = uid;
  if (creationTimestamp !== undefined) metadata.creationTimestamp = creationTimestamp;
  delete metadata.generation;
  if (generation !== undefined) metadata.generation = generation;
  if (deletionTimestamp !== undefined) metadata.deletionTimestamp = deletionTimestamp;
  if (deletionGracePeriodSeconds !== undefined) metadata.deletionGracePeriodSeconds = deletionGracePeriodSeconds;
}

/** @throws StatusError BadRequest when the body names another namespace than the URL */
export function placeInNamespace(kind: Kind, draft: Draft, namespace: string): void {
  if (!kind.strategy.definition.namespaced) {
    delete draft.metadata.namespace;
    return;
  }
  const own = draft.metadata.namespace ?? '';
  if (own !== '' && own !== namespace)
    throw badRequestError('the namespace of the provided object does not match the namespace sent on the request');
  draft.metadata.namespace = namespace;
}

/** @throws StatusError BadRequest when the body is about another object than the URL */
export function requireSameName(draft: Draft, name: string): void {
  const own = draft.metadata.name ?? '';
  if (own !== '' && own !== name)
    throw badRequestError(`the name of the object (${own}) does not match the name on the URL (${name})`);
  draft.metadata.name = name;
}

function dropDeletion(metadata: ObjectMeta): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
}

function dropSelfLink(metadata: ObjectMeta & { selfLink?: string }): void {
  delete metadata.selfLink;
}
