/** What of a token decides whether a revocation means it. Known once the token was verified, and kept beside its user. */
import type { VerifiedClaims } from '@mayfly/sdk/verify/claims';
import type { PrivateClaims } from '../claims.ts';

export interface TokenCredential {
  /** `jti`. */
  readonly id: string;
  /** Of the service account, and of the token's row in the ledger. */
  readonly namespace: string;
  /** Epoch seconds by the clock of the server that issued it. */
  readonly issuedAt: number;
  readonly serviceAccountUID: string;
  readonly podUID: string | undefined;
  /** The node the token is bound to, or the one its pod ran on when it was issued. */
  readonly nodeUID: string | undefined;
}

/** A token that does not say when it was issued counts as old: every revocation of its account means it. */
export function tokenCredential({ jti, iat }: VerifiedClaims, claims: PrivateClaims): TokenCredential {
  return {
    id: jti,
    namespace: claims.namespace,
    issuedAt: iat ?? 0,
    serviceAccountUID: claims.serviceAccount.uid,
    podUID: claims.pod?.uid,
    nodeUID: claims.node?.uid,
  };
}
