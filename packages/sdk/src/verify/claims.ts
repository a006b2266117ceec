/**
 * JWT claims, before and after somebody vouched for them, and the checks that are pure functions of them.
 *
 * `UnverifiedClaims` may choose a key or an authenticator, nothing else: no decision takes that type. `VerifiedClaims`
 * arise in one place, from a JWS whose signature was found to hold.
 *
 * @see RFC 7519 §4.1; RFC 8725 §3
 */
import type { CompactJWS } from './compact.ts';
import { isJSONObject, type JSONObject } from './strict-json.ts';

/** What a token says of itself before its signature was checked. */
export interface UnverifiedClaims {
  readonly unverifiedIssuer: string;
}

/** The registered claims, with `aud` as a list. Times are epoch seconds, fractions dropped. */
interface RegisteredClaims {
  readonly iss: string;
  readonly sub: string;
  /** Empty when absent. */
  readonly aud: readonly string[];
  readonly exp: number | undefined;
  readonly nbf: number | undefined;
  readonly iat: number | undefined;
  readonly jti: string;
}

class Verified implements RegisteredClaims {
  declare private readonly vouched: true; // makes the type nominal: an object literal is no VerifiedClaims
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number | undefined;
  readonly nbf: number | undefined;
  readonly iat: number | undefined;
  readonly jti: string;
  /** The whole payload, for private claims. */
  readonly all: JSONObject;

  constructor(registered: RegisteredClaims, all: JSONObject) {
    this.iss = registered.iss;
    this.sub = registered.sub;
    this.aud = registered.aud;
    this.exp = registered.exp;
    this.nbf = registered.nbf;
    this.iat = registered.iat;
    this.jti = registered.jti;
    this.all = all;
  }
}

/** Claims under a signature that held. Whether they are in time and for us is still to be decided. */
export type VerifiedClaims = Verified;

export type ClaimsVerdict =
  | { readonly ok: true; readonly claims: VerifiedClaims }
  | { readonly ok: false; readonly message: string };

/** The words a Go client knows for a signature that does not hold. @see go-jose v2 jwa errors */
export const BAD_SIGNATURE = 'go-jose/go-jose: error in cryptographic primitive';

/**
 * Reads `iss` without believing it: good for choosing who verifies.
 *
 * @returns undefined when the payload is no JSON object or has no string `iss`
 */
export function peekClaims(jws: CompactJWS): UnverifiedClaims | undefined {
  const { iss } = leniently(jws);
  return typeof iss === 'string' ? { unverifiedIssuer: iss } : undefined;
}

/** A token with a key twice is refused, not overlooked: whose it is, its last `iss` says. */
function leniently(jws: CompactJWS): JSONObject {
  const strict = jws.payloadObject();
  if (strict.ok) return strict.value;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(jws.payload));
    return isJSONObject(value) ? value : {};
  } catch {
    return {}; // not JSON: nobody's token
  }
}

/**
 * Turns a payload into claims, if its signature holds. The only source of `VerifiedClaims`.
 *
 * @param signatureHolds the outcome of checking `jws.signature` over `jws.signingInput` with a trusted key
 */
export function claimsOf(jws: CompactJWS, signatureHolds: boolean): ClaimsVerdict {
  if (!signatureHolds) return { ok: false, message: BAD_SIGNATURE };
  const parsed = jws.payloadObject();
  if (parsed.ok) return registeredClaims(parsed.value);
  if (parsed.fault === 'duplicate-key') return { ok: false, message: `json: duplicate key '${parsed.key}' in object` };
  return { ok: false, message: 'the payload is not a JSON object' };
}

function registeredClaims(all: JSONObject): ClaimsVerdict {
  const [iss, sub, jti] = [optionalString(all.iss), optionalString(all.sub), optionalString(all.jti)];
  if (iss === undefined || sub === undefined || jti === undefined) {
    return { ok: false, message: '"iss", "sub" and "jti" must be strings' };
  }
  const aud = audienceList(all.aud);
  if (aud === undefined) {
    return { ok: false, message: 'go-jose/go-jose/jwt: expected string or array value to unmarshal to Audience' };
  }
  const [exp, nbf, iat] = [numericDate(all.exp), numericDate(all.nbf), numericDate(all.iat)];
  if (exp === 'malformed' || nbf === 'malformed' || iat === 'malformed') {
    return { ok: false, message: 'go-jose/go-jose/jwt: expected number value to unmarshal NumericDate' };
  }
  return { ok: true, claims: new Verified({ iss, sub, jti, aud, exp, nbf, iat }, all) };
}

function optionalString(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : undefined;
}

function audienceList(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return undefined;
  return value.every((item) => typeof item === 'string') ? value : undefined;
}

function numericDate(value: unknown): number | undefined | 'malformed' {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : 'malformed';
}

export type TimeVerdict = 'in-time' | 'not-yet-valid' | 'expired' | 'issued-in-the-future';

/**
 * Says whether the clock agrees with `nbf`, `exp` and `iat`, in Kubernetes' order; absent claims bind nothing.
 *
 * @param nowMs epoch milliseconds
 * @param leewaySeconds how far the two clocks may differ; both edges are inclusive
 * @see RFC 7519 §4.1.4–§4.1.6; go-jose v2 jwt/validation.go
 */
export function timeVerdict(
  claims: Pick<VerifiedClaims, 'exp' | 'nbf' | 'iat'>,
  nowMs: number,
  leewaySeconds: number,
): TimeVerdict {
  const leewayMs = leewaySeconds * 1000;
  if (claims.nbf !== undefined && nowMs + leewayMs < claims.nbf * 1000) return 'not-yet-valid';
  if (claims.exp !== undefined && nowMs - leewayMs > claims.exp * 1000) return 'expired';
  if (claims.iat !== undefined && nowMs + leewayMs < claims.iat * 1000) return 'issued-in-the-future';
  return 'in-time';
}

/**
 * The wanted audiences that a token has, in the order wanted, repeats kept.
 *
 * @see kubernetes/apiserver pkg/authentication/authenticator/audiences.go
 */
export function commonAudiences(wanted: readonly string[], token: readonly string[]): readonly string[] {
  return wanted.filter((audience) => token.includes(audience));
}
