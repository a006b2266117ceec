/** Writes of the server's own parts, without a request behind them: validated like any other, but not admitted. */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Registry } from './registry.ts';
import type { DeleteOptions, ResourceStorage } from './rest.ts';
import { systemContext } from './system-context.ts';

/** Each resolves once the write is durable, and throws `StatusError` as the store does. */
export interface ObjectWriter<T extends KubernetesObject> {
  list(): Promise<readonly T[]>;
  create(object: T): Promise<void>;
  /** Replaces the object of this name; subject to its resourceVersion, if it carries one. */
  update(object: T): Promise<void>;
  delete(namespace: string, name: string): Promise<void>;
}

/** @param resource plural. Throws on an unknown or read-only one. */
export function newWriter<T extends KubernetesObject>(registry: Registry, resource: string): ObjectWriter<T> {
  const { create, update, delete: remove } = writable(registry.resource(resource));
  const reader = registry.reader<T>(resource);
  return {
    list: () => reader.list(),
    async create(object) {
      await create(contextOf(object), object, WRITE);
    },
    async update(object) {
      await update(contextOf(object), object.metadata?.name ?? '', async () => object, WRITE);
    },
    async delete(namespace, name) {
      await remove(systemContext(namespace), name, DELETE);
    },
  };
}

function writable(storage: ResourceStorage): Required<Pick<ResourceStorage, 'create' | 'update' | 'delete'>> {
  const { create, update, delete: remove } = storage;
  if (create === undefined || update === undefined || remove === undefined)
    throw new Error(`the resource "${storage.definition.resource}" is read-only`);
  return { create, update, delete: remove };
}

const contextOf = ({ metadata }: KubernetesObject) => systemContext(metadata?.namespace ?? '');
const admitted = async (): Promise<void> => undefined;
const WRITE = { dryRun: false, validate: admitted };
const DELETE: DeleteOptions = {
  dryRun: false,
  gracePeriodSeconds: undefined,
  preconditions: {},
  propagationPolicy: undefined,
  validate: admitted,
};
