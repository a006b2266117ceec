/** `keyrotations.identity.mayfly.dev`: a request for a new signing key, answered and not stored. */
import { IDENTITY_GROUP } from '@mayfly/api/identity/v1alpha1/issued-token';
import { type KeyRotation, validateKeyRotation } from '@mayfly/api/identity/v1alpha1/key-rotation';
import { invalidError } from '@mayfly/api/meta/v1/status-error';
import type { ResourceDefinition, ResourceStorage } from '../rest.ts';
import type { KeyRotator } from './rotator.ts';

const definition: ResourceDefinition = {
  group: IDENTITY_GROUP,
  version: 'v1alpha1',
  resource: 'keyrotations',
  singular: 'keyrotation',
  kind: 'KeyRotation',
  namespaced: false,
  verbs: ['create'],
  schema: 'identity/v1alpha1.KeyRotation',
};

/** Audit annotations: the new key, and those a panic ended. */
export const NEW_KEY_ANNOTATION = 'identity.mayfly.dev/new-key-id';
export const RETIRED_KEYS_ANNOTATION = 'identity.mayfly.dev/retired-key-ids';

export function newKeyRotationStorage(rotator: KeyRotator): ResourceStorage {
  return {
    definition,
    async create(context, object, options) {
      const { spec = {} } = object as KeyRotation;
      const faults = validateKeyRotation(object as KeyRotation);
      if (faults.length > 0) throw invalidError(definition, '', faults);
      await options.validate(object);
      const { isUnderWay, ...status } = await rotator.rotate(spec, options.dryRun);
      if (isUnderWay)
        context.warn(`a rotation is under way already: key ${status.keyID} signs from ${status.activateAt}`);
      if (status.keyID !== undefined) context.annotate(NEW_KEY_ANNOTATION, status.keyID);
      if (status.retiredKeyIDs !== undefined) context.annotate(RETIRED_KEYS_ANNOTATION, status.retiredKeyIDs.join(','));
      return {
        kind: definition.kind,
        apiVersion: `${IDENTITY_GROUP}/v1alpha1`,
        metadata: {},
        spec,
        status,
      } as KeyRotation;
    },
  };
}
