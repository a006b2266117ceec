/**
 * Authenticates bound service account tokens: shape, signature, issuer, audience, then the bound validator.
 *
 * Nothing in the token is believed before its signature held under one of our keys; until then only `iss` is read, to
 * decide whether the token is ours to judge at all. Every accepted issuer is checked with the same keys.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/jwt.go, AuthenticateToken; spec service-account-tokens §4.2
 */
import { goQuote, goQuoteList } from '@mayfly/api/validation/field-error';
import { type ClaimsVerdict, claimsOf, peekClaims, type VerifiedClaims } from '@mayfly/sdk/verify/claims';
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import type { Clock } from '../../../clock/clock.ts';
import { signatureHolds } from '../../../jose/verify.ts';
import { type PrivateClaims, readPrivateClaims } from '../../serviceaccount/claims.ts';
import type { ServiceAccountGetter } from '../../serviceaccount/getter.ts';
import type { KeySource } from '../../serviceaccount/keyring.ts';
import { gatherEvidence, objectRefusal, timeRefusal } from '../../serviceaccount/validate.ts';
import { intersectAudiences } from '../audiences.ts';
import {
  type Authentication,
  type AuthenticationContext,
  failed,
  NO_OPINION,
  type TokenAuthenticator,
} from '../authenticator.ts';
import { boundTokenUser } from './user.ts';

/** Counts how bound tokens are used (spec §4.8, §16). Cache misses only: the cache answers before we are asked. */
export interface ServiceAccountTokenObserver {
  /** `serviceaccount_legacy_tokens_total`: a token without audience. */
  legacyToken(): void;
  /** `serviceaccount_stale_tokens_total`: used after the date its extension was meant to bridge to. */
  staleToken(): void;
  /** `serviceaccount_valid_tokens_total`: an extended token used in time. */
  validToken(): void;
}

export interface ServiceAccountAuthenticatorDeps {
  /** All accepted issuers. */
  readonly issuers: readonly string[];
  readonly apiAudiences: readonly string[];
  readonly keys: KeySource;
  readonly getter: ServiceAccountGetter;
  readonly clock: Clock;
  readonly observer: ServiceAccountTokenObserver;
}

export const LEGACY_TOKEN_ANNOTATION = 'authentication.k8s.io/legacy-token';
export const STALE_TOKEN_ANNOTATION = 'authentication.k8s.io/stale-token';

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
    return verified.ok ? this.#judge(verified.claims, context) : failed(verified.message);
  }

  async #judge(claims: VerifiedClaims, context: AuthenticationContext): Promise<Authentication> {
    if (!this.#issuers.has(claims.iss)) return failed(`token issuer ${goQuote(claims.iss)} is invalid`);
    const held = this.#audiencesOf(claims, context);
    const wanted = context.audiences ?? this.#deps.apiAudiences;
    const audiences = intersectAudiences(wanted, held);
    if (audiences.length === 0) {
      return failed(`token audiences ${goQuoteList(held)} is invalid for the target audiences ${goQuoteList(wanted)}`);
    }
    const privateClaims = readPrivateClaims(claims);
    if (privateClaims === undefined) return failed('service account token claims could not be validated: malformed');
    const refusal = await this.#refusalOf(claims, privateClaims);
    if (refusal !== undefined) return failed(refusal);
    this.#noteFreshness(claims, privateClaims, context);
    return { outcome: 'authenticated', user: boundTokenUser(privateClaims, claims.jti), audiences };
  }

  /** A token that names no audience is a legacy one, and means the API server. */
  #audiencesOf(claims: VerifiedClaims, context: AuthenticationContext): readonly string[] {
    if (claims.aud.length > 0) return claims.aud;
    context.annotate(LEGACY_TOKEN_ANNOTATION, claims.sub);
    this.#deps.observer.legacyToken();
    return this.#deps.apiAudiences;
  }

  async #refusalOf(claims: VerifiedClaims, privateClaims: PrivateClaims): Promise<string | undefined> {
    const nowMs = this.#deps.clock.nowMs();
    const untimely = timeRefusal(claims, nowMs);
    if (untimely !== undefined) return untimely;
    return objectRefusal(await gatherEvidence(privateClaims, this.#deps.getter, nowMs));
  }

  #noteFreshness(claims: VerifiedClaims, { warnAfter }: PrivateClaims, context: AuthenticationContext): void {
    if (warnAfter === undefined || warnAfter === 0) return;
    const nowSeconds = this.#deps.clock.nowMs() / 1000;
    if (nowSeconds <= warnAfter) {
      this.#deps.observer.validToken();
      return;
    }
    this.#deps.observer.staleToken();
    const seconds = Math.trunc(nowSeconds - warnAfter);
    context.annotate(STALE_TOKEN_ANNOTATION, `subject: ${claims.sub}, seconds after warning threshold: ${seconds}`);
  }
}
