import type { IssuedTokenRequester } from '@mayfly/api/identity/v1alpha1/issued-token';
import { CREDENTIAL_ID_EXTRA } from '@mayfly/api/user/user';
import type { RequestContext } from '../rest.ts';

/** Header values are a client's to choose: what is stored keeps this much of one. Characters. */
export const MAX_USER_AGENT = 256;

/** Who asks, with which credential and from where, as it is kept beside what was asked for. */
export function requesterOf({ user, sourceIP, userAgent }: RequestContext): IssuedTokenRequester {
  const credentialID = user.extra[CREDENTIAL_ID_EXTRA]?.[0];
  return {
    username: user.name,
    ...(user.uid !== '' && { uid: user.uid }),
    ...(credentialID !== undefined && { credentialID }),
    sourceIP,
    userAgent: userAgent.slice(0, MAX_USER_AGENT),
  };
}
