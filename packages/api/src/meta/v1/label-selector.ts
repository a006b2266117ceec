/** LabelSelector as a field of an object. @see kubernetes/apimachinery pkg/apis/meta/v1/validation/validation.go */
import { type FieldError, forbidden, invalid, required } from '../../validation/field-error.ts';
import { labelValue, qualifiedName } from '../../validation/names.ts';
import { validateLabels } from './validation.ts';

export interface LabelSelectorRequirementSpec {
  key: string;
  operator: string;
  values?: string[];
}

export interface LabelSelectorSpec {
  matchLabels?: Record<string, string>;
  matchExpressions?: LabelSelectorRequirementSpec[];
}

/** @param field   path of the selector */
export function validateLabelSelector(selector: LabelSelectorSpec, field: string): FieldError[] {
  const expressions = selector.matchExpressions ?? [];
  return [
    ...validateLabels(selector.matchLabels, `${field}.matchLabels`),
    ...expressions.flatMap((expression, index) => requirementErrors(expression, `${field}.matchExpressions[${index}]`)),
  ];
}

function requirementErrors({ key, operator, values = [] }: LabelSelectorRequirementSpec, field: string): FieldError[] {
  return [
    ...operatorErrors(operator, values, field),
    ...qualifiedName(key ?? '').map((text) => invalid(`${field}.key`, key ?? '', text)),
    ...values.flatMap((value, index) =>
      labelValue(value).map((text) => invalid(`${field}.values[${index}]`, value, text)),
    ),
  ];
}

function operatorErrors(operator: string, values: readonly string[], field: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length > 0) return [];
      return [required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return [];
      return [forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator')];
  }
}
