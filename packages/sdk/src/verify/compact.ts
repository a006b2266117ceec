/**
 * Reads a compact JWS, strictly, and believes nothing in it.
 *
 * Three parts of canonical base64url, a JSON object header without duplicate keys, a bounded size. What comes out is
 * parsed, not verified: the payload stays bytes until a signature has been checked (`claims.ts`).
 *
 * @see RFC 7515 §3.1, §5.2, §7.1; RFC 8725
 */
import { decodeBase64url } from './base64url.ts';
import { type JSONObjectVerdict, parseJSONObject } from './strict-json.ts';

/** Far above any token in use (a bound token has about 1 KB), far below what would cost to parse. Characters. */
export const MAX_TOKEN_LENGTH = 64 * 1024;

export interface JWSHeader {
  /** As the token says, untrusted: a verifier compares it with what its key can do. Empty when absent. */
  readonly alg: string;
  /** Empty when absent. */
  readonly kid: string;
  readonly typ: string;
  /** True when understanding the token needs an extension (`crit`, or `b64: false`): this code knows none. */
  readonly needsExtension: boolean;
}

export class CompactJWS {
  readonly header: JWSHeader;
  /** What the signature is over: the first two parts as received, ASCII. */
  readonly signingInput: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array<ArrayBuffer>;
  #object: JSONObjectVerdict | undefined;

  constructor(parts: Pick<CompactJWS, 'header' | 'signingInput' | 'payload' | 'signature'>) {
    this.header = parts.header;
    this.signingInput = parts.signingInput;
    this.payload = parts.payload;
    this.signature = parts.signature;
  }

  /** The payload as JSON, read once; nobody vouches for it here. */
  payloadObject(): JSONObjectVerdict {
    this.#object ??= parseJSONObject(this.payload);
    return this.#object;
  }
}

/** Why a text is no compact JWS. Never holds a part of the text. */
export type CompactFault = 'too-long' | 'not-three-parts' | 'not-base64url' | 'bad-header';

export type CompactVerdict =
  | { readonly ok: true; readonly jws: CompactJWS }
  | { readonly ok: false; readonly fault: CompactFault };

/**
 * Parses a compact JWS.
 *
 * @param token untrusted
 */
export function parseCompactJWS(token: string): CompactVerdict {
  if (token.length > MAX_TOKEN_LENGTH) return { ok: false, fault: 'too-long' };
  const firstDot = token.indexOf('.');
  const secondDot = token.indexOf('.', firstDot + 1);
  if (firstDot < 0 || secondDot < 0 || token.includes('.', secondDot + 1))
    return { ok: false, fault: 'not-three-parts' };
  const header = readHeader(token.slice(0, firstDot));
  const payload = decodeBase64url(token.slice(firstDot + 1, secondDot));
  const signature = decodeBase64url(token.slice(secondDot + 1));
  if (header === 'not-base64url' || payload === undefined || signature === undefined) {
    return { ok: false, fault: 'not-base64url' };
  }
  if (header === 'bad-header') return { ok: false, fault: 'bad-header' };
  return { ok: true, jws: new CompactJWS({ header, signingInput: token.slice(0, secondDot), payload, signature }) };
}

const MAX_KNOWN_HEADERS = 64;
const MAX_KNOWN_HEADER_LENGTH = 512;

/** Every token of a key has the same header. What is known of one is what reading it gives, whoever sent it. */
const known = new Map<string, JWSHeader>();

function readHeader(text: string): JWSHeader | 'not-base64url' | 'bad-header' {
  const before = known.get(text);
  if (before !== undefined) return before;
  const bytes = decodeBase64url(text);
  if (bytes === undefined) return 'not-base64url';
  const header = parseHeader(bytes);
  if (header === undefined) return 'bad-header';
  if (known.size >= MAX_KNOWN_HEADERS) known.clear(); // strangers choose headers
  if (text.length <= MAX_KNOWN_HEADER_LENGTH) known.set(copyOf(text), header);
  return header;
}

/** A part of a string keeps all of it in memory, and here that would be a token. */
function copyOf(ascii: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(ascii));
}

function parseHeader(bytes: Uint8Array): JWSHeader | undefined {
  const parsed = parseJSONObject(bytes);
  if (!parsed.ok) return undefined;
  const { alg = '', kid = '', typ = '', crit, b64 } = parsed.value;
  if (typeof alg !== 'string' || typeof kid !== 'string' || typeof typ !== 'string') return undefined;
  return { alg, kid, typ, needsExtension: crit !== undefined || (b64 !== undefined && b64 !== true) };
}
