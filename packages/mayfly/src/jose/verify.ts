/**
 * Checks signatures with keys we were given. The token's `alg` is a claim like any other: it must be in our table and
 * fit the key's type, or nothing is computed.
 *
 * They are checked on the spot: the caller waits for nothing else, and an RSA check takes twenty microseconds.
 *
 * @see RFC 7515 §5.2; spec service-account-tokens §2.6
 */
import { verify } from 'node:crypto';
import type { CompactJWS } from '@mayfly/sdk/verify/compact';
import { ALGORITHMS, type AlgorithmScheme } from './algorithms.ts';
import type { VerificationKey } from './keys.ts';

type Key = Pick<VerificationKey, 'shape' | 'publicKey'>;

/** True when this key made this signature with an algorithm that fits the key. */
export function signatureHolds(jws: CompactJWS, key: Key): boolean {
  const scheme = schemeFor(jws, key);
  if (scheme === undefined) return false;
  try {
    return verify(scheme.hash, Buffer.from(jws.signingInput), { key: key.publicKey, ...scheme.options }, jws.signature);
  } catch {
    return false; // OpenSSL rejects some malformed signatures by error; they hold no more than the others
  }
}

function schemeFor({ header }: CompactJWS, key: Key): AlgorithmScheme | undefined {
  const scheme = ALGORITHMS.get(header.alg);
  return scheme === undefined || scheme.fits !== key.shape || header.needsExtension ? undefined : scheme;
}
