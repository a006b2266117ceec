/**
 * Lets a request without credentials in as `system:anonymous`, everywhere or on listed paths only.
 *
 * Last in the chain, behind a fail-fast union: a bad credential never arrives here.
 *
 * @see kubernetes/apiserver pkg/authentication/request/anonymous/anonymous.go; KEP-4633; spec authentication §17
 */
import { ANONYMOUS_USER, UNAUTHENTICATED_GROUP, type UserInfo } from '@mayfly/api/user/user';
import { type Authentication, type CredentialSource, NO_OPINION, type RequestAuthenticator } from '../authenticator.ts';

/** `conditions` empty: every path. */
export type AnonymousConfig =
  | { readonly enabled: false }
  | { readonly enabled: true; readonly conditions: readonly { readonly path: string }[] };

const ANONYMOUS: UserInfo = { name: ANONYMOUS_USER, uid: '', groups: [UNAUTHENTICATED_GROUP], extra: {} };
const NONE: readonly string[] = [];

export class AnonymousAuthenticator implements RequestAuthenticator {
  readonly #paths: ReadonlySet<string>;

  constructor({ conditions }: Extract<AnonymousConfig, { enabled: true }>) {
    this.#paths = new Set(conditions.map(({ path }) => path));
  }

  authenticateRequest(request: CredentialSource): Authentication {
    if (this.#paths.size > 0 && !this.#paths.has(request.path)) return NO_OPINION; // exact: no prefix, no wildcard
    return { outcome: 'authenticated', user: ANONYMOUS, audiences: request.audiences ?? NONE };
  }
}
