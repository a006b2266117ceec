/**
 * Signs bound tokens, and checks each one before it leaves.
 *
 * The check is cheap insurance against a signer that answers with the wrong key or a torn signature: such a token would
 * be refused everywhere, later, far from the cause.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/jwt.go, GenerateToken
 */
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import { type Signer, signCompact } from '../../jose/sign.ts';
import { signatureHoldsInPool } from '../../jose/verify.ts';
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
   * The key of the next tokens. The caller takes it once, so that what it records is what signs.
   *
   * @throws Error when this server has no signing key
   */
  signer(): Signer;
  /** @throws Error when signing fails or the result does not verify; the text holds no part of the token */
  issue(claims: Omit<BoundTokenClaims, 'issuer'>, signer: Signer): Promise<IssuedToken>;
}

export function newTokenIssuer({ issuer, keys }: { issuer: string; keys: KeySource }): TokenIssuer {
  return {
    issuer,
    signer() {
      const { signer } = keys.snapshot;
      if (signer === undefined) throw new Error('no signing key is configured');
      return signer;
    },
    async issue(claims, signer) {
      const token = await signCompact(signer, boundTokenPayload({ ...claims, issuer }));
      const parsed = parseCompactJWS(token);
      if (!parsed.ok) throw new Error(`the signed token is unusable: ${parsed.fault}`);
      const holds = await signatureHoldsInPool(parsed.jws, signer.key);
      if (!holds) throw new Error('the signature does not verify with its own key');
      return { token, keyID: signer.key.kid };
    },
  };
}
