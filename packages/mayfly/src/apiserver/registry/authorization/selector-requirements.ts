/**
 * Selectors of a review, as requirements an authorizer can look at.
 *
 * What cannot be used is dropped and noted: the request is then judged as if the term were absent, which can only refuse
 * more.
 *
 * @see kubernetes/kubernetes pkg/registry/authorization/util/helpers.go; spec authorization §4
 */
import type { SelectorAttributes } from '@mayfly/api/authorization/v1/reviews';
import { parseFieldSelector } from '@mayfly/api/fields/selector';
import { parseLabelSelector } from '@mayfly/api/labels/selector';
import type { SelectorRequirement } from '../../authorization/authorizer.ts';

export interface ParsedSelector {
  readonly requirements: readonly SelectorRequirement[];
  /** For `evaluationError`; undefined when every term was kept. */
  readonly note: string | undefined;
}

const NOTHING: ParsedSelector = { requirements: [], note: undefined };
const FIELD = 'spec.resourceAttributes.fieldSelector';
const LABEL = 'spec.resourceAttributes.labelSelector';

/** Fields can only be equal to one value or differ from it. */
export function fieldRequirements(selector: SelectorAttributes | undefined): ParsedSelector {
  if (selector === undefined) return NOTHING;
  if (selector.rawSelector)
    return parsed(FIELD, () => parseFieldSelector(selector.rawSelector ?? '').requirements.map(fieldTerm));
  return kept(selector, FIELD, ({ operator, values }) => isIn(operator) && values.length === 1);
}

export function labelRequirements(selector: SelectorAttributes | undefined): ParsedSelector {
  if (selector === undefined) return NOTHING;
  if (selector.rawSelector)
    return parsed(LABEL, () => parseLabelSelector(selector.rawSelector ?? '').requirements.filter(isKnown));
  return kept(selector, LABEL, ({ operator }) => isKnownOperator(operator));
}

function fieldTerm({
  field,
  operator,
  value,
}: {
  field: string;
  operator: '=' | '!=';
  value: string;
}): SelectorRequirement {
  return { key: field, operator: operator === '=' ? 'In' : 'NotIn', values: [value] };
}

function parsed(path: string, parse: () => readonly SelectorRequirement[]): ParsedSelector {
  try {
    return { requirements: parse(), note: undefined };
  } catch {
    return { requirements: [], note: `${path} ignored due to parse error` };
  }
}

interface Term {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

function kept(selector: SelectorAttributes, path: string, isUsable: (term: Term) => boolean): ParsedSelector {
  const terms: readonly Term[] = (selector.requirements ?? []).map(({ key, operator, values }) => ({
    key,
    operator,
    values: values ?? [],
  }));
  const requirements = terms.filter(isUsable).filter(isKnown);
  if (requirements.length === terms.length) return { requirements, note: undefined };
  const how = requirements.length === 0 ? 'ignored' : 'partially ignored';
  return { requirements, note: `${path} ${how} due to parse error` };
}

function isIn(operator: string): boolean {
  return operator === 'In' || operator === 'NotIn';
}

function isKnownOperator(operator: string): boolean {
  return isIn(operator) || operator === 'Exists' || operator === 'DoesNotExist';
}

function isKnown(term: Term): term is SelectorRequirement {
  return isKnownOperator(term.operator);
}
