/**
 * Objects to stored bytes and back.
 *
 * A value is the object's JSON with kind and apiVersion and without resourceVersion, which is the pair's modRevision.
 * Decoded objects are shared: a store hands every reader of a version the same `KeyValue`, so one decoded form serves
 * them all. Lists do not fill the cache: one list would keep every object of a kind in memory twice.
 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { KeyValue } from '../../../storage/store.ts';
import type { Stored } from './strategy.ts';

/** etcd's default limit of one request. */
const MAX_VALUE_BYTES = 1.5 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const decoded = new WeakMap<KeyValue, Stored<KubernetesObject>>();

/** @throws StatusError RequestEntityTooLarge past 1.5 MiB */
export function encodeObject(object: KubernetesObject): Uint8Array {
  const { kind, apiVersion, metadata, ...rest } = object;
  const { resourceVersion: _, ...meta } = metadata ?? {};
  const value = encoder.encode(JSON.stringify({ kind, apiVersion, metadata: meta, ...rest }));
  if (value.byteLength > MAX_VALUE_BYTES)
    throw new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${MAX_VALUE_BYTES}`);
  return value;
}

/** The shared decoded form of this version. Must not be changed. */
export function decodeShared(kv: KeyValue): Stored<KubernetesObject> {
  const known = decoded.get(kv);
  if (known !== undefined) return known;
  const object = decodeFresh(kv);
  decoded.set(kv, object);
  return object;
}

/** As `decodeShared`, for readers that pass over many objects once. The result may still be shared. */
export function decodeOnce(kv: KeyValue): Stored<KubernetesObject> {
  return decoded.get(kv) ?? decodeFresh(kv);
}

/** @throws StatusError StorageReadError when the stored bytes are not an object of ours */
function decodeFresh(kv: KeyValue): Stored<KubernetesObject> {
  try {
    const object = JSON.parse(decoder.decode(kv.value)) as Stored<KubernetesObject>;
    object.metadata.resourceVersion = String(kv.modRevision);
    return object;
  } catch (cause) {
    throw new StatusError('StorageReadError', `stored object at "${kv.key}" cannot be decoded`, { cause });
  }
}

/** A copy that bears another version: deletions and departures carry the revision that made them. */
export function withVersion<T extends KubernetesObject>(object: T, revision: number): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
