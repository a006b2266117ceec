/** `tokenrevocations.identity.mayfly.dev`: made, read and watched; never changed, never taken back. */
import { IDENTITY_GROUP } from '@mayfly/api/identity/v1alpha1/issued-token';
import { type TokenRevocation, validateTokenRevocation } from '@mayfly/api/identity/v1alpha1/token-revocation';
import { dns1123Subdomain } from '@mayfly/api/validation/names';
import { keyLayout } from '../generic/keys.ts';
import type { Strategy } from '../generic/strategy.ts';
import type { ResourceDefinition } from '../rest.ts';

export const TOKEN_REVOCATION_DEFINITION: ResourceDefinition = {
  group: IDENTITY_GROUP,
  version: 'v1alpha1',
  resource: 'tokenrevocations',
  singular: 'tokenrevocation',
  kind: 'TokenRevocation',
  namespaced: false,
  verbs: ['create', 'get', 'list', 'watch'],
  schema: 'identity/v1alpha1.TokenRevocation',
};

const STORAGE_PATH = `${IDENTITY_GROUP}/tokenrevocations`;

export const tokenRevocationKeys = keyLayout(STORAGE_PATH, false);

export const tokenRevocationStrategy: Strategy<TokenRevocation> = {
  definition: TOKEN_REVOCATION_DEFINITION,
  storagePath: STORAGE_PATH,
  validateName: dns1123Subdomain,
  validate: validateTokenRevocation,
};
