/** What a cached verdict is filed under: a keyed digest, so that the cache holds no token and cannot be searched for one. */
import { createHmac } from 'node:crypto';

/**
 * Builds the digest function of one process.
 *
 * Length prefixes keep (token, audiences) pairs apart whatever they contain; the order of the audiences matters.
 *
 * @param key 32 random bytes, never shared
 * @see kubernetes/apiserver pkg/authentication/token/cache/cached_token_authenticator.go, keyFunc
 */
export function newCacheKey(key: Buffer): (token: string, audiences: readonly string[] | undefined) => string {
  let lastAudiences: readonly string[] | undefined;
  let lastSuffix = audienceSuffix(undefined);
  return (token, audiences) => {
    if (audiences !== lastAudiences) {
      lastSuffix = audienceSuffix(audiences);
      lastAudiences = audiences; // ordinary requests all pass the same array
    }
    return createHmac('sha256', key).update(`${token.length}:${token}${lastSuffix}`).digest('base64');
  };
}

function audienceSuffix(audiences: readonly string[] | undefined): string {
  if (audiences === undefined) return '-';
  return audiences.reduce((text, audience) => `${text},${audience.length}:${audience}`, `${audiences.length}`);
}
