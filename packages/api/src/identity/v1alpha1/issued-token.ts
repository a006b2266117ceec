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

/** What owns the pod a token is bound to, as far up as names tell: a Deployment rather than its ReplicaSet. */
export interface IssuedTokenWorkload {
  kind: string;
  name: string;
}

export interface IssuedTokenUse {
  time: string;
  sourceIP: string;
  userAgent: string;
  /** Who asked about the token in a TokenReview: address and client are then the reviewer's. */
  reviewedBy?: string;
}

/** One address and program that a token was seen with. */
export interface IssuedTokenSighting {
  sourceIP: string;
  userAgent: string;
  reviewedBy?: string;
  firstSeen: string;
  lastSeen: string;
}

/** Evidence of uses past the time at which the token should have been renewed. */
export interface IssuedTokenStaleUse {
  /** Coarse: a use is noted at most once a minute for each address and program. */
  count: number;
  firstSeen: string;
  lastSeen: string;
  /** Of the last such use. */
  sourceIP: string;
  userAgent: string;
  reviewedBy?: string;
}

export interface IssuedTokenSpec {
  serviceAccountName: string;
  serviceAccountUID: string;
  audiences: string[];
  /** Absent: bound to the service account only. */
  boundObjectRef?: IssuedTokenBinding;
  /** Of a token bound to a pod. */
  workload?: IssuedTokenWorkload;
  /** Node that the pod was on when the token was issued, or that the token is bound to. */
  nodeName?: string;
  issuedAt: string;
  expirationTimestamp: string;
  /** Of an extended token: when it should have been renewed (its `warnafter` claim). */
  warnAfterTimestamp?: string;
  /** `kid` of the signing key. */
  keyID: string;
  issuer: string;
  requestedBy: IssuedTokenRequester;
  /** Node that the pod was on when the token was issued, or that the token is bound to. */
  nodeUID?: string;
  /** Its entry in the token status lists, counted through all of them. Only where the service account asks for one. */
  statusListIndex?: number;
}

export interface IssuedTokenStatus {
  lastUsed?: IssuedTokenUse;
  /** The addresses and programs it was seen with, latest first, eight at most. */
  seen?: IssuedTokenSighting[];
  stale?: IssuedTokenStaleUse;
}

/** `metadata.name` is the token's `jti`; the namespace is the service account's. */
export interface IssuedToken extends KubernetesObject {
  spec: IssuedTokenSpec;
  status?: IssuedTokenStatus;
}

/** Selected by equality. */
export const ISSUED_TOKEN_FIELDS: readonly string[] = [
  'spec.serviceAccountName',
  'spec.boundObjectRef.kind',
  'spec.boundObjectRef.name',
  'spec.nodeName',
  'spec.keyID',
  'spec.requestedBy.username',
];

export function issuedTokenFields({ spec }: IssuedToken): Readonly<Record<string, string>> {
  return {
    'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'spec.boundObjectRef.kind': spec?.boundObjectRef?.kind ?? '',
    'spec.boundObjectRef.name': spec?.boundObjectRef?.name ?? '',
    'spec.nodeName': spec?.nodeName ?? '',
    'spec.keyID': spec?.keyID ?? '',
    'spec.requestedBy.username': spec?.requestedBy?.username ?? '',
  };
}
