/**
 * Verifies a service account token the way a workload must: with the issuer's published keys, for this workload's own
 * audience. WebCrypto only, so it runs wherever `crypto.subtle` does.
 *
 * It trusts the JWKS it is handed (the caller fetched it over TLS from the issuer) and nothing in the token. It cannot
 * know whether the pod or the account still exists: ask a TokenReview for that. Revocation it can follow, through the token
 * status lists of accounts that have them (`status-list.ts`).
 *
 * @see RFC 7515 §5.2; RFC 7519 §7.2; RFC 8725
 */
import { claimsOf, commonAudiences, timeVerdict, type VerifiedClaims } from './claims.ts';
import { parseCompactJWS } from './compact.ts';
import { type SignatureOptions, type SignatureRefusal, signatureRefusal } from './signature.ts';
import type { StatusFault, TokenStatus } from './status-list.ts';

export { type JSONWebKey, type JSONWebKeySet, JWS_ALGORITHMS, type JWSAlgorithm } from './signature.ts';

export interface JWTVerifierOptions extends SignatureOptions {
  /** Must equal `iss`. */
  readonly issuer: string;
  /** Who we are: `aud` must hold at least one of these. Never empty. */
  readonly audiences: readonly string[];
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  readonly leewaySeconds: number;
  /** Asks, of a token that is good otherwise, whether it was revoked. Absent: nobody asks. See `newStatusLists`. */
  readonly status?: TokenStatus;
}

export type JWTRefusal =
  | 'malformed'
  | SignatureRefusal
  | 'bad-claims'
  | 'other-issuer'
  | 'other-audience'
  | 'no-expiry'
  | 'not-yet-valid'
  | 'expired'
  | 'issued-in-the-future'
  | 'revoked'
  | 'status-unknown';

export type JWTVerdict =
  | { readonly outcome: 'accepted'; readonly claims: VerifiedClaims; readonly audiences: readonly string[] }
  | {
      readonly outcome: 'refused';
      readonly refusal: JWTRefusal;
      /** Why the status is not known. */
      readonly fault?: StatusFault;
    };

export interface JWTVerifier {
  /** @param token untrusted */
  verify(token: string): Promise<JWTVerdict>;
}

const refused = (refusal: JWTRefusal): JWTVerdict => ({ outcome: 'refused', refusal });

/**
 * Builds a verifier for one issuer and one recipient.
 *
 * @throws RangeError when `audiences`, `algorithms` or `issuer` is empty: each would accept too much or nothing
 */
export function newJWTVerifier(options: JWTVerifierOptions): JWTVerifier {
  if (options.issuer === '' || options.audiences.length === 0 || options.algorithms.length === 0) {
    throw new RangeError('"issuer", "audiences" and "algorithms" must not be empty');
  }
  return {
    async verify(token) {
      const parsed = parseCompactJWS(token);
      if (!parsed.ok) return refused('malformed');
      const refusal = await signatureRefusal(parsed.jws, options);
      if (refusal !== undefined) return refused(refusal);
      const verified = claimsOf(parsed.jws, true);
      if (!verified.ok) return refused('bad-claims');
      return withStatus(claimsVerdict(verified.claims, options), options.status);
    },
  };
}

async function withStatus(verdict: JWTVerdict, status: TokenStatus | undefined): Promise<JWTVerdict> {
  if (status === undefined || verdict.outcome === 'refused') return verdict;
  const found = await status.verdict(verdict.claims);
  if (found.outcome === 'unknown') return { outcome: 'refused', refusal: 'status-unknown', fault: found.fault };
  return found.outcome === 'good' ? verdict : refused('revoked');
}

/** Decides on claims whose signature held: issuer, audience, then time. A token without `exp` is a forever token. */
export function claimsVerdict(
  claims: VerifiedClaims,
  expected: Pick<JWTVerifierOptions, 'issuer' | 'audiences' | 'nowMs' | 'leewaySeconds'>,
): JWTVerdict {
  if (claims.iss !== expected.issuer) return refused('other-issuer');
  const audiences = commonAudiences(expected.audiences, claims.aud);
  if (audiences.length === 0) return refused('other-audience');
  if (claims.exp === undefined) return refused('no-expiry');
  const time = timeVerdict(claims, expected.nowMs(), expected.leewaySeconds);
  return time === 'in-time' ? { outcome: 'accepted', claims, audiences } : refused(time);
}
