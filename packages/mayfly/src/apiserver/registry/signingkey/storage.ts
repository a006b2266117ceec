/** get, list and watch of the signing keys. */
import { newResourceStore } from '../generic/store.ts';
import type { Strategy } from '../generic/strategy.ts';
import type { RegistryDeps } from '../registry.ts';
import type { ResourceStorage } from '../rest.ts';
import { signingKeyStrategy } from './strategy.ts';

export function newSigningKeyStorage(deps: RegistryDeps): ResourceStorage {
  return newResourceStore(signingKeyStrategy as Strategy, deps);
}
