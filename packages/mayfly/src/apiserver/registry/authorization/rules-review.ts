/**
 * SelfSubjectRulesReview: everything the caller may do in a namespace, as far as the authorizers can tell.
 *
 * @see kubernetes/kubernetes pkg/registry/authorization/selfsubjectrulesreview/rest.go; spec authorization §4
 */
import type { NonResourceRule, ResourceRule, SelfSubjectRulesReview } from '@mayfly/api/authorization/v1/reviews';
import { badRequestError } from '@mayfly/api/meta/v1/status-error';
import { aggregateText } from '../../authorization/aggregate.ts';
import type * as held from '../../authorization/authorizer.ts';
import type { ResourceStorage } from '../rest.ts';
import { reviewDefinition } from './definitions.ts';

export function newSelfSubjectRulesReviewStorage(resolver: held.RuleResolver): ResourceStorage {
  const definition = reviewDefinition('SelfSubjectRulesReview', false);
  return {
    definition,
    async create(context, object, options) {
      const review = object as SelfSubjectRulesReview;
      const namespace = review.spec?.namespace ?? '';
      if (namespace === '') throw badRequestError('no namespace on request');
      await options.validate(object);
      const { resourceRules, nonResourceRules, incomplete, errors } = await resolver.rulesFor(context.user, namespace);
      const answer: SelfSubjectRulesReview = {
        ...review,
        spec: {},
        status: {
          resourceRules: resourceRules.map(resourceRule),
          nonResourceRules: nonResourceRules.map(nonResourceRule),
          incomplete,
          ...(errors.length > 0 && { evaluationError: aggregateText(errors) }),
        },
      };
      return answer;
    },
  };
}

function resourceRule({ verbs, apiGroups, resources, resourceNames }: held.ResourceRule): ResourceRule {
  return {
    verbs: [...verbs],
    ...(apiGroups.length > 0 && { apiGroups: [...apiGroups] }),
    ...(resources.length > 0 && { resources: [...resources] }),
    ...(resourceNames.length > 0 && { resourceNames: [...resourceNames] }),
  };
}

function nonResourceRule({ verbs, nonResourceURLs }: held.NonResourceRule): NonResourceRule {
  return { verbs: [...verbs], ...(nonResourceURLs.length > 0 && { nonResourceURLs: [...nonResourceURLs] }) };
}
