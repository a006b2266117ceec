/** get, list and watch of the signing keys, and delete, by which a key retires. */

import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import { newKind } from '../generic/kind.ts';
import { requirePreconditions } from '../generic/preconditions.ts';
import { newReader, type ObjectReader } from '../generic/reader.ts';
import { newResourceStore } from '../generic/store.ts';
import type { Strategy } from '../generic/strategy.ts';
import type { RegistryDeps } from '../registry.ts';
import type { ResourceStorage } from '../rest.ts';
import type { KeyRotator } from './rotator.ts';
import { SIGNING_KEY_DEFINITION, signingKeyStrategy } from './strategy.ts';

export function newSigningKeyStorage(deps: RegistryDeps, rotator: KeyRotator): ResourceStorage {
  return {
    ...newResourceStore(signingKeyStrategy as Strategy, deps),
    async delete(_context, name, { dryRun, preconditions, validate }) {
      const object = await rotator.retire(name, dryRun, async (key) => {
        requirePreconditions(SIGNING_KEY_DEFINITION, key, preconditions);
        await validate(key);
      });
      return { object, removed: true };
    },
  };
}

export function newSigningKeyReader(deps: RegistryDeps): ObjectReader<SigningKey> {
  return newReader(newKind(signingKeyStrategy as Strategy, deps));
}
