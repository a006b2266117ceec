/**
 * Which signatures on certificates we accept, and checking one.
 *
 * A list of what is allowed, so that a weak or new algorithm is refused until somebody adds it here with a reason.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { OID } from './oids.ts';

interface SignatureScheme {
  /** Digest of `crypto.verify`; null where the algorithm has its own. */
  readonly digest: string | null;
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
}

const ALLOWED: ReadonlyMap<string, SignatureScheme> = new Map([
  [OID.ecdsaWithSHA256, { digest: 'sha256', keyType: 'ec' }],
  [OID.ecdsaWithSHA384, { digest: 'sha384', keyType: 'ec' }],
  [OID.ecdsaWithSHA512, { digest: 'sha512', keyType: 'ec' }],
  [OID.sha256WithRSA, { digest: 'sha256', keyType: 'rsa' }],
  [OID.sha384WithRSA, { digest: 'sha384', keyType: 'rsa' }],
  [OID.sha512WithRSA, { digest: 'sha512', keyType: 'rsa' }],
  [OID.ed25519, { digest: null, keyType: 'ed25519' }],
]);

/** Go's names, which operators find when they search for the text. */
const INSECURE: ReadonlyMap<string, string> = new Map([
  [OID.md2WithRSA, 'MD2-RSA'],
  [OID.md5WithRSA, 'MD5-RSA'],
  [OID.sha1WithRSA, 'SHA1-RSA'],
  [OID.ecdsaWithSHA1, 'ECDSA-SHA1'],
]);

/** Over the upper bound one signature could cost seconds; under the lower one it proves nothing. */
const RSA_BITS = { min: 2048, max: 8192 };
const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** Undefined when `issuer` signed `certificate`; otherwise why not, for the log. */
export function signatureComplaint(certificate: Certificate, issuer: Certificate): string | undefined {
  const { oid } = certificate.signatureAlgorithm;
  const insecure = INSECURE.get(oid);
  if (insecure !== undefined) return `x509: cannot verify signature: insecure algorithm ${insecure}`;
  const scheme = ALLOWED.get(oid);
  if (scheme === undefined) return 'x509: cannot verify signature: algorithm unimplemented';
  const key = readPublicKey(issuer);
  if (key === undefined || !keyFits(key, scheme))
    return 'x509: signature algorithm specifies a key of another type or size';
  return verify(scheme.digest, certificate.tbs, key, certificate.signature)
    ? undefined
    : 'x509: signature is not valid';
}

function readPublicKey(certificate: Certificate): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(certificate.publicKeyInfo), format: 'der', type: 'spki' });
  } catch {
    return undefined; // a key OpenSSL cannot read verifies nothing
  }
}

function keyFits(key: KeyObject, { keyType }: SignatureScheme): boolean {
  if (key.asymmetricKeyType !== keyType) return false;
  const details = key.asymmetricKeyDetails;
  if (keyType === 'ec') return CURVES.has(details?.namedCurve);
  if (keyType === 'ed25519') return true;
  const bits = details?.modulusLength ?? 0;
  return bits >= RSA_BITS.min && bits <= RSA_BITS.max;
}
