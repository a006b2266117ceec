/**
 * Reads keys from PEM files by Kubernetes' rules, which differ for signing and for verifying.
 *
 * The texts thrown hold nothing of the file.
 *
 * @see kubernetes/client-go util/keyutil/key.go; spec service-account-tokens §2.5
 */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import {
  KeyError,
  keyShape,
  newSigningKey,
  newVerificationKey,
  type SigningKey,
  type VerificationKey,
} from './keys.ts';

interface PEMBlock {
  readonly type: string;
  readonly der: Buffer;
}

type PrivateKeyForm = 'pkcs1' | 'pkcs8' | 'sec1';

const SIGNING_BLOCKS: Readonly<Record<string, PrivateKeyForm>> = {
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
  'PRIVATE KEY': 'pkcs8',
};

/**
 * The first private key of a file that parses; the block type selects the parser, other blocks are skipped.
 *
 * @param pem the text of the file
 * @throws KeyError when there is none, or the key fits no algorithm (Ed25519, P-224)
 */
export function parseSigningKey(pem: string): SigningKey {
  for (const { type, der } of pemBlocks(pem)) {
    const form = SIGNING_BLOCKS[type];
    const key = form === undefined ? undefined : parsePrivateKey(der, form);
    if (key !== undefined) return newSigningKey(key);
  }
  throw new KeyError('data does not contain a valid RSA or ECDSA private key');
}

/**
 * All verification keys of a file, in order, duplicates kept. Block types are ignored; a private key counts as its
 * public half, except an EC one in PKCS#8, which upstream cannot read here either.
 *
 * @throws KeyError when there is none
 */
export function parseVerificationKeys(pem: string): readonly VerificationKey[] {
  const keys = pemBlocks(pem).flatMap(({ der }) => {
    const key = verificationKeyOf(der);
    return key === undefined ? [] : [newVerificationKey(key)];
  });
  if (keys.length === 0) throw new KeyError('data does not contain any valid RSA or ECDSA public keys');
  return keys;
}

function verificationKeyOf(der: Buffer): KeyObject | undefined {
  const rsa =
    ofType('rsa', parsePrivateKey(der, 'pkcs1')) ??
    ofType('rsa', parsePrivateKey(der, 'pkcs8')) ??
    ofType('rsa', parsePublicKey(der)) ??
    ofType('rsa', certificateKey(der));
  const key =
    rsa ??
    ofType('ec', parsePrivateKey(der, 'sec1')) ??
    ofType('ec', parsePublicKey(der)) ??
    ofType('ec', certificateKey(der));
  if (key === undefined) return undefined;
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return keyShape(publicKey) === undefined ? undefined : publicKey;
}

function ofType(type: 'rsa' | 'ec', key: KeyObject | undefined): KeyObject | undefined {
  return key?.asymmetricKeyType === type ? key : undefined;
}

function parsePrivateKey(der: Buffer, form: PrivateKeyForm): KeyObject | undefined {
  if (privateKeyForm(der) !== form) return undefined; // OpenSSL would guess the form, and accept what upstream refuses
  try {
    return createPrivateKey({ key: der, format: 'der', type: form });
  } catch {
    return undefined; // not this form: the next parser may know it
  }
}

function parsePublicKey(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined; // not this form: the next parser may know it
  }
}

function certificateKey(der: Buffer): KeyObject | undefined {
  try {
    return new X509Certificate(der).publicKey;
  } catch {
    return undefined; // no certificate either: the block holds no key
  }
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;

/** Tells the three forms apart by the element after the version: a modulus, an algorithm, or the raw key. */
function privateKeyForm(der: Buffer): PrivateKeyForm | undefined {
  const lengthByte = der[1] ?? 0;
  const body = 2 + (lengthByte > 0x80 ? lengthByte & 0x7f : 0);
  if (der[0] !== SEQUENCE || der[body] !== INTEGER || der[body + 1] !== 1) return undefined;
  const next = der[body + 3];
  if (next === INTEGER) return 'pkcs1';
  if (next === SEQUENCE) return 'pkcs8';
  return next === OCTET_STRING ? 'sec1' : undefined;
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n((?:[^\n:]+:[^\n]*\n)*)([A-Za-z0-9+/=\s]*)-----END \1-----/g;

function pemBlocks(pem: string): readonly PEMBlock[] {
  return [...pem.matchAll(PEM_BLOCK)].map(([, type = '', , body = '']) => ({ type, der: Buffer.from(body, 'base64') }));
}
