/** Field selectors. @see kubernetes/apimachinery pkg/fields/selector.go; spec kubernetes-wire §13 */

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** All requirements must hold; none matches everything. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
}

export const EVERY_FIELD: FieldSelector = { requirements: [] };
