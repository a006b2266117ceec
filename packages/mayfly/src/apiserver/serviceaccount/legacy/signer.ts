import { signCompact } from '../../../jose/sign.ts';
import type { KeySource } from '../keyring.ts';
import { type LegacyTokenClaims, legacyTokenPayload } from './claims.ts';

/** Signs legacy tokens, and nothing else: what the tokens controller is handed instead of a key. */
export interface LegacyTokenSigner {
  /** @throws Error when signing fails, or the key was taken away meanwhile; the text holds no part of a token */
  signLegacyToken(claims: LegacyTokenClaims): Promise<string>;
}

/** Signs with whatever key signs at that moment. */
export function newLegacyTokenSigner(keys: KeySource): LegacyTokenSigner {
  return {
    async signLegacyToken(claims) {
      const signer = await keys.signerFor(Number.POSITIVE_INFINITY);
      return signCompact(signer, legacyTokenPayload(claims));
    },
  };
}
