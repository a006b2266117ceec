/**
 * Which header may stand on a token of ours: `alg`, `kid` and `typ`, nothing else.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/externaljwt/plugin/plugin.go, validateJWTHeader
 */
import { goQuote } from '@mayfly/api/validation/field-error';
import { parseJSONObject } from '@mayfly/sdk/verify/strict-json';

export interface SignedHeader {
  readonly alg: string;
  /** Whatever the signer calls its key; 1 to 1024 bytes. */
  readonly kid: string;
}

export const MAX_KEY_ID_BYTES = 1024;

const MEMBERS: readonly string[] = ['alg', 'kid', 'typ'];
const ALGORITHMS: readonly string[] = ['RS256', 'ES256', 'ES384', 'ES512'];
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** True for what may stand between the dots of a token. */
export function isBase64URL(text: string): boolean {
  return BASE64URL.test(text) && text.length % 4 !== 1;
}

/**
 * Reads and judges the header a signer gave.
 *
 * @throws Error with Kubernetes' texts; names and algorithm of the header are in them, nothing of the claims
 */
export function readSignedHeader(header: string): SignedHeader {
  if (!isBase64URL(header)) throw new Error('while unwrapping header: illegal base64 data');
  const { alg = '', kid = '', typ = '' } = parseMembers(Buffer.from(header, 'base64url'));
  if (typ !== 'JWT') throw new Error('bad type');
  if (kid === '') throw new Error('key id missing');
  if (Buffer.byteLength(kid) > MAX_KEY_ID_BYTES) throw new Error('key id longer than 1 kb');
  if (!ALGORITHMS.includes(alg)) throw new Error(`bad signing algorithm ${goQuote(alg)}`);
  return { alg, kid };
}

const FAULTS = {
  'not-utf-8': 'invalid UTF-8',
  'not-json': 'invalid character',
  'not-an-object': 'json: cannot unmarshal into an object',
  'duplicate-key': 'json: duplicate key in object',
} as const;

/** Differs: names in another case, and names twice, are refused; Go's decoder takes them, and no verifier would. */
function parseMembers(bytes: Buffer): Readonly<Record<string, string>> {
  const parsed = parseJSONObject(bytes);
  if (!parsed.ok) throw new Error(`while parsing header JSON: ${FAULTS[parsed.fault]}`);
  for (const [name, value] of Object.entries(parsed.value)) {
    if (!MEMBERS.includes(name)) throw new Error(`while parsing header JSON: json: unknown field ${goQuote(name)}`);
    if (typeof value !== 'string') {
      throw new Error(`while parsing header JSON: json: cannot unmarshal ${goQuote(name)} into a string`);
    }
  }
  return parsed.value as Readonly<Record<string, string>>;
}
