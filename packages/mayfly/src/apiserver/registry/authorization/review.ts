/** From the spec of a review to the question, and from the verdict to its status. @see spec authorization §4 */
import type {
  SelfSubjectAccessReviewSpec,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from '@mayfly/api/authorization/v1/reviews';
import type { UserInfo } from '@mayfly/api/user/user';
import type { Attributes, Authorizer } from '../../authorization/authorizer.ts';
import { fieldRequirements, labelRequirements, type ParsedSelector } from './selector-requirements.ts';

/** The user a review asks about: exactly what was given, no implied groups. */
export function reviewedUser({ user = '', groups = [], uid = '', extra = {} }: SubjectAccessReviewSpec): UserInfo {
  return { name: user, uid, groups, extra };
}

/** Judges a validated spec as `user`. An authorizer's error becomes part of the answer, never a 500. */
export async function reviewStatus(
  spec: SelfSubjectAccessReviewSpec,
  user: UserInfo,
  authorizer: Authorizer,
): Promise<SubjectAccessReviewStatus> {
  const fields = fieldRequirements(spec.resourceAttributes?.fieldSelector);
  const labels = labelRequirements(spec.resourceAttributes?.labelSelector);
  const { decision, reason, error } = await authorizer.authorize(attributesOfReview(spec, user, fields, labels));
  const problems = [error, fields.note, labels.note].filter((text) => text !== undefined && text !== '');
  return {
    allowed: decision === 'Allow',
    ...(decision === 'Deny' && { denied: true }),
    ...(reason !== '' && { reason }),
    ...(problems.length > 0 && { evaluationError: problems.join('; ') }),
  };
}

function attributesOfReview(
  { resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec,
  user: UserInfo,
  fields: ParsedSelector,
  labels: ParsedSelector,
): Attributes {
  const {
    verb = '',
    group = '',
    version = '',
    namespace = '',
    resource = '',
    subresource = '',
    name = '',
  } = resourceAttributes ?? {};
  return {
    user,
    isResourceRequest: resourceAttributes !== undefined,
    verb: nonResourceAttributes?.verb ?? verb,
    path: nonResourceAttributes?.path ?? '',
    apiGroup: group,
    apiVersion: resourceAttributes === undefined ? '' : version || '*',
    namespace,
    resource,
    subresource,
    name,
    fieldRequirements: fields.requirements,
    labelRequirements: labels.requirements,
  };
}
