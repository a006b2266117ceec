/**
 * Validation of access reviews.
 *
 * @see kubernetes/kubernetes pkg/apis/authorization/validation/validation.go; spec authorization §4
 */
import type { ObjectMeta } from '../../meta/v1/object-meta.ts';
import { type FieldError, forbidden, invalid, required } from '../../validation/field-error.ts';
import type {
  LocalSubjectAccessReview,
  SelectorAttributes,
  SelectorRequirement,
  SelfSubjectAccessReview,
  SelfSubjectAccessReviewSpec,
  SubjectAccessReview,
} from './reviews.ts';

export function validateSubjectAccessReview(review: SubjectAccessReview): FieldError[] {
  return [...attributesErrors(review.spec), ...subjectErrors(review), ...metadataErrors(review.metadata, false)];
}

export function validateSelfSubjectAccessReview(review: SelfSubjectAccessReview): FieldError[] {
  return [...attributesErrors(review.spec), ...metadataErrors(review.metadata, false)];
}

/** `metadata.namespace` is already that of the URL. */
export function validateLocalSubjectAccessReview(review: LocalSubjectAccessReview): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  const errors = [...attributesErrors(review.spec), ...subjectErrors(review), ...metadataErrors(review.metadata, true)];
  const namespace = resourceAttributes?.namespace ?? '';
  if (resourceAttributes && namespace !== (review.metadata?.namespace ?? '')) {
    errors.push(invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'));
  }
  if (nonResourceAttributes) {
    const text = 'disallowed on this kind of request';
    errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, text));
  }
  return errors;
}

function attributesErrors(spec: SelfSubjectAccessReviewSpec | undefined): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec ?? {};
  const errors: FieldError[] = [];
  if (resourceAttributes && nonResourceAttributes) {
    const text = 'cannot be specified in combination with resourceAttributes';
    errors.push(invalid('spec.nonResourceAttributes', nonResourceAttributes, text));
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    const text = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalid('spec.resourceAttributes', null, text));
  }
  for (const key of ['fieldSelector', 'labelSelector'] as const) {
    const selector = resourceAttributes?.[key];
    if (selector) errors.push(...selectorErrors(selector, `spec.resourceAttributes.${key}`));
  }
  return errors;
}

function subjectErrors({ spec }: SubjectAccessReview): FieldError[] {
  if (spec?.user || (spec?.groups ?? []).length > 0) return [];
  return [invalid('spec.user', spec?.user ?? '', 'at least one of user or group must be specified')];
}

/** Everything but managedFields must be absent, and for a local review the namespace. */
function metadataErrors(meta: ObjectMeta = {}, local: boolean): FieldError[] {
  const allowed = new Set(local ? ['managedFields', 'namespace'] : ['managedFields']);
  const filled = Object.entries(meta).some(([key, value]) => !allowed.has(key) && !isZero(value));
  if (!filled) return [];
  return [invalid('metadata', meta, local ? 'must be empty except for namespace' : 'must be empty')];
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function selectorErrors({ rawSelector = '', requirements = [] }: SelectorAttributes, field: string): FieldError[] {
  if (rawSelector !== '' && requirements.length > 0) {
    return [invalid(`${field}.rawSelector`, rawSelector, 'may not specified at the same time as requirements')];
  }
  if (rawSelector === '' && requirements.length === 0) {
    return [required(`${field}.requirements`, `when ${field} is specified, requirements or rawSelector is required`)];
  }
  return requirements.flatMap((requirement, index) =>
    requirementErrors(requirement, `${field}.requirements[${index}]`),
  );
}

/** Unknown operators pass here and are dropped later: that can only widen what must be allowed. */
function requirementErrors({ key, operator, values = [] }: SelectorRequirement, field: string): FieldError[] {
  const errors = key ? [] : [required(`${field}.key`, 'must be specified')];
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
    errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  }
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    errors.push(forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  }
  return errors;
}
