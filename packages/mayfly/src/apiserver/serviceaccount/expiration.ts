/**
 * How long a token lives: what was asked, cut to the server's maximum, held against that of its account or namespace, and
 * for the token a pod mounts by default stretched to a year with a warning date, so that programs which never read their
 * file again keep working.
 *
 * @see kubernetes/kubernetes pkg/registry/core/serviceaccount/storage/token.go; spec service-account-tokens §3.6
 */
import type { LifetimeLimit } from './policy.ts';

/** What the ServiceAccount admission plugin asks for. Odd on purpose: nobody else is likely to. Seconds. */
export const WARN_ONLY_BOUND_TOKEN_SECONDS = 3607;

/** One year. Seconds. */
export const EXTENDED_EXPIRATION_SECONDS = 365 * 24 * 60 * 60;

export interface ExpirationRequest {
  /** Already validated: 600 to 2^32. */
  readonly requestedSeconds: number;
  /** False: the caller named no lifetime, and `requestedSeconds` is the default. */
  readonly isWish: boolean;
  readonly isBoundToPod: boolean;
  readonly audiences: readonly string[];
}

export interface ExpirationRules {
  readonly apiAudiences: readonly string[];
  /** `--service-account-max-token-expiration` in seconds; 0: none. */
  readonly maxSeconds: number;
  /** Whether there is a grace period here and now. */
  readonly extend: boolean;
  /** What an external signer signs at most, seconds; absent: anything. `maxSeconds` is not more. */
  readonly signerMaxSeconds?: number;
  /** Of the account or its namespace; undefined: none. */
  readonly limit: LifetimeLimit | undefined;
}

/**
 * The limits where an external signer signs: its own, unless the operator's is shorter.
 *
 * @param maxSeconds `--service-account-max-token-expiration`; 0: not set
 */
export function signerLimits(
  maxSeconds: number,
  { maxSeconds: signerMaxSeconds }: { readonly maxSeconds: number },
): Pick<ExpirationRules, 'maxSeconds' | 'signerMaxSeconds'> {
  return { maxSeconds: maxSeconds === 0 ? signerMaxSeconds : maxSeconds, signerMaxSeconds };
}

export interface ExpirationPlan {
  /** What the response says. */
  readonly reportedSeconds: number;
  /** What the token gets. */
  readonly tokenSeconds: number;
  /** Seconds after issue from which the token's use counts as stale; undefined when not extended. */
  readonly warnAfterSeconds: number | undefined;
  readonly warning: string | undefined;
}

export type ExpirationVerdict =
  | { readonly outcome: 'granted'; readonly plan: ExpirationPlan }
  | { readonly outcome: 'refused'; readonly message: string };

/**
 * Applies the server's maximum first, then the account's, and the extension to what is left of the wish.
 *
 * The extension ignores the server's maximum, as upstream's does, and keeps to the account's: a limit that a year-long
 * token slips under is none.
 */
export function expirationVerdict(request: ExpirationRequest, rules: ExpirationRules): ExpirationVerdict {
  const { requestedSeconds } = request;
  const { limit } = rules;
  const allowed = rules.maxSeconds > 0 ? Math.min(requestedSeconds, rules.maxSeconds) : requestedSeconds;
  if (limit === undefined || allowed <= limit.maxSeconds) {
    return granted(planOf(allowed, request, rules, cutText(requestedSeconds, allowed)));
  }
  if (!mayBeCut(request)) {
    const message = `a lifetime of ${allowed} seconds is more than the ${limit.maxSeconds} that ${limit.setBy} allows`;
    return { outcome: 'refused', message };
  }
  const warning = `${cutText(requestedSeconds, limit.maxSeconds)} by ${limit.setBy}`;
  return granted(planOf(limit.maxSeconds, request, rules, warning));
}

/**
 * A pod's volume cannot ask for something else, nobody reads a refusal there, and whoever fills it renews the token by
 * the expiry in the answer: it is cut. So is the lifetime nobody asked for. Anyone else is better told now than cut off
 * later.
 */
function mayBeCut({ isBoundToPod, isWish }: ExpirationRequest): boolean {
  return isBoundToPod || !isWish;
}

function cutText(requested: number, given: number): string | undefined {
  return given < requested ? `requested expiration of ${requested} seconds shortened to ${given} seconds` : undefined;
}

function granted(plan: ExpirationPlan): ExpirationVerdict {
  return { outcome: 'granted', plan };
}

function planOf(
  seconds: number,
  request: ExpirationRequest,
  rules: ExpirationRules,
  warning: string | undefined,
): ExpirationPlan {
  const extendedSeconds = Math.min(
    EXTENDED_EXPIRATION_SECONDS,
    rules.signerMaxSeconds ?? Number.POSITIVE_INFINITY,
    rules.limit?.maxSeconds ?? Number.POSITIVE_INFINITY,
  );
  if (!mayExtend(seconds, request, rules) || extendedSeconds <= seconds) {
    return { reportedSeconds: seconds, tokenSeconds: seconds, warnAfterSeconds: undefined, warning };
  }
  return { reportedSeconds: seconds, tokenSeconds: extendedSeconds, warnAfterSeconds: seconds, warning };
}

function mayExtend(seconds: number, request: ExpirationRequest, rules: ExpirationRules): boolean {
  return (
    rules.extend &&
    request.isBoundToPod &&
    seconds === WARN_ONLY_BOUND_TOKEN_SECONDS &&
    request.audiences.every((audience) => rules.apiAudiences.includes(audience))
  );
}
