/** What a cached verdict is filed under: a keyed digest, so that the cache holds no token and cannot be searched for one. */
import { hash } from 'node:crypto';

/**
 * Builds the digest function of one process: SHA-256 over a secret first block and the length-prefixed token and
 * audiences. The order of the audiences matters.
 *
 * Differs: upstream computes an HMAC. Every authenticated request pays for this, and `createHmac` takes three times as
 * long as a one-shot hash. A secret first block is as good here: no input is the beginning of another (each starts with
 * its length), and no digest leaves the process.
 *
 * @param key 32 random bytes, never shared
 * @see kubernetes/apiserver pkg/authentication/token/cache/cached_token_authenticator.go, keyFunc; Bellare, Canetti and
 *   Krawczyk, "Pseudorandom functions revisited: the cascade construction", 1996
 */
export function newCacheKey(key: Buffer): (token: string, audiences: readonly string[] | undefined) => string {
  const secretBlock = key.toString('hex'); // 64 characters: one block of SHA-256
  let lastAudiences: readonly string[] | undefined;
  let lastAudienceText = audienceText(undefined);
  return (token, audiences) => {
    if (audiences !== lastAudiences) {
      lastAudienceText = audienceText(audiences);
      lastAudiences = audiences; // ordinary requests all pass the same array
    }
    return hash('sha256', `${secretBlock}${token.length}:${token}${lastAudienceText}`, 'base64');
  };
}

function audienceText(audiences: readonly string[] | undefined): string {
  if (audiences === undefined) return '-';
  return audiences.reduce((text, audience) => `${text},${audience.length}:${audience}`, `${audiences.length}`);
}
