/** Public keys as a JWK Set. Member order is part of the contract: relying parties hash these bodies. */
import type { VerificationKey } from './keys.ts';

export interface PublicJWK {
  readonly use: 'sig';
  readonly kty: string;
  readonly kid: string;
  readonly crv?: string;
  readonly alg: string;
  readonly n?: string;
  readonly e?: string;
  readonly x?: string;
  readonly y?: string;
}

/**
 * Renders a public key: RSA `use kty kid alg n e`, EC `use kty kid crv alg x y` (coordinates padded to the curve).
 *
 * @see RFC 7517 §4; RFC 7518 §6.2, §6.3; spec service-account-tokens §7
 */
export function publicJWK({ publicKey, kid, alg }: VerificationKey): PublicJWK {
  const { kty = '', crv = '', n = '', e = '', x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return kty === 'RSA' ? { use: 'sig', kty, kid, alg, n, e } : { use: 'sig', kty, kid, crv, alg, x, y };
}

/** The keys in the order given, duplicates kept. */
export function jsonWebKeySet(keys: readonly VerificationKey[]): { readonly keys: readonly PublicJWK[] } {
  return { keys: keys.map(publicJWK) };
}
