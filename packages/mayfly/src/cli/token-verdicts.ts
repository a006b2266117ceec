/**
 * What can be said of a token without its issuer: header, claims, and a verdict for each check (pure).
 *
 * Unverified claims are shown to a person here and decide nothing.
 */
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import { JWS_ALGORITHMS } from '@mayfly/sdk/verify/verifier';
import { CommandError } from './failure.ts';

export interface Check {
  readonly check: string;
  readonly verdict: 'ok' | 'fails' | 'warning' | 'unknown';
  readonly detail: string;
}

export interface InspectedToken {
  readonly header: { readonly alg: string; readonly kid: string; readonly typ: string };
  readonly claims: Readonly<Record<string, unknown>>;
  readonly checks: readonly Check[];
}

const ALGORITHMS: ReadonlySet<string> = new Set(JWS_ALGORITHMS);

/** @throws CommandError when the text is no JWT; the message holds nothing of it */
export function inspect(token: string, nowMs: number): InspectedToken {
  const parsed = parseCompactJWS(token);
  if (!parsed.ok) throw new CommandError(`this is not a JWT (${parsed.fault}); bound service account tokens are`);
  const { alg, kid, typ } = parsed.jws.header;
  const claims = parseClaims(parsed.jws.payload);
  const nowSeconds = Math.floor(nowMs / 1000);
  const checks = [
    algorithmCheck(alg),
    expiryCheck(claims, nowSeconds),
    notBeforeCheck(claims, nowSeconds),
    audienceCheck(claims),
    boundCheck(claims),
  ];
  return { header: { alg, kid, typ }, claims, checks };
}

function parseClaims(payload: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Falls to the same message: where it broke is of no use and may quote a claim.
  }
  throw new CommandError('the payload of this JWT is not a JSON object');
}

function algorithmCheck(alg: string): Check {
  if (ALGORITHMS.has(alg)) return { check: 'algorithm', verdict: 'ok', detail: alg };
  return { check: 'algorithm', verdict: 'fails', detail: `"${alg}" is not accepted for service account tokens` };
}

function expiryCheck({ exp }: InspectedToken['claims'], now: number): Check {
  if (typeof exp !== 'number')
    return { check: 'expiry', verdict: 'warning', detail: 'no "exp": this token never ends' };
  if (exp <= now) return { check: 'expiry', verdict: 'fails', detail: `"exp" passed ${now - exp} s ago` };
  return { check: 'expiry', verdict: 'ok', detail: `ends in ${Math.floor(exp - now)} s` };
}

function notBeforeCheck({ nbf }: InspectedToken['claims'], now: number): Check {
  if (typeof nbf === 'number' && nbf > now)
    return { check: 'not before', verdict: 'fails', detail: `begins in ${nbf - now} s` };
  return {
    check: 'not before',
    verdict: 'ok',
    detail: typeof nbf === 'number' ? `began ${now - nbf} s ago` : 'no "nbf"',
  };
}

function audienceCheck({ aud }: InspectedToken['claims']): Check {
  const audiences = Array.isArray(aud) ? aud : aud === undefined ? [] : [aud];
  if (audiences.length > 0)
    return { check: 'audience', verdict: 'ok', detail: `for ${audiences.map(String).join(', ')} only` };
  return { check: 'audience', verdict: 'warning', detail: 'no "aud": anybody who receives it can use it anywhere' };
}

function boundCheck(claims: InspectedToken['claims']): Check {
  const kubernetes = (claims['kubernetes.io'] ?? {}) as Record<string, { name?: unknown; uid?: unknown } | undefined>;
  for (const kind of ['pod', 'secret', 'node']) {
    const object = kubernetes[kind];
    if (object !== undefined)
      return {
        check: 'bound object',
        verdict: 'unknown',
        detail: `${kind} ${String(object.name)}, uid ${String(object.uid)}; ask a review whether it is still there`,
      };
  }
  if (kubernetes.serviceaccount === undefined)
    return { check: 'bound object', verdict: 'warning', detail: 'not bound to anything' };
  return {
    check: 'bound object',
    verdict: 'unknown',
    detail: 'the service account only; ask a review whether it is still there',
  };
}
