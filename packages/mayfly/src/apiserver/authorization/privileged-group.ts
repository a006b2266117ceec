import { MASTERS_GROUP } from '@mayfly/api/user/user';
import type { Attributes, AuthorizationVerdict, Authorizer } from './authorizer.ts';

const ALLOW: Promise<AuthorizationVerdict> = Promise.resolve({ decision: 'Allow', reason: '' });
const NO_OPINION: Promise<AuthorizationVerdict> = Promise.resolve({ decision: 'NoOpinion', reason: '' });

/**
 * Members of `system:masters` may do everything, whatever is configured: the way back in when policy is broken.
 *
 * @see kubernetes/apiserver pkg/authorization/authorizerfactory/builtin.go
 */
export const privilegedGroupAuthorizer: Authorizer = {
  authorize: ({ user }: Attributes) => (user.groups.includes(MASTERS_GROUP) ? ALLOW : NO_OPINION),
};
