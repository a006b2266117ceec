/** What the parts that let tokens in ask, owned here and handed in by whoever assembles the server. */
import type { Awaitable } from '../../../awaitable.ts';
import type { TokenCredential } from './credential.ts';

/** `unknown`: this server cannot tell now. Whoever asks refuses. */
export type RevocationVerdict = 'good' | 'revoked' | 'unknown';

export interface RevocationChecker {
  /** A map look-up; a promise only where the ledger must be asked, once for each token. It never rejects. */
  verdict(credential: TokenCredential): Awaitable<RevocationVerdict>;
}

/** A server that knows no revocations: for tests of other parts. */
export const NOTHING_REVOKED: RevocationChecker = { verdict: () => 'good' };
