/** Label selectors. @see kubernetes/apimachinery pkg/labels/selector.go; spec kubernetes-wire §13 */

export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'GreaterThan' | 'LessThan';
  readonly values: readonly string[];
}

/** All requirements must hold; none matches everything. */
export interface LabelSelector {
  readonly requirements: readonly LabelRequirement[];
}

export const EVERY_LABEL: LabelSelector = { requirements: [] };
