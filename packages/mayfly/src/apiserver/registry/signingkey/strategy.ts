/** `signingkeys.identity.mayfly.dev`: read-only but for delete, which retires; the steps of a rotation write them. */
import { IDENTITY_GROUP } from '@mayfly/api/identity/v1alpha1/issued-token';
import { SIGNING_KEY_FIELDS, type SigningKey, signingKeyFields } from '@mayfly/api/identity/v1alpha1/signing-key';
import { pathSegment } from '@mayfly/api/validation/names';
import type { Strategy } from '../generic/strategy.ts';
import type { ResourceDefinition } from '../rest.ts';

export const SIGNING_KEY_STORAGE_PATH = `${IDENTITY_GROUP}/signingkeys`;

export const SIGNING_KEY_DEFINITION: ResourceDefinition = {
  group: IDENTITY_GROUP,
  version: 'v1alpha1',
  resource: 'signingkeys',
  singular: 'signingkey',
  kind: 'SigningKey',
  namespaced: false,
  verbs: ['delete', 'get', 'list', 'watch'],
  schema: 'identity/v1alpha1.SigningKey',
};

export const signingKeyStrategy: Strategy<SigningKey> = {
  definition: SIGNING_KEY_DEFINITION,
  storagePath: SIGNING_KEY_STORAGE_PATH,
  validateName: pathSegment,
  selectableFields: SIGNING_KEY_FIELDS,
  fields: signingKeyFields,
};
