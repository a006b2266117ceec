/**
 * How long a key must verify, known before each token leaves and without a write for each.
 *
 * The bound of a key is written ahead of need: by an hour, or a thirty-second of the token's life where that is longer. So
 * a busy server writes once an hour for its one-hour tokens, once in eleven days for those of a year.
 */

const MIN_AHEAD_SECONDS = 3600;
const SHARE_OF_LIFE = 32;

/**
 * The bound to write for a token that the present one does not cover.
 *
 * @param expiresAt epoch seconds, finite
 * @param nowSeconds epoch seconds
 */
export function raisedBound(expiresAt: number, nowSeconds: number): number {
  return Math.ceil(expiresAt + Math.max(MIN_AHEAD_SECONDS, (expiresAt - nowSeconds) / SHARE_OF_LIFE));
}
