/**
 * SelfSubjectReview: tells a caller who the server takes it for, after impersonation.
 *
 * @see kubernetes/kubernetes pkg/registry/authentication/selfsubjectreview/rest.go; spec service-account-tokens §6
 */
import type { SelfSubjectReview } from '@mayfly/api/authentication/v1/self-subject-review';
import { formatTime } from '@mayfly/api/meta/v1/time';
import type { Clock } from '../../../clock/clock.ts';
import type { ResourceDefinition, ResourceStorage } from '../rest.ts';
import { wireUserOf } from './wire-user.ts';

const definition: ResourceDefinition = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'selfsubjectreviews',
  singular: 'selfsubjectreview',
  kind: 'SelfSubjectReview',
  namespaced: false,
  verbs: ['create'],
  schema: 'authentication/v1.SelfSubjectReview',
};

export function newSelfSubjectReviewStorage({ clock }: { clock: Clock }): ResourceStorage {
  return {
    definition,
    async create(context, object, options) {
      await options.validate(object);
      const review: SelfSubjectReview = {
        kind: 'SelfSubjectReview',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { creationTimestamp: formatTime(clock.nowMs()) },
        status: { userInfo: wireUserOf(context.user) },
      };
      return review;
    },
  };
}
