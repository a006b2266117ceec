/**
 * Verifies a service account token the way a workload must: with the issuer's published keys, for this workload's own
 * audience. WebCrypto only, so it runs wherever `crypto.subtle` does.
 *
 * It trusts the JWKS it is handed (the caller fetched it over TLS from the issuer) and nothing in the token. It cannot
 * know whether the pod or the account still exists: ask a TokenReview for that.
 *
 * @see RFC 7515 §5.2; RFC 7519 §7.2; RFC 8725
 */
import { claimsOf, commonAudiences, timeVerdict, type VerifiedClaims } from './claims.ts';
import { type CompactJWS, parseCompactJWS } from './compact.ts';

export type JWSAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

/** A public key as published. Unknown members are ignored; `d` and the like are never read. */
export interface JSONWebKey {
  readonly kty: string;
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: string;
  readonly key_ops?: readonly string[];
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

export interface JSONWebKeySet {
  readonly keys: readonly JSONWebKey[];
}

export interface JWTVerifierOptions {
  /** Must equal `iss`. */
  readonly issuer: string;
  /** Who we are: `aud` must hold at least one of these. Never empty. */
  readonly audiences: readonly string[];
  /** Algorithms to accept; a token cannot widen the list. */
  readonly algorithms: readonly JWSAlgorithm[];
  /** The issuer's key set. Called for each token, so the caller may cache and refresh as it likes. */
  readonly keys: () => JSONWebKeySet | Promise<JSONWebKeySet>;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  readonly leewaySeconds: number;
}

export type JWTRefusal =
  | 'malformed'
  | 'algorithm-not-allowed'
  | 'extension-not-known'
  | 'no-matching-key'
  | 'bad-signature'
  | 'bad-claims'
  | 'other-issuer'
  | 'other-audience'
  | 'no-expiry'
  | 'not-yet-valid'
  | 'expired'
  | 'issued-in-the-future';

export type JWTVerdict =
  | { readonly outcome: 'accepted'; readonly claims: VerifiedClaims; readonly audiences: readonly string[] }
  | { readonly outcome: 'refused'; readonly refusal: JWTRefusal };

export interface JWTVerifier {
  /** @param token untrusted */
  verify(token: string): Promise<JWTVerdict>;
}

interface Scheme {
  readonly kty: 'RSA' | 'EC';
  readonly crv?: string;
  readonly importing: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
  readonly verifying: { readonly name: string; readonly hash?: string; readonly saltLength?: number };
}

const rsa = (hash: string): Scheme => ({
  kty: 'RSA',
  importing: { name: 'RSASSA-PKCS1-v1_5', hash },
  verifying: { name: 'RSASSA-PKCS1-v1_5' },
});
const pss = (hash: string, saltLength: number): Scheme => ({
  kty: 'RSA',
  importing: { name: 'RSA-PSS', hash },
  verifying: { name: 'RSA-PSS', saltLength }, // RFC 7518 §3.5: as long as the hash
});
const ec = (crv: string, hash: string): Scheme => ({
  kty: 'EC',
  crv,
  importing: { name: 'ECDSA', namedCurve: crv },
  verifying: { name: 'ECDSA', hash },
});

/** Each algorithm fits one key type, and for ECDSA one curve. HMAC and `none` are not here, so nothing can reach them. */
const SCHEMES: Readonly<Record<JWSAlgorithm, Scheme>> = {
  RS256: rsa('SHA-256'),
  RS384: rsa('SHA-384'),
  RS512: rsa('SHA-512'),
  PS256: pss('SHA-256', 32),
  PS384: pss('SHA-384', 48),
  PS512: pss('SHA-512', 64),
  ES256: ec('P-256', 'SHA-256'),
  ES384: ec('P-384', 'SHA-384'),
  ES512: ec('P-521', 'SHA-512'),
};

/** Every algorithm this verifier can do; a relying party allows fewer. */
export const JWS_ALGORITHMS = Object.keys(SCHEMES) as readonly JWSAlgorithm[];

const refused = (refusal: JWTRefusal): JWTVerdict => ({ outcome: 'refused', refusal });

/**
 * Builds a verifier for one issuer and one recipient.
 *
 * @throws RangeError when `audiences`, `algorithms` or `issuer` is empty: each would accept too much or nothing
 */
export function newJWTVerifier(options: JWTVerifierOptions): JWTVerifier {
  if (options.issuer === '' || options.audiences.length === 0 || options.algorithms.length === 0) {
    throw new RangeError('"issuer", "audiences" and "algorithms" must not be empty');
  }
  return {
    async verify(token) {
      const parsed = parseCompactJWS(token);
      if (!parsed.ok) return refused('malformed');
      const { alg, needsExtension } = parsed.jws.header;
      const algorithm = options.algorithms.find((allowed) => allowed === alg);
      if (algorithm === undefined) return refused('algorithm-not-allowed');
      if (needsExtension) return refused('extension-not-known');
      const candidates = candidateKeys(await options.keys(), parsed.jws, algorithm);
      if (candidates.length === 0) return refused('no-matching-key');
      const holds = await anyKeyVerifies(candidates, parsed.jws, SCHEMES[algorithm]);
      if (!holds) return refused('bad-signature');
      const verified = claimsOf(parsed.jws, holds);
      return verified.ok ? claimsVerdict(verified.claims, options) : refused('bad-claims');
    },
  };
}

/** Decides on claims whose signature held: issuer, audience, then time. A token without `exp` is a forever token. */
export function claimsVerdict(
  claims: VerifiedClaims,
  expected: Pick<JWTVerifierOptions, 'issuer' | 'audiences' | 'nowMs' | 'leewaySeconds'>,
): JWTVerdict {
  if (claims.iss !== expected.issuer) return refused('other-issuer');
  const audiences = commonAudiences(expected.audiences, claims.aud);
  if (audiences.length === 0) return refused('other-audience');
  if (claims.exp === undefined) return refused('no-expiry');
  const time = timeVerdict(claims, expected.nowMs(), expected.leewaySeconds);
  return time === 'in-time' ? { outcome: 'accepted', claims, audiences } : refused(time);
}

const MIN_MODULUS_BYTES = 256; // RFC 7518 §3.3: 2048 bits or more
const EXPONENT_ONE = 'AQ'; // every message is its own signature

function isStrong({ kty, n = '', e = '' }: JSONWebKey): boolean {
  return kty !== 'RSA' || (n.length >= (MIN_MODULUS_BYTES * 4) / 3 && e !== EXPONENT_ONE);
}

/**
 * Keys of the set that could have made this signature: meant for it by type, algorithm and use, and with the `kid` that
 * the token names, if it names one.
 *
 * @see RFC 7517 §4; RFC 8725 §3.1
 */
function candidateKeys(set: JSONWebKeySet, jws: CompactJWS, algorithm: JWSAlgorithm): readonly JSONWebKey[] {
  const { kty, crv } = SCHEMES[algorithm];
  return set.keys.filter(
    (key) =>
      key.kty === kty &&
      (crv === undefined || key.crv === crv) &&
      (key.alg === undefined || key.alg === algorithm) &&
      (key.use === undefined || key.use === 'sig') &&
      (key.key_ops === undefined || key.key_ops.includes('verify')) &&
      isStrong(key) &&
      (jws.header.kid === '' || key.kid === jws.header.kid),
  );
}

async function anyKeyVerifies(keys: readonly JSONWebKey[], jws: CompactJWS, scheme: Scheme): Promise<boolean> {
  const input = new TextEncoder().encode(jws.signingInput);
  for (const key of keys) {
    const imported = await importPublicKey(key, scheme);
    if (imported && (await crypto.subtle.verify(scheme.verifying, imported, jws.signature, input))) return true;
  }
  return false;
}

/** Only the public members are handed on, so a JWKS that leaks a private key is not made worse by us. */
async function importPublicKey(key: JSONWebKey, scheme: Scheme): Promise<CryptoKey | undefined> {
  const { kty, crv = '', x = '', y = '', n = '', e = '' } = key;
  const jwk = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y };
  try {
    return await crypto.subtle.importKey('jwk', jwk, scheme.importing, false, ['verify']);
  } catch {
    return undefined; // a malformed key in the set verifies nothing; the others may
  }
}
