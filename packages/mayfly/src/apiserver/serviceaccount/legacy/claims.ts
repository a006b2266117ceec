/**
 * The claims of a legacy token: the one that stands in a Secret and never expires.
 *
 * Flat and all strings, without `aud`, `exp`, `iat`, `nbf` and `jti`: nothing in the token bounds it, and nothing tells
 * two tokens of one Secret apart. So it has no credential id and no row in the ledger.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/legacy.go; spec service-account-tokens §2.4
 */
import { serviceAccountUsername } from '@mayfly/api/user/user';
import type { VerifiedClaims } from '@mayfly/sdk/verify/claims';

/** A constant, whatever issuer the server is configured with. */
export const LEGACY_ISSUER = 'kubernetes/serviceaccount';

export interface LegacyTokenClaims {
  readonly namespace: string;
  readonly secretName: string;
  readonly serviceAccountName: string;
  readonly serviceAccountUID: string;
}

const CLAIM_NAMES = {
  namespace: 'kubernetes.io/serviceaccount/namespace',
  secretName: 'kubernetes.io/serviceaccount/secret.name',
  serviceAccountName: 'kubernetes.io/serviceaccount/service-account.name',
  serviceAccountUID: 'kubernetes.io/serviceaccount/service-account.uid',
} as const satisfies Record<keyof LegacyTokenClaims, string>;

/** The payload, serialised, keys in sorted order as Go writes them. */
export function legacyTokenPayload(claims: LegacyTokenClaims): string {
  return JSON.stringify({
    iss: LEGACY_ISSUER,
    [CLAIM_NAMES.namespace]: claims.namespace,
    [CLAIM_NAMES.secretName]: claims.secretName,
    [CLAIM_NAMES.serviceAccountName]: claims.serviceAccountName,
    [CLAIM_NAMES.serviceAccountUID]: claims.serviceAccountUID,
    sub: serviceAccountUsername(claims.namespace, claims.serviceAccountName),
  });
}

/**
 * Reads the private claims; an absent one is empty, and refused by the checks.
 *
 * @returns undefined when one is not a string: a token of ours never is
 */
export function readLegacyClaims({ all }: VerifiedClaims): LegacyTokenClaims | undefined {
  const read: Partial<Record<keyof LegacyTokenClaims, string>> = {};
  for (const [member, name] of Object.entries(CLAIM_NAMES)) {
    const value = all[name] ?? '';
    if (typeof value !== 'string') return undefined;
    read[member as keyof LegacyTokenClaims] = value;
  }
  return read as LegacyTokenClaims;
}
