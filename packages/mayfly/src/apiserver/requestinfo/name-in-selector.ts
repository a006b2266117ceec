/**
 * The object name that a field selector demands, so that RBAC's `resourceNames` can allow a list or watch of one object.
 *
 * Only names: other terms are parsed by whoever needs them. A selector that does not parse names nothing.
 *
 * @see kubernetes/apiserver pkg/endpoints/request/requestinfo.go; kubernetes/apimachinery pkg/fields/selector.go
 */

/** @returns the first `metadata.name=X`, if X can be a path segment; else the empty string */
export function nameInFieldSelector(selector: string | undefined): string {
  if (selector === undefined || !selector.includes('metadata.name')) return '';
  let name: string | undefined;
  for (const term of splitTerms(selector)) {
    const match = TERM.exec(term);
    if (match === null) {
      if (term === '') continue;
      return ''; // the selector as a whole is malformed
    }
    const value = unescapeValue(match[3] ?? '');
    if (value === undefined) return '';
    if (match[1] === 'metadata.name' && match[2] !== '!=') name ??= value;
  }
  return name !== undefined && isPathSegment(name) ? name : '';
}

/** Field, operator, value: the first operator in the term counts. */
const TERM = /^([^=!]*(?:!(?!=)[^=!]*)*)(!=|==|=)(.*)$/s;

/** Splits on commas that no backslash escapes. */
function splitTerms(selector: string): string[] {
  if (!selector.includes('\\')) return selector.split(',');
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < selector.length; i++) {
    if (selector[i] === '\\') i++;
    else if (selector[i] === ',') {
      terms.push(selector.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(selector.slice(start));
  return terms;
}

/** Undefined for an unescaped `=` or `,`, a trailing backslash, or an escape of anything but `\`, `,` and `=`. */
function unescapeValue(value: string): string | undefined {
  if (!/[\\=,]/.test(value)) return value;
  if (!/^(?:[^\\=,]|\\[\\=,])*$/s.test(value)) return undefined;
  return value.replace(/\\([\\=,])/g, '$1');
}

/** @see kubernetes/apimachinery pkg/api/validation/path/name.go */
function isPathSegment(name: string): boolean {
  return name !== '.' && name !== '..' && !name.includes('/') && !name.includes('%');
}
