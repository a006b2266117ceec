/** `issuedtokens.identity.mayfly.dev`: read-only through the API; the ledger writes the rows. */
import {
  IDENTITY_GROUP,
  ISSUED_TOKEN_FIELDS,
  type IssuedToken,
  issuedTokenFields,
} from '@mayfly/api/identity/v1alpha1/issued-token';
import { dns1123Subdomain } from '@mayfly/api/validation/names';
import { keyLayout } from '../generic/keys.ts';
import type { Strategy } from '../generic/strategy.ts';
import type { ResourceDefinition } from '../rest.ts';
import { ISSUED_TOKEN_FIELD_TESTS, issuedTokenDigest } from './field-tests.ts';

export const ISSUED_TOKEN_VERSION = 'v1alpha1';

export const ISSUED_TOKEN_STORAGE_PATH = `${IDENTITY_GROUP}/issuedtokens`;

/** A row's key is that of its token's namespace and `jti`. */
export const issuedTokenKeys = keyLayout(ISSUED_TOKEN_STORAGE_PATH, true);

export const ISSUED_TOKEN_DEFINITION: ResourceDefinition = {
  group: IDENTITY_GROUP,
  version: ISSUED_TOKEN_VERSION,
  resource: 'issuedtokens',
  singular: 'issuedtoken',
  kind: 'IssuedToken',
  namespaced: true,
  verbs: ['get', 'list', 'watch'],
  schema: 'identity/v1alpha1.IssuedToken',
};

export const issuedTokenStrategy: Strategy<IssuedToken> = {
  definition: ISSUED_TOKEN_DEFINITION,
  storagePath: ISSUED_TOKEN_STORAGE_PATH,
  validateName: dns1123Subdomain,
  selectableFields: ISSUED_TOKEN_FIELDS,
  fields: issuedTokenFields,
  fieldTests: ISSUED_TOKEN_FIELD_TESTS,
  digest: issuedTokenDigest,
};
