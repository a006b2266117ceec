/**
 * The storage of one kind over the key-value store: every verb, told apart by the kind's strategy alone.
 *
 * It trusts the endpoints for authorization, decoding and mutating admission (inside the transform), and nothing else:
 * identity, names, versions and preconditions are checked here. Reads see the newest committed state.
 *
 * @see kubernetes/apiserver pkg/registry/generic/registry/store.go; spec kubernetes-wire §9–§12
 */
import type { ResourceStorage, SubresourceStorage } from '../rest.ts';
import { createObject } from './create.ts';
import { deleteCollection, deleteObject } from './delete.ts';
import { getObject } from './get.ts';
import { type Kind, newKind, type RegistryDeps } from './kind.ts';
import { listObjects } from './list.ts';
import type { Strategy, UpdatePath } from './strategy.ts';
import { updateObject } from './update.ts';
import { watchObjects } from './watch.ts';

/** A plain object of functions: it may be spread and wrapped. Members follow the verbs of the definition. */
export function newResourceStore(strategy: Strategy, deps: RegistryDeps): ResourceStorage {
  return newStorageOf(newKind(strategy, deps));
}

export function newStorageOf(kind: Kind): ResourceStorage {
  const { strategy } = kind;
  return {
    definition: strategy.definition,
    returnsDeletedObject: strategy.returnsDeletedObject ?? false,
    selectableFields: [...(strategy.selectableFields ?? []), ...Object.keys(strategy.fieldTests ?? {})],
    subresources: (strategy.updatePaths ?? []).map((path) => newUpdatePath(kind, path)),
    get: (context, name) => getObject(kind, context.namespace, name),
    list: (context, options) => listObjects(kind, context, options),
    watch: async (context, options) => watchObjects(kind, context.namespace, options),
    ...(strategy.definition.verbs.includes('create') ? writesOf(kind) : {}),
    ...(strategy.definition.verbs.includes('deletecollection') ? collectionWritesOf(kind) : {}),
  };
}

function writesOf(kind: Kind): Pick<ResourceStorage, 'create' | 'update' | 'delete'> {
  return {
    create: (context, object, options) => createObject(kind, context, object, options),
    update: (context, name, transform, options) => updateObject(kind, kind.strategy, context, name, transform, options),
    delete: (context, name, options) => deleteObject(kind, context, context.namespace, name, options),
  };
}

function collectionWritesOf(kind: Kind): Pick<ResourceStorage, 'deleteCollection'> {
  return { deleteCollection: (context, options, list) => deleteCollection(kind, context, options, list) };
}

function newUpdatePath(kind: Kind, path: UpdatePath): SubresourceStorage {
  return {
    definition: path.definition,
    ...(path.definition.verbs.includes('get')
      ? { get: (context, name) => getObject(kind, context.namespace, name) }
      : {}),
    update: (context, name, transform, options) => updateObject(kind, path, context, name, transform, options),
  };
}
