/** Base64url as JOSE wants it: no padding, no white space, and only the one canonical spelling of each byte string. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NOT_IN_ALPHABET = 64; // a bit that no value has

const VALUES = new Uint8Array(128).fill(NOT_IN_ALPHABET);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/**
 * Decodes canonical, unpadded base64url.
 *
 * A lenient decoder lets one signed token be spelled in several ways, and then no cache or ledger may compare tokens.
 *
 * @param text untrusted
 * @returns undefined for anything else: padding, other alphabets, non-zero spare bits
 * @see RFC 7515 §2; RFC 4648 §3.5
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const tail = text.length % 4;
  if (tail === 1) return undefined;
  const whole = text.length - tail;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let next = 0;
  let seen = 0;
  for (let i = 0; i < whole; i += 4) {
    const a = valueAt(text, i);
    const b = valueAt(text, i + 1);
    const c = valueAt(text, i + 2);
    const d = valueAt(text, i + 3);
    seen |= a | b | c | d;
    bytes[next++] = (a << 2) | (b >> 4);
    bytes[next++] = (b << 4) | (c >> 2);
    bytes[next++] = (c << 6) | d;
  }
  if (tail > 0) {
    const a = valueAt(text, whole);
    const b = valueAt(text, whole + 1);
    const c = tail === 3 ? valueAt(text, whole + 2) : 0;
    seen |= a | b | c;
    const spare = tail === 2 ? b & 0x0f : c & 0x03;
    if (spare !== 0) return undefined;
    bytes[next++] = (a << 2) | (b >> 4);
    if (tail === 3) bytes[next] = (b << 4) | (c >> 2);
  }
  return seen < NOT_IN_ALPHABET ? bytes : undefined;
}

function valueAt(text: string, at: number): number {
  return VALUES[text.charCodeAt(at)] ?? NOT_IN_ALPHABET;
}
