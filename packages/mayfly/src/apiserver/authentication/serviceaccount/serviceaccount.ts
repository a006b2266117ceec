/**
 * Authenticates service account tokens: shape, signature, issuer, audience, then a validator. Run once for bound tokens
 * (`bound.ts`) and once for legacy ones (`legacy.ts`).
 *
 * Nothing in the token is believed before its signature held under one of our keys; until then only `iss` is read, to
 * decide whether the token is ours to judge at all. Every accepted issuer is checked with the same keys.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/jwt.go, AuthenticateToken; spec service-account-tokens §4.2
 */
import type { UserInfo } from '@mayfly/api/user/user';
import { goQuote, goQuoteList } from '@mayfly/api/validation/field-error';
import { type ClaimsVerdict, claimsOf, peekClaims, type VerifiedClaims } from '@mayfly/sdk/verify/claims';
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import { signatureHolds } from '../../../jose/verify.ts';
import type { KeySource } from '../../serviceaccount/keyring.ts';
import type { TokenCredential } from '../../serviceaccount/revocation/credential.ts';
import { intersectAudiences } from '../audiences.ts';
import {
  type Authentication,
  type AuthenticationContext,
  failed,
  NO_OPINION,
  type TokenAuthenticator,
} from '../authenticator.ts';

/** Counts how tokens are used (spec §4.8, §16). Cache misses only: the cache answers before we are asked. */
export interface ServiceAccountTokenObserver {
  /** `serviceaccount_legacy_tokens_total`: a token without audience. */
  legacyToken(): void;
}

export type TokenValidation =
  | { readonly outcome: 'valid'; readonly user: UserInfo; readonly credential?: TokenCredential }
  | { readonly outcome: 'refused'; readonly message: string };

export function refused(message: string): TokenValidation {
  return { outcome: 'refused', message };
}

/** Judges what one kind of token says, once signature, issuer and audience are right. */
export interface ServiceAccountTokenValidator {
  /**
   * @param token as presented, for a comparison; it goes nowhere else
   * @throws whatever a look-up throws: a store that cannot answer has not said yes
   */
  validate(claims: VerifiedClaims, token: string, context: AuthenticationContext): Promise<TokenValidation>;
}

export const MALFORMED_CLAIMS = 'service account token claims could not be validated: malformed';

export interface ServiceAccountAuthenticatorDeps {
  /** All accepted issuers. */
  readonly issuers: readonly string[];
  readonly apiAudiences: readonly string[];
  readonly keys: KeySource;
  readonly validator: ServiceAccountTokenValidator;
  readonly observer: ServiceAccountTokenObserver;
}

export const LEGACY_TOKEN_ANNOTATION = 'authentication.k8s.io/legacy-token';

const NO_KEYS_FOUND = 'invalid signature, no keys found';

export class ServiceAccountAuthenticator implements TokenAuthenticator {
  readonly #deps: ServiceAccountAuthenticatorDeps;
  readonly #issuers: ReadonlySet<string>;

  constructor(deps: ServiceAccountAuthenticatorDeps) {
    this.#deps = deps;
    this.#issuers = new Set(deps.issuers);
  }

  async authenticateToken(token: string, context: AuthenticationContext): Promise<Authentication> {
    const parsed = parseCompactJWS(token);
    if (!parsed.ok) return NO_OPINION;
    const peeked = peekClaims(parsed.jws);
    if (peeked === undefined || !this.#issuers.has(peeked.unverifiedIssuer)) return NO_OPINION;
    const candidates = this.#deps.keys.candidates(parsed.jws.header.kid);
    if (candidates.length === 0) return failed(NO_KEYS_FOUND);
    const holds = candidates.some((key) => signatureHolds(parsed.jws, key));
    const verified: ClaimsVerdict = claimsOf(parsed.jws, holds);
    return verified.ok ? this.#judge(verified.claims, token, context) : failed(verified.message);
  }

  async #judge(claims: VerifiedClaims, token: string, context: AuthenticationContext): Promise<Authentication> {
    if (!this.#issuers.has(claims.iss)) return failed(`token issuer ${goQuote(claims.iss)} is invalid`);
    const held = this.#audiencesOf(claims, context);
    const wanted = context.audiences ?? this.#deps.apiAudiences;
    const audiences = intersectAudiences(wanted, held);
    if (audiences.length === 0) {
      return failed(`token audiences ${goQuoteList(held)} is invalid for the target audiences ${goQuoteList(wanted)}`);
    }
    const validation = await this.#deps.validator.validate(claims, token, context);
    if (validation.outcome === 'refused') return failed(validation.message);
    const { user, credential } = validation;
    return { outcome: 'authenticated', user, audiences, ...(credential && { credential }) };
  }

  /** A token that names no audience is a legacy one, and means the API server. */
  #audiencesOf(claims: VerifiedClaims, context: AuthenticationContext): readonly string[] {
    if (claims.aud.length > 0) return claims.aud;
    context.annotate(LEGACY_TOKEN_ANNOTATION, claims.sub);
    this.#deps.observer.legacyToken();
    return this.#deps.apiAudiences;
  }
}
