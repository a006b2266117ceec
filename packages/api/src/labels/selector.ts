/**
 * Label selectors: `app=web,tier in (a, b),!canary`.
 *
 * @see kubernetes/apimachinery pkg/labels/selector.go; spec kubernetes-wire §13
 */
import { parseRequirements } from './parser.ts';
import { type ParsedOperator, parseInt64, validateRequirement } from './requirement.ts';
import { SelectorError } from './selector-error.ts';

export { SelectorError } from './selector-error.ts';

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

/** Contradicts itself, so it holds for no object: what an absent `metav1.LabelSelector` means. */
export const NO_LABEL: LabelSelector = {
  requirements: [
    { key: 'none', operator: 'Exists', values: [] },
    { key: 'none', operator: 'DoesNotExist', values: [] },
  ],
};

/** The structure of the same meaning inside objects. An undefined one selects nothing, an empty one everything. */
export interface LabelSelectorObject {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

/**
 * Reads a `labelSelector` parameter. Requirements come sorted by key, values sorted and without doubles.
 *
 * @param text untrusted; empty selects everything
 * @throws SelectorError with Kubernetes' text, such as `unable to parse requirement: found ',', expected: identifier`
 */
export function parseLabelSelector(text: string): LabelSelector {
  if (text === '') return EVERY_LABEL;
  const requirements = parseRequirements(text).map(({ key, operator, values }) => ({
    key,
    operator: OPERATORS[operator],
    values,
  }));
  return { requirements: requirements.sort((a, b) => compare(a.key, b.key)) };
}

/** What the parser's operators mean: equality is membership in a set of one. */
const OPERATORS: Readonly<Record<ParsedOperator, LabelRequirement['operator']>> = {
  exists: 'Exists',
  '!': 'DoesNotExist',
  in: 'In',
  '=': 'In',
  '==': 'In',
  notin: 'NotIn',
  '!=': 'NotIn',
  gt: 'GreaterThan',
  lt: 'LessThan',
};

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether all requirements hold. `NotIn` also holds for an object without the key. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>> | undefined): boolean {
  for (const requirement of selector.requirements) {
    const value = labels !== undefined && Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
    if (!holds(requirement, value)) return false;
  }
  return true;
}

function holds({ operator, values }: LabelRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'GreaterThan':
    case 'LessThan':
      return value !== undefined && isOrdered(operator, value, values[0]);
  }
}

function isOrdered(operator: 'GreaterThan' | 'LessThan', value: string, bound: string | undefined): boolean {
  const left = parseInt64(value);
  const right = bound === undefined ? undefined : parseInt64(bound);
  if (left === undefined || right === undefined) return false;
  return operator === 'GreaterThan' ? left > right : left < right;
}

/**
 * The selector of a `metav1.LabelSelector` inside an object.
 *
 * @param selector decoded but not validated
 * @throws SelectorError for an unknown operator, a bad key or value, or values where none may be
 * @see kubernetes/apimachinery pkg/apis/meta/v1/helpers.go, LabelSelectorAsSelector
 */
export function labelSelectorFrom(selector: LabelSelectorObject | undefined): LabelSelector {
  if (selector === undefined) return NO_LABEL;
  const requirements = [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => checked(key, 'In', [value])),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }) =>
      checked(key, expressionOperator(operator), values ?? []),
    ),
  ];
  return { requirements };
}

function expressionOperator(operator: string): 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' {
  if (operator === 'In' || operator === 'NotIn' || operator === 'Exists' || operator === 'DoesNotExist')
    return operator;
  throw new SelectorError(`"${operator}" is not a valid label selector operator`);
}

const PARSED_OPERATORS = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const;

function checked(key: string, operator: keyof typeof PARSED_OPERATORS, values: readonly string[]): LabelRequirement {
  validateRequirement({ key, operator: PARSED_OPERATORS[operator], values });
  return { key, operator, values };
}
