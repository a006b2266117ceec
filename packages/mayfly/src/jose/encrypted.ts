/**
 * A text under a passphrase: JWE in its compact form, `PBES2-HS512+A256KW` over `A256GCM`, which other JOSE libraries read
 * as well.
 *
 * One work factor is written; on reading it is bounded, so that a hostile file cannot keep us busy for hours.
 *
 * @see RFC 7516 §5, §7.1; RFC 7518 §4.4, §4.8, §5.3
 */
import { createCipheriv, createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { parseJSONObject } from '@mayfly/sdk/verify/strict-json';
import type { Random } from '../random/random.ts';

const ALG = 'PBES2-HS512+A256KW';
const ENC = 'A256GCM';

/** Rounds of PBKDF2: about half a second here, and for whoever tries a passphrase. */
export const ROUNDS = 600_000;
const MAX_ROUNDS = 10_000_000;
const MIN_ROUNDS = 1000; // RFC 7518 §4.8.1.2
const SALT_BYTES = 16;
const MIN_SALT_BYTES = 8; // RFC 7518 §4.8.1.1
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const WRAP_IV = Buffer.alloc(8, 0xa6); // RFC 3394 §2.2.3.1: what tells a wrong key

const deriveKey = promisify(pbkdf2);

/** The text cannot be had back; one line that says why and holds nothing of it. */
export class DecryptError extends Error {
  override readonly name = 'DecryptError';
}

export interface EncryptOptions {
  readonly passphrase: string;
  /** Media type of the text, without `application/`. */
  readonly contentType: string;
  readonly random: Random;
}

export async function encryptWithPassphrase(
  text: string,
  { passphrase, contentType, random }: EncryptOptions,
): Promise<string> {
  const [salt, key, iv] = [random.bytes(SALT_BYTES), random.bytes(KEY_BYTES), random.bytes(IV_BYTES)];
  const header = { alg: ALG, enc: ENC, cty: contentType, p2s: base64url(salt), p2c: ROUNDS };
  const protectedHeader = base64url(Buffer.from(JSON.stringify(header)));
  const wrap = createCipheriv('id-aes256-wrap', await wrappingKey(passphrase, salt, ROUNDS), WRAP_IV);
  const wrapped = Buffer.concat([wrap.update(key), wrap.final()]);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(protectedHeader));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [protectedHeader, ...[wrapped, iv, ciphertext, cipher.getAuthTag()].map(base64url)].join('.');
}

/** @throws DecryptError when this is no such JWE, the passphrase is another, or any byte was changed */
export async function decryptWithPassphrase(jwe: string, passphrase: string, contentType: string): Promise<string> {
  const { header, parts } = parse(jwe);
  const { salt, rounds } = readHeader(header, contentType);
  const [, wrapped, iv, ciphertext, tag] = parts;
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) throw damaged();
  const key = unwrap(wrapped, await wrappingKey(passphrase, salt, rounds));
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(header));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
  } catch {
    throw new DecryptError('its content was changed since it was written');
  }
}

/** RFC 7518 §4.8.1.1: the algorithm's name goes into the salt, so that no two algorithms share a key. */
function wrappingKey(passphrase: string, salt: Uint8Array, rounds: number): Promise<Buffer> {
  const salted = Buffer.concat([Buffer.from(`${ALG}\0`), salt]);
  return deriveKey(passphrase.normalize('NFC'), salted, rounds, KEY_BYTES, 'sha512');
}

function unwrap(wrapped: Buffer, wrappingKey: Buffer): Buffer {
  try {
    const decipher = createDecipheriv('id-aes256-wrap', wrappingKey, WRAP_IV);
    const key = Buffer.concat([decipher.update(wrapped), decipher.final()]);
    if (key.length === KEY_BYTES) return key;
  } catch {
    // told below: a wrong passphrase and a changed file look the same here
  }
  throw new DecryptError('the passphrase is wrong, or the file was changed since it was written');
}

interface Parsed {
  readonly header: string;
  readonly parts: readonly [Buffer, Buffer, Buffer, Buffer, Buffer];
}

function parse(jwe: string): Parsed {
  const texts = jwe.trim().split('.');
  if (texts.length !== 5 || !texts.every((text) => /^[A-Za-z0-9_-]+$/.test(text))) throw damaged();
  const parts = texts.map((text) => Buffer.from(text, 'base64url')) as unknown as Parsed['parts'];
  return { header: texts[0] ?? '', parts };
}

function readHeader(header: string, contentType: string): { readonly salt: Buffer; readonly rounds: number } {
  const parsed = parseJSONObject(Buffer.from(header, 'base64url'));
  if (!parsed.ok) throw damaged();
  const { alg, enc, cty, p2s, p2c, ...others } = parsed.value;
  if (alg !== ALG || enc !== ENC || cty !== contentType || Object.keys(others).length > 0) {
    throw new DecryptError(`it is not ${ALG} and ${ENC} over ${contentType}`);
  }
  const salt = typeof p2s === 'string' ? Buffer.from(p2s, 'base64url') : Buffer.alloc(0);
  if (salt.length < MIN_SALT_BYTES || typeof p2c !== 'number' || !Number.isInteger(p2c)) throw damaged();
  if (p2c < MIN_ROUNDS || p2c > MAX_ROUNDS) throw new DecryptError('its work factor is out of range');
  return { salt, rounds: p2c };
}

function damaged(): DecryptError {
  return new DecryptError('it is no encrypted key set; was it cut off, or changed?');
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
