import type { ResourceStorage } from '../rest.ts';
import type { RegistryDeps } from './kind.ts';
import type { Strategy } from './strategy.ts';

/** The storage of one kind over the key-value store. A plain object of functions: it may be spread and wrapped. */
export function newResourceStore(strategy: Strategy, _deps: RegistryDeps): ResourceStorage {
  return { definition: strategy.definition };
}
