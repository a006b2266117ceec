/**
 * Acting as somebody else: `Impersonate-User`, `-Uid`, `-Group`, `-Extra-<key>`.
 *
 * Each thing asked for is a question to the authorizer ("may this requestor impersonate group dev?"); one refusal refuses
 * all, and an authorizer that errs refuses too. The requestor needs no right of the impersonated user: the request is then
 * judged as that user's. This is the mode Kubernetes calls legacy; the constrained modes come later.
 *
 * @see kubernetes/apiserver pkg/endpoints/filters/impersonation; spec authentication §21
 */
import type { StatusError } from '@mayfly/api/meta/v1/status-error';
import { badRequestError } from '@mayfly/api/meta/v1/status-error';
import type { UserInfo } from '@mayfly/api/user/user';
import {
  ANONYMOUS_USER,
  AUTHENTICATED_GROUP,
  serviceAccountGroups,
  UNAUTHENTICATED_GROUP,
} from '@mayfly/api/user/user';
import { resourceAttributes } from './attributes.ts';
import type { Attributes, Authorizer } from './authorizer.ts';
import { forbiddenStatus } from './forbidden.ts';
import { type ImpersonationRequest, parseImpersonation, splitServiceAccountName } from './impersonation-headers.ts';

export type ImpersonationVerdict =
  | { readonly outcome: 'not-asked' }
  | { readonly outcome: 'impersonated'; readonly user: UserInfo }
  /** 400 or 403; `why` is for the audit annotation and the log. */
  | { readonly outcome: 'refused'; readonly status: StatusError; readonly why: string };

const NOT_ASKED: ImpersonationVerdict = { outcome: 'not-asked' };

/**
 * Decides whom a request is to be judged as. After `impersonated` the caller must drop the headers.
 *
 * @param rawHeaders name, value, name, value … as Node.js received them (untrusted)
 * @param requestor the authenticated user
 */
export async function impersonationVerdict(
  rawHeaders: readonly string[],
  requestor: UserInfo,
  authorizer: Authorizer,
): Promise<ImpersonationVerdict> {
  const parsed = parseImpersonation(rawHeaders);
  if (parsed === undefined) return NOT_ASKED;
  if ('problem' in parsed)
    return { outcome: 'refused', status: badRequestError(parsed.problem), why: 'malformed impersonation headers' };
  for (const question of questions(parsed, requestor)) {
    const { decision, reason, error } = await authorizer.authorize(question);
    if (decision !== 'Allow')
      return { outcome: 'refused', status: forbiddenStatus(question, reason), why: error ?? reason };
  }
  return { outcome: 'impersonated', user: impersonatedUser(parsed) };
}

/** True when any header starts like an impersonation header: lets a filter skip everything else. */
export { asksForImpersonation } from './impersonation-headers.ts';

const AUTHENTICATION = { apiGroup: 'authentication.k8s.io', apiVersion: 'v1', verb: 'impersonate' } as const;

/** User, groups, extras, uid: the order in which a refusal is noticed. */
function* questions(request: ImpersonationRequest, requestor: UserInfo): Generator<Attributes> {
  const serviceAccount = splitServiceAccountName(request.user);
  yield resourceAttributes(
    requestor,
    serviceAccount === undefined
      ? { verb: 'impersonate', resource: 'users', name: request.user }
      : { verb: 'impersonate', resource: 'serviceaccounts', ...serviceAccount },
  );
  for (const group of request.groups)
    yield resourceAttributes(requestor, { verb: 'impersonate', resource: 'groups', name: group });
  for (const [key, values] of request.extra)
    for (const value of values)
      yield resourceAttributes(requestor, { ...AUTHENTICATION, resource: 'userextras', subresource: key, name: value });
  if (request.uid !== '')
    yield resourceAttributes(requestor, { ...AUTHENTICATION, resource: 'uids', name: request.uid });
}

function impersonatedUser({ user, uid, groups, extra }: ImpersonationRequest): UserInfo {
  const serviceAccount = splitServiceAccountName(user);
  const given =
    groups.length === 0 && serviceAccount !== undefined ? serviceAccountGroups(serviceAccount.namespace) : groups;
  return { name: user, uid, groups: withImplicitGroup(user, given), extra: Object.fromEntries(extra) };
}

function withImplicitGroup(user: string, groups: readonly string[]): readonly string[] {
  if (groups.includes(UNAUTHENTICATED_GROUP)) return groups;
  if (user === ANONYMOUS_USER) return [...groups, UNAUTHENTICATED_GROUP];
  return groups.includes(AUTHENTICATED_GROUP) ? groups : [...groups, AUTHENTICATED_GROUP];
}
