/**
 * A change in the store as one watcher sees it.
 *
 * Entering a selector is ADDED, leaving it is DELETED with the old object at the new revision, being outside is nothing.
 * The objects are shared by all watchers, so an encoder may keep one encoded form per object.
 *
 * @see kubernetes/apiserver pkg/storage/etcd3/watcher.go, transform; spec kubernetes-wire §12
 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { KeyValue, StoreEvent } from '../../../storage/store.ts';
import type { WatchEvent } from '../rest.ts';
import { decodeShared, withVersion } from './codec.ts';
import type { Selection } from './selection.ts';

/** Last states with the revision that ended them, keyed on the pair that did (or, for a deletion, that was deleted). */
const departed = new WeakMap<KeyValue, KubernetesObject>();

/** Undefined: this watcher does not see it. */
export function watchEventOf(event: StoreEvent, selection: Selection): WatchEvent | undefined {
  return event.type === 'delete' ? deletion(event.prev, event.modRevision, selection) : change(event, selection);
}

function deletion(prev: KeyValue, revision: number, selection: Selection): WatchEvent | undefined {
  if (!selection.everything && !selection.matches(decodeShared(prev))) return undefined;
  return { type: 'DELETED', object: departure(prev, prev, revision) };
}

function change({ kv, prev }: StoreEvent & { type: 'put' }, selection: Selection): WatchEvent | undefined {
  const object = decodeShared(kv);
  if (prev === undefined) return selection.matches(object) ? { type: 'ADDED', object } : undefined;
  if (selection.everything) return { type: 'MODIFIED', object };
  const wasIn = selection.matches(decodeShared(prev));
  if (selection.matches(object)) return { type: wasIn ? 'MODIFIED' : 'ADDED', object };
  return wasIn ? { type: 'DELETED', object: departure(kv, prev, kv.modRevision) } : undefined;
}

function departure(by: KeyValue, last: KeyValue, revision: number): KubernetesObject {
  let object = departed.get(by);
  if (object === undefined) {
    object = withVersion(decodeShared(last), revision);
    departed.set(by, object);
  }
  return object;
}
