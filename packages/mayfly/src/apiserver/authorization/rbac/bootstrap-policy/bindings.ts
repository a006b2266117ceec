/** Who holds the default ClusterRoles. Each binding has the name of its role. @see spec authorization §6.8 */
import {
  AUTHENTICATED_GROUP,
  KUBE_CONTROLLER_MANAGER_USER,
  KUBE_PROXY_USER,
  KUBE_SCHEDULER_USER,
  MASTERS_GROUP,
  MONITORING_GROUP,
  SERVICE_ACCOUNTS_GROUP,
  UNAUTHENTICATED_GROUP,
} from '@mayfly/api/user/user';
import type { ClusterRoleBinding } from '../policy.ts';
import { CONTROLLER_ROLE_PREFIX, CONTROLLERS } from './controllers.ts';
import { clusterRoleBinding } from './objects.ts';
import { group, serviceAccount, user } from './rules.ts';

export const CLUSTER_ROLE_BINDINGS: readonly ClusterRoleBinding[] = [
  clusterRoleBinding('cluster-admin', group(MASTERS_GROUP)),
  clusterRoleBinding('system:monitoring', group(MONITORING_GROUP)),
  clusterRoleBinding('system:discovery', group(AUTHENTICATED_GROUP)),
  clusterRoleBinding('system:basic-user', group(AUTHENTICATED_GROUP)),
  clusterRoleBinding('system:public-info-viewer', group(AUTHENTICATED_GROUP), group(UNAUTHENTICATED_GROUP)),
  clusterRoleBinding('system:service-account-issuer-discovery', group(SERVICE_ACCOUNTS_GROUP)),
  clusterRoleBinding('system:node-proxier', user(KUBE_PROXY_USER)),
  clusterRoleBinding('system:kube-controller-manager', user(KUBE_CONTROLLER_MANAGER_USER)),
  clusterRoleBinding('system:kube-scheduler', user(KUBE_SCHEDULER_USER)),
  clusterRoleBinding('system:volume-scheduler', user(KUBE_SCHEDULER_USER)),
  clusterRoleBinding('system:kube-dns', serviceAccount('kube-system', 'kube-dns')),
  clusterRoleBinding('mayfly:token-status-list-viewer', group(AUTHENTICATED_GROUP), group(UNAUTHENTICATED_GROUP)),
  clusterRoleBinding('system:node'), // the Node authorizer has the rights; the role is there to be read
  ...CONTROLLERS.map((name) =>
    clusterRoleBinding(`${CONTROLLER_ROLE_PREFIX}${name}`, serviceAccount('kube-system', name)),
  ),
];
