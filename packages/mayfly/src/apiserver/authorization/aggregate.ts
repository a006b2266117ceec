/**
 * Several errors as one text, as Kubernetes prints an aggregate: one bare, several distinct as `[a, b]`.
 *
 * @see kubernetes/apimachinery pkg/util/errors/errors.go
 */
export function aggregateText(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
}
