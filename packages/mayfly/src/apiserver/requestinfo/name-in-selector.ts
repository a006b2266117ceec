import { parseFieldSelector } from '@mayfly/api/fields/selector';
import { pathSegment } from '@mayfly/api/validation/names';

/**
 * The object name that a field selector demands, so that RBAC's `resourceNames` can allow a list or watch of one object.
 *
 * A selector that does not parse names nothing here; the handler answers 400 for it.
 *
 * @returns the first `metadata.name=X`, if X can be a path segment; else the empty string
 * @see kubernetes/apiserver pkg/endpoints/request/requestinfo.go
 */
export function nameInFieldSelector(selector: string | undefined): string {
  if (selector === undefined || !selector.includes('metadata.name')) return '';
  const name = exactName(selector);
  return name !== undefined && pathSegment(name).length === 0 ? name : '';
}

function exactName(selector: string): string | undefined {
  try {
    const { requirements } = parseFieldSelector(selector);
    return requirements.find(({ field, operator }) => field === 'metadata.name' && operator === '=')?.value;
  } catch {
    return undefined; // no terms, no name: the request is judged as one for every object
  }
}
