/** How long an external signer must sign for, by itself and beside our own settings. Spec service-account-tokens §13. */

/** No token may be asked for that lives shorter, so a signer must allow it. Seconds. */
const MIN_SECONDS = 600;

/** @param maxSeconds what the signer says it signs at most */
export function minExpirationComplaint(maxSeconds: number): string | undefined {
  if (maxSeconds >= MIN_SECONDS) return undefined;
  return `max token life supported by external-jwt-signer (${maxSeconds}s) is less than acceptable (min ${MIN_SECONDS}s)`;
}

/**
 * @param configuredSeconds `--service-account-max-token-expiration`; 0: the signer's
 * @param maxSeconds what the signer says it signs at most
 */
export function maxExpirationComplaint(configuredSeconds: number, maxSeconds: number): string | undefined {
  if (configuredSeconds <= maxSeconds) return undefined;
  return (
    'service-account-max-token-expiration cannot be set longer than the token expiration supported by ' +
    `service-account-signing-endpoint: ${goDuration(configuredSeconds)} > ${goDuration(maxSeconds)}`
  );
}

/** As Go prints a duration of whole seconds: `1h0m0s`. */
function goDuration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
