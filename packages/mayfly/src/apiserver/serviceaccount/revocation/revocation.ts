/**
 * Does a revocation mean this token?
 *
 * A revocation of many tokens means those that were issued before it was made. Clocks cannot say which these are: the
 * servers' may be apart, and `iat` has whole seconds. The ledger can: a token's row is written before the token leaves,
 * so the store knows which came first, row or revocation. Clocks only spare the question where they surely agree.
 */
import type { TokenCredential } from './credential.ts';

/** Ends tokens by what they hang on. */
export interface GroupRevocation {
  /** Of the object; unique. */
  readonly name: string;
  readonly by: 'serviceAccount' | 'pod' | 'node';
  readonly uid: string;
  /** Epoch seconds: only tokens with an earlier `iat`. Undefined: whatever was issued before the revocation. */
  readonly issuedBefore: number | undefined;
  /** Epoch seconds, by the clock of the server that made it. */
  readonly createdAt: number;
}

export type Revocation = { readonly by: 'credential'; readonly name: string } | GroupRevocation;

/**
 * How much older than the revocation `iat` must be to say so on its own. Seconds: a minute for clocks that differ, and the
 * minute that a request may take from the reading of the clock to the row.
 */
export const SURELY_BEFORE_SECONDS = 120;

/** `ask`: it does if the token's row is older than the revocation. */
export type Match = 'no' | 'yes' | 'ask';

/** Judges by time alone; that both are about the same object was found before. */
export function matchOf(
  { issuedBefore, createdAt }: GroupRevocation,
  { issuedAt }: Pick<TokenCredential, 'issuedAt'>,
): Match {
  if (issuedBefore !== undefined && issuedAt >= issuedBefore) return 'no';
  return issuedAt + SURELY_BEFORE_SECONDS < createdAt ? 'yes' : 'ask';
}
