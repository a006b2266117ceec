/** Who a bound token is from. @see kubernetes/apiserver pkg/authentication/serviceaccount/util.go; spec §4.5 */
import {
  CREDENTIAL_ID_EXTRA,
  NODE_NAME_EXTRA,
  NODE_UID_EXTRA,
  POD_NAME_EXTRA,
  POD_UID_EXTRA,
  serviceAccountGroups,
  serviceAccountUsername,
  type UserInfo,
} from '@mayfly/api/user/user';
import type { PrivateClaims } from '../../serviceaccount/claims.ts';

/** The value of the credential-id extra, and of the audit annotation of the token's issue. */
export function credentialID(jti: string): string {
  return `JTI=${jti}`;
}

/**
 * Builds the user from the `kubernetes.io` claims; `sub` is not consulted.
 *
 * @param jti empty when the token has none
 */
export function boundTokenUser(claims: PrivateClaims, jti: string): UserInfo {
  return {
    name: serviceAccountUsername(claims.namespace, claims.serviceAccount.name),
    uid: claims.serviceAccount.uid,
    groups: serviceAccountGroups(claims.namespace),
    extra: boundTokenExtra(claims, jti),
  };
}

function boundTokenExtra({ pod, node }: PrivateClaims, jti: string): UserInfo['extra'] {
  return {
    ...(jti !== '' && { [CREDENTIAL_ID_EXTRA]: [credentialID(jti)] }),
    ...(pod && pod.name !== '' && pod.uid !== '' && { [POD_NAME_EXTRA]: [pod.name], [POD_UID_EXTRA]: [pod.uid] }),
    ...(node && node.name !== '' && { [NODE_NAME_EXTRA]: [node.name] }),
    ...(node && node.uid !== '' && { [NODE_UID_EXTRA]: [node.uid] }),
  };
}
