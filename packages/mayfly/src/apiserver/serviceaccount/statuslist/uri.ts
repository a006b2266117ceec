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
  return statusListURIFault(base) === undefined ? base : undefined;
}

/** @returns undefined when the flag may be used */
export function statusListURIFault(uri: string): string | undefined {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.protocol === 'https:' && url.search === '' && url.hash === '') return undefined;
  return `service-account-status-list-uri must be an https URL without query and fragment, found: ${uri}`;
}
