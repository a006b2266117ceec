/** Where the token status lists are published. Every server over a store says the same, or tokens would name others' lists. */

export const STATUS_LISTS_PATH = '/openid/v1/token-status-lists';

/**
 * The address below which the lists are.
 *
 * @param setting   `--service-account-status-list-uri`; empty: at the issuer
 * @param issuer   the first one
 * @returns undefined when relying parties could not reach it: only https is fetched
 */
export function statusListBase(setting: string, issuer: string): string | undefined {
  const base = setting === '' ? `${issuer.replace(/\/$/, '')}${STATUS_LISTS_PATH}` : setting.replace(/\/$/, '');
  return URL.canParse(base) && /^https:\/\/[^?#]+$/.test(base) ? base : undefined;
}
