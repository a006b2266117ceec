/**
 * The JWS algorithms there are for us, and which key each one fits.
 *
 * HMAC and `none` are absent on purpose: a public key must never serve as a shared secret, and an unsigned token is no
 * token. An algorithm not in the table verifies nothing.
 *
 * @see RFC 7518 §3.1; RFC 8725 §2.1, §3.1; spec service-account-tokens §2.1, §2.6
 */
import { constants } from 'node:crypto';

/** What new tokens are signed with: decided by the key, never by a caller. */
export type SigningAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512';

export type KeyShape = 'RSA' | 'P-256' | 'P-384' | 'P-521';

/** How node:crypto is told to do an algorithm. */
export interface AlgorithmScheme {
  readonly fits: KeyShape;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly options: {
    readonly dsaEncoding?: 'ieee-p1363';
    readonly padding?: number;
    readonly saltLength?: number;
  };
}

const rsa = (hash: AlgorithmScheme['hash']): AlgorithmScheme => ({
  fits: 'RSA',
  hash,
  options: { padding: constants.RSA_PKCS1_PADDING },
});
const pss = (hash: AlgorithmScheme['hash']): AlgorithmScheme => ({
  fits: 'RSA',
  hash,
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
});
const ecdsa = (fits: KeyShape, hash: AlgorithmScheme['hash']): AlgorithmScheme => ({
  fits,
  hash,
  options: { dsaEncoding: 'ieee-p1363' }, // r and s side by side, each as long as the curve
});

/** Differs: go-jose v2 does not compare the curve with ES256, ES384 and ES512; RFC 7518 §3.4 fixes one curve for each. */
export const ALGORITHMS: ReadonlyMap<string, AlgorithmScheme> = new Map([
  ['RS256', rsa('sha256')],
  ['RS384', rsa('sha384')],
  ['RS512', rsa('sha512')],
  ['PS256', pss('sha256')],
  ['PS384', pss('sha384')],
  ['PS512', pss('sha512')],
  ['ES256', ecdsa('P-256', 'sha256')],
  ['ES384', ecdsa('P-384', 'sha384')],
  ['ES512', ecdsa('P-521', 'sha512')],
]);

export const SIGNING_ALGORITHM: Readonly<Record<KeyShape, SigningAlgorithm>> = {
  RSA: 'RS256',
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
};
