/**
 * Signs bound tokens, and checks what a signer makes before it is trusted with more.
 *
 * The check finds a signer that answers with the wrong key, or a key whose halves do not belong together: its tokens would
 * be refused everywhere, later, far from the cause. Each signer is checked until one of its tokens has held. Not every
 * token is: a bad signature lets nobody in, and checking one on P-256 costs more than all the rest of a TokenRequest.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/jwt.go, GenerateToken
 */
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import type { VerificationKey } from '../../jose/keys.ts';
import { type Signer, signCompact } from '../../jose/sign.ts';
import { signatureHolds } from '../../jose/verify.ts';
import { type BoundTokenClaims, boundTokenPayload } from './claims.ts';
import type { KeySource } from './keyring.ts';

export interface TokenIssuer {
  /** The first configured issuer, which all new tokens name. */
  readonly issuer: string;
  /**
   * Signs a token, and has it recorded under the key that signs it, as soon as that is known.
   *
   * @param record may fail: then there is no token
   * @returns the token, once it is signed and recorded
   * @throws Error when there is no signing key, signing fails or a new signer's token does not verify; the text holds no
   *   part of the token. And what `record` throws
   */
  issue(claims: Omit<BoundTokenClaims, 'issuer'>, record: (keyID: string) => Promise<void>): Promise<string>;
}

export function newTokenIssuer({ issuer, keys }: { issuer: string; keys: KeySource }): TokenIssuer {
  const proven = new WeakSet<Signer>();
  return {
    issuer,
    async issue(claims, record) {
      const signer = await keys.signerFor(claims.expiresAt); // taken once, so that what is recorded is what signs
      const payload = boundTokenPayload({ ...claims, issuer });
      const [token] = await Promise.all([signProven(signer, payload, proven), record(signer.key.kid)]);
      return token;
    },
  };
}

async function signProven(signer: Signer, payload: string, proven: WeakSet<Signer>): Promise<string> {
  const token = await signCompact(signer, payload);
  if (!proven.has(signer) && !signedByOne(token, [signer.key])) {
    throw new Error('the signature does not verify with its own key');
  }
  proven.add(signer);
  return token;
}

/**
 * True when one of the keys made this token's signature.
 *
 * @throws Error when it is no token at all
 */
export function signedByOne(token: string, keys: readonly Pick<VerificationKey, 'shape' | 'publicKey'>[]): boolean {
  const parsed = parseCompactJWS(token);
  if (!parsed.ok) throw new Error(`the signed token is unusable: ${parsed.fault}`);
  return keys.some((key) => signatureHolds(parsed.jws, key));
}
