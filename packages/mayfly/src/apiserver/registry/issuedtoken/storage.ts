import { newResourceStore } from '../generic/store.ts';
import type { Strategy } from '../generic/strategy.ts';
import type { RegistryDeps } from '../registry.ts';
import type { ResourceStorage } from '../rest.ts';
import { issuedTokenStrategy } from './strategy.ts';

/** get, list and watch of the token ledger. */
export function newIssuedTokenStorage(deps: RegistryDeps): ResourceStorage {
  return newResourceStore(issuedTokenStrategy as Strategy, deps);
}
