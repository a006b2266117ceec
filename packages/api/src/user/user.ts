/**
 * Who a request is from, as every authenticator reports it and every authorizer judges it.
 *
 * @see kubernetes/apiserver pkg/authentication/user/user.go
 */
export interface UserInfo {
  readonly name: string;
  /** Empty when the authenticator knows none. */
  readonly uid: string;
  /** In the order the authenticator reports them; `system:authenticated` is appended last. */
  readonly groups: readonly string[];
  /** Keys are lower case. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export const ANONYMOUS_USER = 'system:anonymous';
export const API_SERVER_USER = 'system:apiserver';
export const KUBE_PROXY_USER = 'system:kube-proxy';
export const KUBE_CONTROLLER_MANAGER_USER = 'system:kube-controller-manager';
export const KUBE_SCHEDULER_USER = 'system:kube-scheduler';

export const MASTERS_GROUP = 'system:masters';
export const NODES_GROUP = 'system:nodes';
export const MONITORING_GROUP = 'system:monitoring';
export const AUTHENTICATED_GROUP = 'system:authenticated';
export const UNAUTHENTICATED_GROUP = 'system:unauthenticated';
export const SERVICE_ACCOUNTS_GROUP = 'system:serviceaccounts';

export const CREDENTIAL_ID_EXTRA = 'authentication.kubernetes.io/credential-id';
export const POD_NAME_EXTRA = 'authentication.kubernetes.io/pod-name';
export const POD_UID_EXTRA = 'authentication.kubernetes.io/pod-uid';
export const NODE_NAME_EXTRA = 'authentication.kubernetes.io/node-name';
export const NODE_UID_EXTRA = 'authentication.kubernetes.io/node-uid';

/** `system:serviceaccount:NAMESPACE:NAME`. */
export function serviceAccountUsername(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** The two groups of a service account, without `system:authenticated`. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return [SERVICE_ACCOUNTS_GROUP, `${SERVICE_ACCOUNTS_GROUP}:${namespace}`];
}
