/** The two modes that look at nothing. @see kubernetes/apiserver pkg/authorization/authorizerfactory/builtin.go */
import type { AuthorizationVerdict, Authorizer, RuleResolver } from './authorizer.ts';

const ALL = ['*'] as const;
const ALLOW: Promise<AuthorizationVerdict> = Promise.resolve({ decision: 'Allow', reason: '' });
const FORBIDDEN: Promise<AuthorizationVerdict> = Promise.resolve({
  decision: 'NoOpinion',
  reason: 'Everything is forbidden.',
});

export const alwaysAllowAuthorizer: Authorizer & RuleResolver = {
  authorize: () => ALLOW,
  rulesFor: () =>
    Promise.resolve({
      resourceRules: [{ verbs: ALL, apiGroups: ALL, resources: ALL, resourceNames: [] }],
      nonResourceRules: [{ verbs: ALL, nonResourceURLs: ALL }],
      incomplete: false,
      errors: [],
    }),
};

export const alwaysDenyAuthorizer: Authorizer & RuleResolver = {
  authorize: () => FORBIDDEN,
  rulesFor: () => Promise.resolve({ resourceRules: [], nonResourceRules: [], incomplete: false, errors: [] }),
};
