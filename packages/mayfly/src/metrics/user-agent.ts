/**
 * The program behind a User-Agent header, as little as tells which one to mend: `kubectl/1.30` of
 * `kubectl/v1.30.4 (linux/amd64) kubernetes/a51b3b7`.
 *
 * Patch versions and platforms go, so that a rollout does not double the series; control characters go, since the text ends
 * up in tables and metrics.
 */
const PRODUCT = /^([^()/]{1,256})(?:\/v?(\d{1,6}(?:\.\d{1,6})?))?/;
const MAX_NAME = 48;

/** @param userAgent untrusted @returns `NAME` or `NAME/MAJOR.MINOR`; `unknown` when there is no name */
export function productOf(userAgent: string): string {
  const [, product = '', version] = PRODUCT.exec(userAgent) ?? [];
  const name = product
    .replaceAll(/[^\w .+:@-]/gu, '')
    .trim()
    .slice(0, MAX_NAME);
  if (name === '') return 'unknown';
  return version === undefined ? name : `${name}/${version}`;
}
