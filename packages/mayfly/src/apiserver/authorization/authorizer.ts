/**
 * May this user do this? Allow, Deny or no opinion; no opinion of all is a refusal.
 *
 * @see kubernetes/apiserver pkg/authorization/authorizer/interfaces.go; spec authorization §1–§2
 */
import type { UserInfo } from '@mayfly/api/user/user';
import type { Awaitable } from '../../awaitable.ts';

/** One term of a field selector. Several values arise only in reviews. */
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

export interface Attributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly isResourceRequest: boolean;
  /** URL path of a non-resource request. */
  readonly path: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Terms that could be parsed; the Node authorizer and webhooks look at them. */
  readonly fieldRequirements: readonly SelectorRequirement[];
  readonly labelRequirements: readonly SelectorRequirement[];
}

export interface AuthorizationVerdict {
  readonly decision: 'Allow' | 'Deny' | 'NoOpinion';
  /** Told to the caller in a 403 and to audit; may be empty. */
  readonly reason: string;
  /** What went wrong while judging; with a final refusal it makes a 500. */
  readonly error?: string;
}

export interface Authorizer {
  authorize(attributes: Attributes): Awaitable<AuthorizationVerdict>;
}

export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

export interface NonResourceRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** Answers SelfSubjectRulesReview. */
export interface RuleResolver {
  rulesFor(
    user: UserInfo,
    namespace: string,
  ): Promise<{
    resourceRules: readonly ResourceRule[];
    nonResourceRules: readonly NonResourceRule[];
    incomplete: boolean;
    errors: readonly string[];
  }>;
}
