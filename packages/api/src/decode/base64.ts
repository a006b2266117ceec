/** Standard base64 with padding, as Go's `encoding/base64.StdEncoding` reads and writes it (RFC 4648 §4). */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const ILLEGAL = /[^A-Za-z0-9+/]/;
const NEWLINES = /[\r\n]/g;

export function encodeBase64(bytes: Uint8Array): string {
  let out = '';
  const whole = bytes.length - (bytes.length % 3);
  for (let i = 0; i < whole; i += 3) {
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    out += sextet(group >> 18) + sextet(group >> 12) + sextet(group >> 6) + sextet(group);
  }
  const rest = bytes.length - whole;
  if (rest === 0) return out;
  const group = ((bytes[whole] as number) << 16) | ((bytes[whole + 1] ?? 0) << 8);
  const third = rest === 2 ? sextet(group >> 6) : '=';
  return `${out}${sextet(group >> 18)}${sextet(group >> 12)}${third}=`;
}

function sextet(bits: number): string {
  return ALPHABET.charAt(bits & 63);
}

/**
 * The one way to write what `text` encodes: without line breaks, unused bits zero.
 *
 * @returns the canonical text, or the offset of the first illegal character
 */
export function canonicalBase64(text: string): string | number {
  const flat = text.includes('\n') || text.includes('\r') ? text.replace(NEWLINES, '') : text;
  const data = flat.endsWith('==') ? flat.slice(0, -2) : flat.endsWith('=') ? flat.slice(0, -1) : flat;
  const illegal = data.search(ILLEGAL);
  if (illegal !== -1) return illegal;
  if (flat.length % 4 !== 0) return flat.length;
  return data.length === flat.length ? flat : withoutUnusedBits(data) + flat.slice(data.length);
}

function withoutUnusedBits(data: string): string {
  const used = data.length % 4 === 2 ? 0b110000 : 0b111100;
  return data.slice(0, -1) + sextet(ALPHABET.indexOf(data.slice(-1)) & used);
}
