/**
 * How long a token lives: what was asked, cut to the server's maximum, and for the token a pod mounts by default
 * stretched to a year with a warning date, so that programs which never read their file again keep working.
 *
 * @see kubernetes/kubernetes pkg/registry/core/serviceaccount/storage/token.go; spec service-account-tokens §3.6
 */

/** What the ServiceAccount admission plugin asks for. Odd on purpose: nobody else is likely to. Seconds. */
export const WARN_ONLY_BOUND_TOKEN_SECONDS = 3607;

/** One year. Seconds. */
export const EXTENDED_EXPIRATION_SECONDS = 365 * 24 * 60 * 60;

export interface ExpirationRequest {
  /** Already validated: 600 to 2^32. */
  readonly requestedSeconds: number;
  readonly isBoundToPod: boolean;
  readonly audiences: readonly string[];
}

export interface ExpirationRules {
  readonly apiAudiences: readonly string[];
  /** `--service-account-max-token-expiration` in seconds; 0: none. */
  readonly maxSeconds: number;
  /** `--service-account-extend-token-expiration`. */
  readonly extend: boolean;
  /** What an external signer signs at most, seconds; absent: anything. `maxSeconds` is not more. */
  readonly signerMaxSeconds?: number;
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

/** Applies the maximum first and the extension to what is left of the wish; the extension ignores the maximum. */
export function expirationPlan(request: ExpirationRequest, rules: ExpirationRules): ExpirationPlan {
  const { requestedSeconds } = request;
  const isCut = rules.maxSeconds > 0 && requestedSeconds > rules.maxSeconds;
  const seconds = isCut ? rules.maxSeconds : requestedSeconds;
  const warning = isCut
    ? `requested expiration of ${requestedSeconds} seconds shortened to ${seconds} seconds`
    : undefined;
  if (!mayExtend(seconds, request, rules)) {
    return { reportedSeconds: seconds, tokenSeconds: seconds, warnAfterSeconds: undefined, warning };
  }
  return {
    reportedSeconds: seconds,
    tokenSeconds: Math.min(EXTENDED_EXPIRATION_SECONDS, rules.signerMaxSeconds ?? EXTENDED_EXPIRATION_SECONDS),
    warnAfterSeconds: seconds,
    warning,
  };
}

function mayExtend(seconds: number, request: ExpirationRequest, rules: ExpirationRules): boolean {
  return (
    rules.extend &&
    request.isBoundToPod &&
    seconds === WARN_ONLY_BOUND_TOKEN_SECONDS &&
    request.audiences.every((audience) => rules.apiAudiences.includes(audience))
  );
}
