/**
 * Adds `system:authenticated` to whoever proved an identity.
 *
 * @see kubernetes/apiserver pkg/authentication/group/authenticated_group_adder.go; spec authentication §18
 */
import { ANONYMOUS_USER, AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP, type UserInfo } from '@mayfly/api/user/user';
import { type Awaitable, whenThere } from '../../../awaitable.ts';
import type { Authentication, RequestAuthenticator, TokenAuthenticator } from '../authenticator.ts';

/** Appends the group last, unless the user is anonymous or already carries one of the two groups. */
export function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.name === ANONYMOUS_USER) return user;
  if (user.groups.includes(AUTHENTICATED_GROUP) || user.groups.includes(UNAUTHENTICATED_GROUP)) return user;
  return { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] };
}

export function addingAuthenticatedGroup(inner: RequestAuthenticator): RequestAuthenticator {
  return { authenticateRequest: (request) => completed(inner.authenticateRequest(request)) };
}

/** The same below the token cache, so that a cached answer is complete and is passed on as it is. */
export function addingAuthenticatedTokenGroup(inner: TokenAuthenticator): TokenAuthenticator {
  return { authenticateToken: (token, context) => completed(inner.authenticateToken(token, context)) };
}

function completed(answer: Awaitable<Authentication>): Awaitable<Authentication> {
  return whenThere(answer, (came) => {
    if (came.outcome !== 'authenticated') return came;
    const user = withAuthenticatedGroup(came.user);
    return user === came.user ? came : { ...came, user };
  });
}
