/** @see kubernetes/kubernetes pkg/registry/core/secret/strategy.go */
import {
  SECRET_FIELDS,
  type Secret,
  secretFields,
  setSecretDefaults,
  validateSecret,
  validateSecretUpdate,
} from '@mayfly/api/core/v1/secret';
import { dns1123Subdomain } from '@mayfly/api/validation/names';
import { coreDefinition } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';

export const secretStrategy: Strategy<Secret> = {
  definition: coreDefinition({ resource: 'secrets', singular: 'secret', kind: 'Secret', namespaced: true }),
  validateName: dns1123Subdomain,
  selectableFields: SECRET_FIELDS,
  fields: secretFields,
  prepareForCreate: (secret) => setSecretDefaults(secret),
  prepareForUpdate: (secret, old) => setSecretDefaults(secret, old),
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
};
