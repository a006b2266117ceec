/**
 * Validates bound tokens: in time, and everything they are bound to still there. The list of checks is
 * `serviceaccount/validate.ts`; here are the look-ups, and what is told of a token used past its hour.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/claims.go; spec service-account-tokens §4.3, §4.8
 */
import type { VerifiedClaims } from '@mayfly/sdk/verify/claims';
import type { Clock } from '../../../clock/clock.ts';
import { type PrivateClaims, readPrivateClaims } from '../../serviceaccount/claims.ts';
import type { ServiceAccountGetter } from '../../serviceaccount/getter.ts';
import { gatherEvidence, objectRefusal, timeRefusal } from '../../serviceaccount/validate.ts';
import type { AuthenticationContext } from '../authenticator.ts';
import {
  MALFORMED_CLAIMS,
  refused,
  type ServiceAccountTokenValidator,
  type TokenValidation,
} from './serviceaccount.ts';
import { boundTokenUser } from './user.ts';

export interface BoundTokenObserver {
  /** `serviceaccount_stale_tokens_total`: used after the date its extension was meant to bridge to. */
  staleToken(): void;
  /** `serviceaccount_valid_tokens_total`: an extended token used in time. */
  validToken(): void;
}

export interface BoundTokenValidatorDeps {
  readonly getter: ServiceAccountGetter;
  readonly clock: Clock;
  readonly observer: BoundTokenObserver;
}

export const STALE_TOKEN_ANNOTATION = 'authentication.k8s.io/stale-token';

export class BoundTokenValidator implements ServiceAccountTokenValidator {
  readonly #deps: BoundTokenValidatorDeps;

  constructor(deps: BoundTokenValidatorDeps) {
    this.#deps = deps;
  }

  async validate(claims: VerifiedClaims, _token: string, context: AuthenticationContext): Promise<TokenValidation> {
    const privateClaims = readPrivateClaims(claims);
    if (privateClaims === undefined) return refused(MALFORMED_CLAIMS);
    const nowMs = this.#deps.clock.nowMs();
    const untimely = timeRefusal(claims, nowMs);
    if (untimely !== undefined) return refused(untimely);
    const refusal = objectRefusal(await gatherEvidence(privateClaims, this.#deps.getter, nowMs));
    if (refusal !== undefined) return refused(refusal);
    this.#noteFreshness(claims, privateClaims, context);
    return { outcome: 'valid', user: boundTokenUser(privateClaims, claims.jti) };
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
