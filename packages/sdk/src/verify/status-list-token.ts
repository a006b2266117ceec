/**
 * Reads one token status list: fetched, so untrusted until the issuer's signature on it holds.
 *
 * @see draft-ietf-oauth-status-list-17 §4, §5.1, §8.3
 */
import { decodeBase64url } from './base64url.ts';
import { claimsOf, timeVerdict, type VerifiedClaims } from './claims.ts';
import { parseCompactJWS } from './compact.ts';
import { inflate } from './inflate.ts';
import { type SignatureOptions, signatureRefusal } from './signature.ts';
import { isJSONObject } from './strict-json.ts';

export type StatusListFault = 'list-too-large' | 'list-malformed' | 'list-not-trusted' | 'list-expired';

export interface StatusList {
  /** Bits of each entry. */
  readonly bits: number;
  readonly bytes: Uint8Array;
  /** Seconds for which it need not be fetched again. */
  readonly ttl: number | undefined;
  /** Epoch seconds; `Infinity` when it does not say. */
  readonly expiresAt: number;
}

export interface ReadStatusListOptions extends SignatureOptions {
  readonly nowMs: () => number;
  readonly leewaySeconds: number;
  /** Of the signed text, and of the entries once inflated. */
  readonly maxCharacters: number;
  readonly maxBytes: number;
}

const TYPES = ['statuslist+jwt', 'application/statuslist+jwt'];

/**
 * @param text as fetched
 * @param uri where from: the list must say the same of itself
 */
export async function readStatusList(
  text: string,
  uri: string,
  options: ReadStatusListOptions,
): Promise<StatusList | StatusListFault> {
  const parsed = parseCompactJWS(text, options.maxCharacters);
  if (!parsed.ok) return parsed.fault === 'too-long' ? 'list-too-large' : 'list-malformed';
  const { jws } = parsed;
  if (!TYPES.includes(jws.header.typ.toLowerCase())) return 'list-malformed'; // some other thing the issuer has signed
  if ((await signatureRefusal(jws, options)) !== undefined) return 'list-not-trusted';
  const verified = claimsOf(jws, true);
  if (!verified.ok || verified.claims.iat === undefined) return 'list-malformed';
  if (verified.claims.sub !== uri) return 'list-not-trusted'; // another list than the token names
  if (timeVerdict(verified.claims, options.nowMs(), options.leewaySeconds) !== 'in-time') return 'list-expired';
  return await entriesOf(verified.claims, options.maxBytes);
}

async function entriesOf({ all, exp }: VerifiedClaims, maxBytes: number): Promise<StatusList | StatusListFault> {
  const list = all.status_list;
  if (!isJSONObject(list) || typeof list.lst !== 'string' || !isWidth(list.bits)) return 'list-malformed';
  const compressed = decodeBase64url(list.lst);
  if (compressed === undefined) return 'list-malformed';
  const bytes = await inflate(compressed, maxBytes);
  if (bytes === 'too-large') return 'list-too-large';
  if (bytes === 'malformed') return 'list-malformed';
  const ttl = typeof all.ttl === 'number' && all.ttl > 0 ? all.ttl : undefined;
  return { bits: list.bits, bytes, ttl, expiresAt: exp ?? Number.POSITIVE_INFINITY };
}

function isWidth(bits: unknown): bits is 1 | 2 | 4 | 8 {
  return bits === 1 || bits === 2 || bits === 4 || bits === 8;
}

/**
 * The entry of a token: 0 for a good one.
 *
 * @returns undefined past the end: a list that does not hold the token says nothing of it
 */
export function statusAt({ bits, bytes }: StatusList, index: number): number | undefined {
  const perByte = 8 / bits;
  const byte = bytes[Math.floor(index / perByte)];
  if (byte === undefined) return undefined;
  return (byte >> ((index % perByte) * bits)) & (2 ** bits - 1); // the first entry in the lowest bits
}
