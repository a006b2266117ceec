/**
 * The chain: the first Allow or Deny ends it; no opinion of all is a refusal.
 *
 * @see kubernetes/apiserver pkg/authorization/union/union.go; spec authorization §2
 */
import type { UserInfo } from '@mayfly/api/user/user';
import { aggregateText } from './aggregate.ts';
import type {
  Attributes,
  AuthorizationVerdict,
  Authorizer,
  NonResourceRule,
  ResourceRule,
  RuleResolver,
} from './authorizer.ts';

/** Asks each in order. Reasons of those without an opinion are joined by a newline, their errors aggregated. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return { authorize: (attributes) => walk(authorizers, attributes) };
}

async function walk(authorizers: readonly Authorizer[], attributes: Attributes): Promise<AuthorizationVerdict> {
  const reasons: string[] = [];
  const errors: string[] = [];
  for (const authorizer of authorizers) {
    const verdict = await authorizer.authorize(attributes);
    if (verdict.decision !== 'NoOpinion') return verdict;
    if (verdict.reason !== '') reasons.push(verdict.reason);
    if (verdict.error !== undefined) errors.push(verdict.error);
  }
  const reason = reasons.join('\n');
  return errors.length === 0
    ? { decision: 'NoOpinion', reason }
    : { decision: 'NoOpinion', reason, error: aggregateText(errors) };
}

/** Lists of all resolvers concatenated; incomplete if one is. */
export function unionRuleResolver(resolvers: readonly RuleResolver[]): RuleResolver {
  return { rulesFor: (user, namespace) => collect(resolvers, user, namespace) };
}

async function collect(
  resolvers: readonly RuleResolver[],
  user: UserInfo,
  namespace: string,
): ReturnType<RuleResolver['rulesFor']> {
  const resourceRules: ResourceRule[] = [];
  const nonResourceRules: NonResourceRule[] = [];
  const errors: string[] = [];
  let incomplete = false;
  for (const resolver of resolvers) {
    const answer = await resolver.rulesFor(user, namespace);
    resourceRules.push(...answer.resourceRules);
    nonResourceRules.push(...answer.nonResourceRules);
    errors.push(...answer.errors);
    incomplete ||= answer.incomplete;
  }
  return { resourceRules, nonResourceRules, incomplete, errors };
}
