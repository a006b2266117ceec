/**
 * Keys for signing and verifying tokens: what they are, their names, how they are made.
 *
 * A key's `kid` is derived from its public half, so the same key has the same name in every process and after every
 * restart. Private halves stay inside a `KeyObject`.
 */
import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { type KeyShape, SIGNING_ALGORITHM, type SigningAlgorithm } from './algorithms.ts';

export interface VerificationKey {
  readonly kid: string;
  readonly shape: KeyShape;
  /** The algorithm this key signs with; verifying accepts its whole family. */
  readonly alg: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject;
}

/** A key that cannot sign tokens. Start-up errors; the texts are Kubernetes' as far as they make sense here. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

const MIN_EXPONENT = 3n; // with 1 every message is its own signature

const CURVES: Readonly<Record<string, KeyShape>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/**
 * The name of a key: base64url of the SHA-256 of its SubjectPublicKeyInfo, 43 characters.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/jwt.go, keyIDFromPublicKey
 */
export function keyID(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

/** @returns undefined for a key type or curve that no token algorithm of ours fits */
export function keyShape(key: KeyObject): KeyShape | undefined {
  if (key.asymmetricKeyType === 'rsa') return 'RSA';
  if (key.asymmetricKeyType === 'ec') return CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  return undefined;
}

/** @throws KeyError for a key that is neither RSA nor on P-256, P-384 or P-521, or an RSA one with a tiny exponent */
export function newVerificationKey(publicKey: KeyObject): VerificationKey {
  const shape = keyShape(publicKey);
  if (shape === undefined) throw unusable(publicKey);
  const exponent = publicKey.asymmetricKeyDetails?.publicExponent ?? MIN_EXPONENT;
  if (exponent < MIN_EXPONENT) throw new KeyError('the public exponent of an RSA key must be 3 or more');
  return { kid: keyID(publicKey), shape, alg: SIGNING_ALGORITHM[shape], publicKey };
}

/** @throws KeyError as `newVerificationKey` does */
export function newSigningKey(privateKey: KeyObject): SigningKey {
  return { ...newVerificationKey(createPublicKey(privateKey)), privateKey };
}

function unusable(key: KeyObject): KeyError {
  if (key.asymmetricKeyType === 'ec') return new KeyError('unknown private key curve, must be 256, 384, or 521');
  return new KeyError(
    `unknown private key type ${key.asymmetricKeyType ?? 'secret'}, must be *rsa.PrivateKey, *ecdsa.PrivateKey, or jose.OpaqueSigner`,
  );
}

const generate = promisify(generateKeyPair);

/**
 * Makes a key, off the event loop.
 *
 * @param shape RSA keys have 2048 bits
 */
export async function generateSigningKey(shape: KeyShape): Promise<SigningKey> {
  const pair =
    shape === 'RSA' ? await generate('rsa', { modulusLength: 2048 }) : await generate('ec', { namedCurve: shape });
  return newSigningKey(pair.privateKey);
}
