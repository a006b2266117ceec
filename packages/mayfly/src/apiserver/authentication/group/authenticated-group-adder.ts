/**
 * Adds `system:authenticated` to whoever proved an identity.
 *
 * @see kubernetes/apiserver pkg/authentication/group/authenticated_group_adder.go; spec authentication §18
 */
import { ANONYMOUS_USER, AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP, type UserInfo } from '@mayfly/api/user/user';
import type { Authentication, CredentialSource, RequestAuthenticator } from '../authenticator.ts';

/** Appends the group last, unless the user is anonymous or already carries one of the two groups. */
export function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.name === ANONYMOUS_USER) return user;
  if (user.groups.includes(AUTHENTICATED_GROUP) || user.groups.includes(UNAUTHENTICATED_GROUP)) return user;
  return { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] };
}

export class AuthenticatedGroupAdder implements RequestAuthenticator {
  readonly #inner: RequestAuthenticator;
  /** A cached answer comes back as the same object each time: its completed form is made once. */
  readonly #completed = new WeakMap<Authentication, Authentication>();

  constructor(inner: RequestAuthenticator) {
    this.#inner = inner;
  }

  async authenticateRequest(request: CredentialSource): Promise<Authentication> {
    const answer = await this.#inner.authenticateRequest(request);
    if (answer.outcome !== 'authenticated') return answer;
    let completed = this.#completed.get(answer);
    if (completed === undefined) {
      completed = { ...answer, user: withAuthenticatedGroup(answer.user) };
      this.#completed.set(answer, completed);
    }
    return completed;
  }
}
