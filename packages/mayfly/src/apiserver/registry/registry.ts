import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { RegistryDeps } from './generic/kind.ts';
import type { ObjectReader } from './generic/reader.ts';
import type { ResourceStorage } from './rest.ts';

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
export declare function newRegistry(deps: RegistryDeps): Registry;
