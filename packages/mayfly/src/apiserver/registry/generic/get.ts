import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { notFoundError } from '@mayfly/api/meta/v1/status-error';
import type { KeyValue, RangeResponse } from '../../../storage/store.ts';
import { decodeShared } from './codec.ts';
import type { Kind } from './kind.ts';
import { storageStatus } from './storage-status.ts';

/** The newest version of one key. */
export function readPair(kind: Kind, key: string): Promise<KeyValue | undefined> {
  return kind.deps.store.range({ key }).then(firstPair);
}

function firstPair({ kvs }: RangeResponse): KeyValue | undefined {
  return kvs[0];
}

/** @throws StatusError NotFound */
export async function getObject(kind: Kind, namespace: string, name: string): Promise<KubernetesObject> {
  try {
    const kv = await readPair(kind, kind.keys.key(namespace, name));
    if (kv !== undefined) return decodeShared(kv);
  } catch (error) {
    throw storageStatus(error, kind.resource, 'get');
  }
  throw notFoundError(kind.resource, name);
}
