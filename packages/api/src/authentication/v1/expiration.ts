/** How long a service account token may live: one rule for TokenRequest and for projected volumes. */
import { type FieldError, invalid } from '../../validation/field-error.ts';

export const DEFAULT_EXPIRATION_SECONDS = 3600;
export const MIN_EXPIRATION_SECONDS = 600;
export const MAX_EXPIRATION_SECONDS = 2 ** 32;

/** @param field   path of the value @see spec service-account-tokens §3.4 */
export function validateExpirationSeconds(seconds: number, field: string): FieldError[] {
  if (seconds < MIN_EXPIRATION_SECONDS)
    return [invalid(field, seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > MAX_EXPIRATION_SECONDS)
    return [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
}
