/**
 * SigningKey: the public half and the life of a key that signs service account tokens. The private half is no object.
 *
 * A key goes one way: announced (published, so that everybody learns it), active (it signs; one at a time), verifying
 * (its tokens run out), retired (its tokens are refused). The server writes these objects; deleting one retires the key.
 */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';

export type SigningKeyState = 'Announced' | 'Active' | 'Verifying' | 'Retired';

export interface SigningKeySpec {
  /** RS256, ES256, ES384 or ES512. */
  algorithm: string;
  /** PEM, SubjectPublicKeyInfo. */
  publicKey: string;
}

export interface SigningKeyStatus {
  state: SigningKeyState;
  /** Published in the key set, and accepted, since then. */
  announcedAt: string;
  /** It signs no earlier: every cache of the key set has run out by then. */
  activateAt?: string;
  activatedAt?: string;
  /** It signs no more since then. */
  deactivatedAt?: string;
  /**
   * None of its tokens ends later, except those that stand in Secrets. Written before a token that would is handed out,
   * and ahead of it, so that it costs no write for each token. Absent: it has signed none.
   */
  tokensExpireBy?: string;
  /** It has signed tokens that stand in Secrets and never end. */
  signedLegacyTokens?: boolean;
  /** Of a verifying key: it is retired soon after, unless a Secret still holds a token of it. */
  verifyUntil?: string;
  retiredAt?: string;
  retiredBecause?: 'Expired' | 'Compromised';
}

/** `metadata.name` is the key id (`kid`). */
export interface SigningKey extends KubernetesObject {
  spec: SigningKeySpec;
  status: SigningKeyStatus;
}

export const SIGNING_KEY_FIELDS: readonly string[] = ['status.state'];

export function signingKeyFields(key: SigningKey): Readonly<Record<string, string>> {
  return { 'status.state': key.status?.state ?? '' };
}
