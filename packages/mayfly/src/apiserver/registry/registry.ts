/**
 * Every stored kind over one store, for the endpoints as `ResourceStorage` and for the server's own parts as readers.
 *
 * Reads of the other parts see the same decoded objects as requests do, and never a stale one.
 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { newBindingSubresource } from './core/pod/binding.ts';
import { newEvictionSubresource } from './core/pod/eviction.ts';
import { type Kind, newKind, type RegistryDeps } from './generic/kind.ts';
import { newReader, type ObjectReader } from './generic/reader.ts';
import { newStorageOf } from './generic/store.ts';
import type { ResourceStorage } from './rest.ts';
import { STRATEGIES } from './strategies.ts';

export { type Feed, type FeedSink, startFeed } from './generic/feed.ts';
export type { RegistryDeps } from './generic/kind.ts';
export type { ObjectEvent, ObjectReader, ObjectWatch } from './generic/reader.ts';

export interface Registry {
  /** Every stored kind. */
  resources(): readonly ResourceStorage[];
  /** @param name plural, e.g. `pods`. Throws on an unknown one. */
  resource(name: string): ResourceStorage;
  /** @param name plural. Throws on an unknown one. */
  reader<T extends KubernetesObject>(name: string): ObjectReader<T>;
}

/** All generic kinds over one store. */
export function newRegistry(deps: RegistryDeps): Registry {
  const kinds = new Map(STRATEGIES.map((strategy) => [strategy.definition.resource, newKind(strategy, deps)]));
  const storages = new Map([...kinds].map(([name, kind]) => [name, storageOf(name, kind)]));
  return {
    resources: () => [...storages.values()],
    resource: (name) => known(storages, name),
    reader: (name) => newReader(known(kinds, name)),
  };
}

function storageOf(name: string, kind: Kind): ResourceStorage {
  const storage = newStorageOf(kind);
  if (name !== 'pods') return storage;
  const actions = [newBindingSubresource(kind), newEvictionSubresource(kind)];
  return { ...storage, subresources: [...(storage.subresources ?? []), ...actions] };
}

function known<T>(table: ReadonlyMap<string, T>, name: string): T {
  const found = table.get(name);
  if (found === undefined) throw new Error(`the registry has no resource "${name}"`);
  return found;
}
