/**
 * Checks signatures with keys we were given. The token's `alg` is a claim like any other: it must be in our table and
 * fit the key's type, or nothing is computed.
 *
 * Synchronous: a verification takes tens of microseconds, less than a trip to the thread pool and back.
 *
 * @see RFC 7515 §5.2; spec service-account-tokens §2.6
 */
import { verify } from 'node:crypto';
import type { CompactJWS } from '@mayfly/sdk/verify/compact';
import { ALGORITHMS } from './algorithms.ts';
import type { VerificationKey } from './keys.ts';

/** True when this key made this signature with an algorithm that fits the key. */
export function signatureHolds(jws: CompactJWS, key: Pick<VerificationKey, 'shape' | 'publicKey'>): boolean {
  const scheme = ALGORITHMS.get(jws.header.alg);
  if (scheme === undefined || scheme.fits !== key.shape || jws.header.needsExtension) return false;
  try {
    return verify(scheme.hash, Buffer.from(jws.signingInput), { key: key.publicKey, ...scheme.options }, jws.signature);
  } catch {
    return false; // OpenSSL rejects some malformed signatures by error; they hold no more than the others
  }
}
