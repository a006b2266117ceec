/**
 * Authenticates service account tokens: shape, signature, issuer, audience, then the validator of the issuer's family,
 * legacy (`legacy.ts`) or bound (`bound.ts`).
 *
 * Nothing in the token is believed before its signature held under one of our keys; until then only `iss` is read, to
 * decide whether the token is ours to judge at all. Every accepted issuer is checked with the same keys; upstream asks
 * one authenticator for each family in turn, which reads each token twice.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/jwt.go, AuthenticateToken; spec service-account-tokens §4.2
 */
import type { UserInfo } from '@mayfly/api/user/user';
import { goQuote, goQuoteList } from '@mayfly/api/validation/field-error';
import { type ClaimsVerdict, claimsOf, peekClaims, type VerifiedClaims } from '@mayfly/sdk/verify/claims';
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import type { Awaitable } from '../../../awaitable.ts';
import { signatureHolds } from '../../../jose/verify.ts';
import type { KeySource } from '../../serviceaccount/keyring.ts';
import { intersectAudiences } from '../audiences.ts';
import {
  type Authentication,
  type AuthenticationContext,
  failed,
  NO_OPINION,
  type TokenAuthenticator,
} from '../authenticator.ts';
import { askEach } from '../union.ts';

/** Counts how tokens are used (spec §4.8, §16). Cache misses only: the cache answers before we are asked. */
export interface ServiceAccountTokenObserver {
  /** `serviceaccount_legacy_tokens_total`: a token without audience. */
  legacyToken(): void;
}

export type TokenValidation =
  | { readonly outcome: 'valid'; readonly user: UserInfo }
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

/** Tokens that are judged alike. */
export interface TokenFamily {
  /** All accepted issuers. */
  readonly issuers: readonly string[];
  readonly validator: ServiceAccountTokenValidator;
}

export interface ServiceAccountAuthenticatorDeps {
  /** In order; an issuer of several is judged by each until one is content. */
  readonly families: readonly TokenFamily[];
  readonly apiAudiences: readonly string[];
  readonly keys: KeySource;
  readonly observer: ServiceAccountTokenObserver;
}

export const LEGACY_TOKEN_ANNOTATION = 'authentication.k8s.io/legacy-token';

const NO_KEYS_FOUND = 'invalid signature, no keys found';

export class ServiceAccountAuthenticator implements TokenAuthenticator {
  readonly #deps: ServiceAccountAuthenticatorDeps;
  readonly #families: ReadonlyMap<string, readonly TokenFamily[]>;

  constructor(deps: ServiceAccountAuthenticatorDeps) {
    this.#deps = deps;
    const issuers = new Set(deps.families.flatMap((family) => family.issuers));
    this.#families = new Map([...issuers].map((issuer) => [issuer, familiesOf(issuer, deps.families)]));
  }

  authenticateToken(token: string, context: AuthenticationContext): Awaitable<Authentication> {
    const parsed = parseCompactJWS(token);
    if (!parsed.ok) return NO_OPINION;
    const peeked = peekClaims(parsed.jws);
    const families = peeked && this.#families.get(peeked.unverifiedIssuer);
    if (families === undefined) return NO_OPINION;
    const candidates = this.#deps.keys.candidates(parsed.jws.header.kid);
    if (candidates.length === 0) return failed(NO_KEYS_FOUND);
    const holds = candidates.some((key) => signatureHolds(parsed.jws, key));
    const verified: ClaimsVerdict = claimsOf(parsed.jws, holds);
    if (!verified.ok) return failed(verified.message);
    return askEach(families, (family) => this.#judge(family, verified.claims, token, context));
  }

  async #judge(
    family: TokenFamily,
    claims: VerifiedClaims,
    token: string,
    context: AuthenticationContext,
  ): Promise<Authentication> {
    if (!family.issuers.includes(claims.iss)) return failed(`token issuer ${goQuote(claims.iss)} is invalid`);
    const held = this.#audiencesOf(claims, context);
    const wanted = context.audiences ?? this.#deps.apiAudiences;
    const audiences = intersectAudiences(wanted, held);
    if (audiences.length === 0) {
      return failed(`token audiences ${goQuoteList(held)} is invalid for the target audiences ${goQuoteList(wanted)}`);
    }
    const validation = await family.validator.validate(claims, token, context);
    if (validation.outcome === 'refused') return failed(validation.message);
    return { outcome: 'authenticated', user: validation.user, audiences };
  }

  /** A token that names no audience is a legacy one, and means the API server. */
  #audiencesOf(claims: VerifiedClaims, context: AuthenticationContext): readonly string[] {
    if (claims.aud.length > 0) return claims.aud;
    context.annotate(LEGACY_TOKEN_ANNOTATION, claims.sub);
    this.#deps.observer.legacyToken();
    return this.#deps.apiAudiences;
  }
}

function familiesOf(issuer: string, families: readonly TokenFamily[]): readonly TokenFamily[] {
  return families.filter(({ issuers }) => issuers.includes(issuer));
}
