/**
 * TokenRevocation: some tokens that are to end before their time.
 *
 * Final: it can be made, read and watched, not changed and not taken back. It goes when the last token that it can match
 * has expired.
 */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { type FieldError, forbidden, invalid, required, tooLong } from '../../validation/field-error.ts';
import { byteLength, dns1123Label, dns1123Subdomain, type NameValidator } from '../../validation/names.ts';
import type { IssuedTokenRequester, ObjectIdentity } from './issued-token.ts';

/** Exactly one of the first four. */
export interface TokenRevocationSpec {
  /** The `jti` of one token. */
  credentialID?: string;
  /** The server fills in the uids, so that an object made later under the same name is not meant. */
  serviceAccount?: ObjectIdentity;
  pod?: ObjectIdentity;
  node?: ObjectIdentity;
  /** Only tokens whose `iat` is before this. Absent: every token that was issued before this object was stored. */
  issuedBefore?: string;
  reason?: string;
}

/** Entries of one token status list that are set. */
export interface RevokedEntries {
  id: number;
  /** One bit for each entry of the list, compressed (zlib), base64. */
  revoked: string;
}

export interface TokenRevocationStatus {
  requestedBy: IssuedTokenRequester;
  /** When the last token that this matches ends. Absent while the ledger is being searched. */
  expirationTimestamp?: string;
  /** How many tokens it means, those included that were revoked before. */
  tokens?: number;
  /** Of a single token: its entry, if it has one. */
  statusListIndex?: number;
  statusLists?: RevokedEntries[];
}

export interface TokenRevocation extends KubernetesObject {
  spec: TokenRevocationSpec;
  status?: TokenRevocationStatus;
}

export const TOKEN_REVOCATION_TARGETS = ['credentialID', 'serviceAccount', 'pod', 'node'] as const;

const CREDENTIAL_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_REASON_BYTES = 1024;

/** Everything that can be judged without looking anything up. */
export function validateTokenRevocation({ metadata, spec }: TokenRevocation): FieldError[] {
  if (spec === undefined) return [required('spec')];
  return [
    ...validateTargets(spec),
    ...validateCredentialID(metadata?.name ?? '', spec),
    ...validateObject('spec.serviceAccount', spec.serviceAccount, true),
    ...validateObject('spec.pod', spec.pod, true),
    ...validateObject('spec.node', spec.node, false),
    ...(byteLength(spec.reason ?? '') > MAX_REASON_BYTES ? [tooLong('spec.reason', MAX_REASON_BYTES)] : []),
  ];
}

function validateTargets(spec: TokenRevocationSpec): FieldError[] {
  const [first, second] = TOKEN_REVOCATION_TARGETS.filter((target) => spec[target] !== undefined);
  if (first === undefined) return [required('spec', `one of ${TOKEN_REVOCATION_TARGETS.join(', ')}`)];
  return second === undefined ? [] : [forbidden(`spec.${second}`, `may not be specified beside ${first}`)];
}

/** The object of a single token is named after it, so that ending it twice is ending it once. */
function validateCredentialID(name: string, { credentialID, issuedBefore }: TokenRevocationSpec): FieldError[] {
  if (credentialID === undefined) return [];
  const errors: FieldError[] = [];
  if (!CREDENTIAL_ID.test(credentialID))
    errors.push(invalid('spec.credentialID', credentialID, 'must be the "jti" of a token, a lower-case UUID'));
  else if (name !== credentialID) errors.push(invalid('metadata.name', name, 'must be empty or the credential id'));
  if (issuedBefore !== undefined)
    errors.push(forbidden('spec.issuedBefore', 'may not be specified for a single token'));
  return errors;
}

function validateObject(path: string, object: ObjectIdentity | undefined, isNamespaced: boolean): FieldError[] {
  if (object === undefined) return [];
  return [
    ...(isNamespaced ? nameErrors(`${path}.namespace`, object.namespace, dns1123Label) : []),
    ...nameErrors(`${path}.name`, object.name, dns1123Subdomain),
  ];
}

function nameErrors(field: string, value: string | undefined, validate: NameValidator): FieldError[] {
  if (value === undefined || value === '') return [required(field)];
  return validate(value).map((message) => invalid(field, value, message));
}
