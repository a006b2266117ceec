/**
 * IssuedToken: what is known of a service account token that was issued, never the token itself.
 *
 * Read-only: the token subresource writes it, use updates its status, and it goes when the token has expired.
 */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';

export const IDENTITY_GROUP = 'identity.mayfly.dev';

export interface IssuedTokenRequester {
  username: string;
  uid?: string;
  /** Which credential of the requester asked (`authentication.kubernetes.io/credential-id`). */
  credentialID?: string;
  sourceIP: string;
  userAgent: string;
}

export interface IssuedTokenBinding {
  kind: string;
  apiVersion: string;
  name: string;
  uid: string;
}

/** Which object, and which life of it. */
export interface ObjectIdentity {
  /** Absent for nodes. */
  namespace?: string;
  name: string;
  uid?: string;
}

export interface IssuedTokenUse {
  time: string;
  sourceIP: string;
  userAgent: string;
}

export interface IssuedTokenSpec {
  serviceAccountName: string;
  serviceAccountUID: string;
  audiences: string[];
  /** Absent: bound to the service account only. */
  boundObjectRef?: IssuedTokenBinding;
  issuedAt: string;
  expirationTimestamp: string;
  /** `kid` of the signing key. */
  keyID: string;
  issuer: string;
  requestedBy: IssuedTokenRequester;
  /** Node that the pod was on when the token was issued, or that the token is bound to. */
  nodeUID?: string;
  /** Its entry in the token status lists, counted through all of them. Only where the service account asks for one. */
  statusListIndex?: number;
}

/** `metadata.name` is the token's `jti`; the namespace is the service account's. */
export interface IssuedToken extends KubernetesObject {
  spec: IssuedTokenSpec;
  status?: { lastUsed?: IssuedTokenUse };
}

export const ISSUED_TOKEN_FIELDS: readonly string[] = ['spec.serviceAccountName'];

export function issuedTokenFields(token: IssuedToken): Readonly<Record<string, string>> {
  return { 'spec.serviceAccountName': token.spec?.serviceAccountName ?? '' };
}
