/**
 * Is a signature made by one of the keys an issuer publishes? WebCrypto only, so it runs wherever `crypto.subtle` does.
 *
 * @see RFC 7515 §5.2; RFC 7518; RFC 8725 §3.1
 */
import type { CompactJWS } from './compact.ts';

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

export interface SignatureOptions {
  /** Algorithms to accept; a token cannot widen the list. */
  readonly algorithms: readonly JWSAlgorithm[];
  /** The issuer's key set. Called for each token, so the caller may cache and refresh as it likes. */
  readonly keys: () => JSONWebKeySet | Promise<JSONWebKeySet>;
}

export type SignatureRefusal = 'algorithm-not-allowed' | 'extension-not-known' | 'no-matching-key' | 'bad-signature';

/** @returns why the signature does not count; undefined when it holds */
export async function signatureRefusal(
  jws: CompactJWS,
  { algorithms, keys }: SignatureOptions,
): Promise<SignatureRefusal | undefined> {
  const { alg, needsExtension } = jws.header;
  const algorithm = algorithms.find((allowed) => allowed === alg);
  if (algorithm === undefined) return 'algorithm-not-allowed';
  if (needsExtension) return 'extension-not-known';
  const candidates = candidateKeys(await keys(), jws, algorithm);
  if (candidates.length === 0) return 'no-matching-key';
  return (await anyKeyVerifies(candidates, jws, SCHEMES[algorithm])) ? undefined : 'bad-signature';
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
