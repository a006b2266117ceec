/**
 * What one requirement may say: a good key, good values, as many as its operator takes.
 *
 * @see kubernetes/apimachinery pkg/labels/selector.go, NewRequirement
 */
import { type FieldError, goQuoteList, invalid } from '../validation/field-error.ts';
import { labelValue, qualifiedName } from '../validation/names.ts';
import { SelectorError } from './selector-error.ts';

/** Operators as Kubernetes spells them in texts. */
export type ParsedOperator = 'exists' | '!' | 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt';

export interface ParsedRequirement {
  readonly key: string;
  readonly operator: ParsedOperator;
  readonly values: readonly string[];
}

/** @throws SelectorError listing everything wrong: one error bare, several in brackets */
export function validateRequirement({ key, operator, values }: ParsedRequirement): void {
  const errors = [
    ...keyErrors(key, 'key'),
    ...countErrors(operator, values),
    ...values.flatMap((value, index) => valueErrors(key, value, index)),
  ];
  throwAll(errors);
}

/** The parser checks the key before it reads on, under no path, which Go prints as `<nil>`. */
export function validateKey(key: string): void {
  throwAll(keyErrors(key, '<nil>'));
}

function throwAll(errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const texts = [...new Set(errors.map(({ field, body }) => `${field}: ${body}`))];
  throw new SelectorError(texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`);
}

function keyErrors(key: string, field: string): FieldError[] {
  const messages = qualifiedName(key);
  return messages.length === 0 ? [] : [invalid(field, key, messages.join('; '))];
}

function valueErrors(key: string, value: string, index: number): FieldError[] {
  const messages = labelValue(value);
  return messages.length === 0 ? [] : [invalid(`values[${index}][${key}]`, value, messages.join('; '))];
}

function countErrors(operator: ParsedOperator, values: readonly string[]): FieldError[] {
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length > 0 ? [] : [countError(values, "for 'in', 'notin' operators, values set can't be empty")];
    case 'exists':
    case '!':
      return values.length === 0 ? [] : [countError(values, 'values set must be empty for exists and does not exist')];
    case '=':
    case '==':
    case '!=':
      return values.length === 1 ? [] : [countError(values, 'exact-match compatibility requires one single value')];
    case 'gt':
    case 'lt':
      return integerErrors(values);
  }
}

function integerErrors(values: readonly string[]): FieldError[] {
  const errors = values.flatMap((value, index) =>
    parseInt64(value) === undefined
      ? [invalid(`values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer")]
      : [],
  );
  if (values.length === 1) return errors;
  return [countError(values, "for 'Gt', 'Lt' operators, exactly one value is required"), ...errors];
}

function countError(values: readonly string[], detail: string): FieldError {
  return { type: 'FieldValueInvalid', field: 'values', body: `Invalid value: ${goQuoteList(values)}: ${detail}` };
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Go's `strconv.ParseInt(text, 10, 64)`: undefined where it fails. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,64}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= MIN_INT64 && value <= MAX_INT64 ? value : undefined;
}
