/** Which ledger row, if any, a request's credential belongs to. */
import { CREDENTIAL_ID_EXTRA, SERVICE_ACCOUNTS_GROUP, type UserInfo } from '@mayfly/api/user/user';

const JTI = /^JTI=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const USERNAME = /^system:serviceaccount:([a-z0-9-]+):[^:]+$/;

export interface IssuedTokenID {
  readonly namespace: string;
  /** The token's `jti`. */
  readonly id: string;
}

/**
 * Finds the row of a user who came with a bound token.
 *
 * @param user as authenticated, before impersonation
 * @returns undefined for every other credential; an unknown id does no harm, it has no row
 */
export function issuedTokenOf(user: UserInfo): IssuedTokenID | undefined {
  if (!user.groups.includes(SERVICE_ACCOUNTS_GROUP)) return undefined;
  const id = JTI.exec(user.extra[CREDENTIAL_ID_EXTRA]?.[0] ?? '')?.[1];
  const namespace = USERNAME.exec(user.name)?.[1];
  return id === undefined || namespace === undefined ? undefined : { namespace, id };
}
