/** The last step of every life: taking the key out of the store. */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { KeyValue } from '../../../storage/store.ts';
import type { Kind } from './kind.ts';

/** What keeps a terminating object: its finalizers, and a namespace's own. */
export function pendingFinalizers(kind: Kind, object: KubernetesObject): readonly string[] {
  return kind.strategy.pendingFinalizers?.(object) ?? object.metadata?.finalizers ?? [];
}

/** Deletes this version of a key. Returns the revision of the deletion, or undefined when the key has moved on. */
export async function deletePair(kind: Kind, kv: KeyValue): Promise<number | undefined> {
  const { key, modRevision } = kv;
  const { succeeded, revision } = await kind.deps.store.txn({
    compare: [{ key, target: 'modRevision', equals: modRevision }],
    success: [{ type: 'delete', key }],
  });
  return succeeded ? revision : undefined;
}
