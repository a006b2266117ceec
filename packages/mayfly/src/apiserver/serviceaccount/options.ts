/** The start-up rules for issuers, audiences and lifetimes, with the texts operators know. Spec §2.7, §3.6, §12. */
import { goQuote } from '@mayfly/api/validation/field-error';

const HOUR_SECONDS = 3600;
const MAX_SECONDS = 2 ** 32;

/**
 * Checks `--service-account-issuer` values.
 *
 * @returns one text per fault, in flag order; empty when all is well
 */
export function issuerFaults(issuers: readonly string[]): readonly string[] {
  if (issuers.length === 0) return ['service-account-issuer is a required flag'];
  return issuers.flatMap((issuer, index) => {
    if (issuer === '') return ['service-account-issuer should not be an empty string'];
    if (issuers.indexOf(issuer) < index) return [`service-account-issuer ${goQuote(issuer)} is already specified`];
    if (!issuer.includes(':') || URL.canParse(issuer)) return [];
    return [
      `service-account-issuer ${goQuote(issuer)} contained a ':' but was not a valid URL: parse ${goQuote(issuer)}`,
    ];
  });
}

/** API audiences: as configured, else the whole issuer list, so a default token works with old and new issuer alike. */
export function apiAudiencesOf(configured: readonly string[], issuers: readonly string[]): readonly string[] {
  return configured.length > 0 ? configured : issuers;
}

/** Checks `--service-account-max-token-expiration`: 0, or 1 hour to 2^32 seconds. */
export function maxExpirationFault(maxSeconds: number): string | undefined {
  if (maxSeconds === 0 || (maxSeconds >= HOUR_SECONDS && maxSeconds <= MAX_SECONDS)) return undefined;
  return 'the service-account-max-token-expiration must be between 1 hour and 2^32 seconds';
}
