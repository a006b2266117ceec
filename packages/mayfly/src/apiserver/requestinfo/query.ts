/** The three query parameters that authorization knows of: first value of each, as Go's `url.Values` would read them. */
export interface CollectionQuery {
  readonly watch: boolean;
  readonly fieldSelector: string | undefined;
  readonly labelSelector: string | undefined;
}

export const NO_QUERY: CollectionQuery = { watch: false, fieldSelector: undefined, labelSelector: undefined };

/** @param query untrusted text behind the `?`; pairs that do not decode are skipped, as Go's parser does */
export function parseCollectionQuery(query: string): CollectionQuery {
  if (query === '') return NO_QUERY;
  let watch: string | undefined;
  let fieldSelector: string | undefined;
  let labelSelector: string | undefined;
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const key = decodeComponent(equals < 0 ? pair : pair.slice(0, equals));
    if (key !== 'watch' && key !== 'fieldSelector' && key !== 'labelSelector') continue;
    const value = pair.includes(';') ? undefined : decodeComponent(equals < 0 ? '' : pair.slice(equals + 1));
    if (key === 'watch') watch ??= value;
    else if (key === 'fieldSelector') fieldSelector ??= value;
    else labelSelector ??= value;
  }
  return { watch: isTruthy(watch), fieldSelector, labelSelector };
}

/** Go's form decoding; undefined when an escape is broken. */
function decodeComponent(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** A present but empty value counts as true. @see kubernetes/apimachinery pkg/runtime/converter.go */
function isTruthy(value: string | undefined): boolean {
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}
