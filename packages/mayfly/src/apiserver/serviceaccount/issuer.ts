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
import { type Signer, signCompact } from '../../jose/sign.ts';
import { signatureHolds } from '../../jose/verify.ts';
import { type BoundTokenClaims, boundTokenPayload } from './claims.ts';
import type { KeySource } from './keyring.ts';

export interface IssuedToken {
  readonly token: string;
  readonly keyID: string;
}

export interface TokenIssuer {
  /** The first configured issuer, which all new tokens name. */
  readonly issuer: string;
  /**
   * The key of a token that ends then. The caller takes it once, so that what it records is what signs.
   *
   * @param expiresAt epoch seconds
   * @throws as `KeySource.signerFor`
   */
  signerFor(expiresAt: number): Signer | Promise<Signer>;
  /** @throws Error when signing fails or a new signer's token does not verify; the text holds no part of the token */
  issue(claims: Omit<BoundTokenClaims, 'issuer'>, signer: Signer): Promise<IssuedToken>;
}

export function newTokenIssuer({ issuer, keys }: { issuer: string; keys: KeySource }): TokenIssuer {
  const proven = new WeakSet<Signer>();
  return {
    issuer,
    signerFor: (expiresAt) => keys.signerFor(expiresAt),
    async issue(claims, signer) {
      const token = await signCompact(signer, boundTokenPayload({ ...claims, issuer }));
      if (!proven.has(signer)) requireHolding(token, signer);
      proven.add(signer);
      return { token, keyID: signer.key.kid };
    },
  };
}

function requireHolding(token: string, { key }: Signer): void {
  const parsed = parseCompactJWS(token);
  if (!parsed.ok) throw new Error(`the signed token is unusable: ${parsed.fault}`);
  if (!signatureHolds(parsed.jws, key)) throw new Error('the signature does not verify with its own key');
}
