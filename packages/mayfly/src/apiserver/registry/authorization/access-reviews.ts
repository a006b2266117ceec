/**
 * SubjectAccessReview, LocalSubjectAccessReview, SelfSubjectAccessReview: may this user do this?
 *
 * The submitted object comes back with its status. The Self kind asks about the caller, impersonated identity included.
 *
 * @see kubernetes/kubernetes pkg/registry/authorization/{subjectaccessreview,localsubjectaccessreview,selfsubjectaccessreview}/rest.go
 */
import type { SelfSubjectAccessReview, SubjectAccessReview } from '@mayfly/api/authorization/v1/reviews';
import {
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
} from '@mayfly/api/authorization/v1/validation';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError, invalidError } from '@mayfly/api/meta/v1/status-error';
import type { FieldError } from '@mayfly/api/validation/field-error';
import type { Authorizer } from '../../authorization/authorizer.ts';
import type { RequestContext, ResourceStorage } from '../rest.ts';
import { REVIEW_KIND, reviewDefinition } from './definitions.ts';
import { reviewedUser, reviewStatus } from './review.ts';

export function newSubjectAccessReviewStorage(authorizer: Authorizer): ResourceStorage {
  const definition = reviewDefinition('SubjectAccessReview', false);
  return {
    definition,
    async create(_context, object, options) {
      const review = object as SubjectAccessReview;
      refuseInvalid(definition.kind, validateSubjectAccessReview(review));
      await options.validate(object);
      return { ...review, status: await reviewStatus(review.spec, reviewedUser(review.spec), authorizer) };
    },
  };
}

export function newLocalSubjectAccessReviewStorage(authorizer: Authorizer): ResourceStorage {
  const definition = reviewDefinition('LocalSubjectAccessReview', true);
  return {
    definition,
    async create(context, object, options) {
      const review = inNamespace(object, context) as SubjectAccessReview;
      refuseInvalid(definition.kind, validateLocalSubjectAccessReview(review));
      await options.validate(review);
      return { ...review, status: await reviewStatus(review.spec, reviewedUser(review.spec), authorizer) };
    },
  };
}

export function newSelfSubjectAccessReviewStorage(authorizer: Authorizer): ResourceStorage {
  const definition = reviewDefinition('SelfSubjectAccessReview', false);
  return {
    definition,
    async create(context, object, options) {
      const review = object as SelfSubjectAccessReview;
      refuseInvalid(definition.kind, validateSelfSubjectAccessReview(review));
      await options.validate(object);
      return { ...review, status: await reviewStatus(review.spec, context.user, authorizer) };
    },
  };
}

function refuseInvalid(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidError(REVIEW_KIND(kind), '', errors);
}

/** The URL's namespace counts; a body may only repeat it. */
function inNamespace(object: KubernetesObject, { namespace }: RequestContext): KubernetesObject {
  const given = object.metadata?.namespace ?? '';
  if (given !== '' && given !== namespace)
    throw badRequestError('the namespace of the provided object does not match the namespace sent on the request');
  return { ...object, metadata: { ...object.metadata, namespace } };
}
