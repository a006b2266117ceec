/**
 * A token status list as relying parties fetch it: signed, and good for a while.
 *
 * It names no issuer and no audience, so that it can be taken for a service account token by nobody: both would be wanted
 * of one. Its `typ` says what it is.
 *
 * @see draft-ietf-oauth-status-list-17 §5.1
 */
import { type Signer, signCompact } from '../../../jose/sign.ts';
import { compressBits } from './bitmap.ts';

export const STATUS_LIST_TYPE = 'statuslist+jwt';

/** How long a relying party may go without asking again. Seconds. */
export const STATUS_LIST_TTL_SECONDS = 60;

/** How long a list is good while nobody can be asked; a replayed one fools nobody beyond it. Seconds. */
export const STATUS_LIST_LIFETIME_SECONDS = 12 * 3600;

export interface StatusListClaims {
  /** Where it is published; tokens name the same. */
  readonly uri: string;
  readonly bits: Uint8Array;
  /** Epoch seconds. */
  readonly issuedAt: number;
}

/** @throws Error when signing fails */
export function signStatusList(signer: Signer, { uri, bits, issuedAt }: StatusListClaims): Promise<string> {
  const payload = {
    exp: issuedAt + STATUS_LIST_LIFETIME_SECONDS,
    iat: issuedAt,
    status_list: { bits: 1, lst: compressBits(bits).toString('base64url') },
    sub: uri,
    ttl: STATUS_LIST_TTL_SECONDS,
  };
  return signCompact(signer, JSON.stringify(payload), STATUS_LIST_TYPE);
}
