/**
 * Refuses tokens that were verified, but ended before their time.
 *
 * It stands in front of the token cache and judges what comes out of it, so no cache needs to be emptied. The ordinary
 * request pays for a map look-up.
 */
import { type Awaitable, whenThere } from '../../../awaitable.ts';
import type { RevocationChecker, RevocationVerdict } from '../../serviceaccount/revocation/checker.ts';
import { type Authentication, type AuthenticationContext, failed, type TokenAuthenticator } from '../authenticator.ts';

/** What TokenReview shows; the caller of any other request is told nothing but 401. */
export const REVOKED: Authentication = failed('token has been revoked');
/** Fail closed: a server that has lost sight of the revocations lets no token in that one could mean. */
export const UNKNOWN: Authentication = failed('token revocations cannot be checked');

export interface RevocationAuthenticatorDeps {
  readonly inner: TokenAuthenticator;
  readonly revocations: RevocationChecker;
  /** Counts what is refused. */
  readonly refused: (verdict: Exclude<RevocationVerdict, 'good'>) => void;
}

export class RevocationAuthenticator implements TokenAuthenticator {
  readonly #deps: RevocationAuthenticatorDeps;

  constructor(deps: RevocationAuthenticatorDeps) {
    this.#deps = deps;
  }

  authenticateToken(token: string, context: AuthenticationContext): Awaitable<Authentication> {
    return whenThere(this.#deps.inner.authenticateToken(token, context), this.#judge);
  }

  readonly #judge = (answer: Authentication): Awaitable<Authentication> => {
    if (answer.outcome !== 'authenticated' || answer.credential === undefined) return answer;
    return whenThere(this.#deps.revocations.verdict(answer.credential), (verdict) => {
      if (verdict === 'good') return answer;
      this.#deps.refused(verdict);
      return verdict === 'revoked' ? REVOKED : UNKNOWN;
    });
  };
}
