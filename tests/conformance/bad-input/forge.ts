/** Tokens in every wrong way, signed by hand: no library would make most of them. */
import { constants, createHmac, createSign, type KeyObject, sign } from 'node:crypto';

export const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs any two texts with RSA as `alg` says. */
export function signRSA(alg: string, signingInput: string, key: KeyObject): string {
  const hash = `sha${alg.slice(2)}`;
  const padding = alg.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const options = alg.startsWith('PS') ? { key, padding, saltLength: Number(alg.slice(2)) / 8 } : { key, padding };
  return sign(hash, Buffer.from(signingInput), options).toString('base64url');
}

export function signEC(hash: string, signingInput: string, key: KeyObject, encoding: 'ieee-p1363' | 'der'): string {
  return createSign(hash).update(signingInput).sign({ key, dsaEncoding: encoding }).toString('base64url');
}

export function signHMAC(signingInput: string, secret: string | Uint8Array): string {
  return createHmac('sha256', secret).update(signingInput).digest('base64url');
}

/** `header` and `payload` as objects, or as the exact text to be signed. */
export function compact(header: unknown, payload: unknown, sign: (signingInput: string) => string): string {
  const signingInput = `${part(header)}.${part(payload)}`;
  return `${signingInput}.${sign(signingInput)}`;
}

/** The same bytes in another spelling: the last character carries bits that mean nothing. */
export function respell(base64url: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return base64url.slice(0, -1) + alphabet[alphabet.indexOf(base64url.at(-1) ?? 'A') + 1];
}
