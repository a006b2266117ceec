/**
 * Default Roles and RoleBindings, all in namespaces that begin with `kube-`.
 *
 * @see kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy/namespace_policy.go; spec authorization §6.8
 */
import { KUBE_CONTROLLER_MANAGER_USER, KUBE_SCHEDULER_USER } from '@mayfly/api/user/user';
import type { Role, RoleBinding } from '../policy.ts';
import { role, roleBinding } from './objects.ts';
import { allow, COORDINATION, CORE, EVENT_RULE, READ, serviceAccount, user } from './rules.ts';

const SYSTEM = 'kube-system';
const PUBLIC = 'kube-public';
const LEADER_LOCKING = [
  allow([...READ, 'create', 'update'], COORDINATION, 'leases'),
  allow([...READ, 'create', 'update'], COORDINATION, 'leasecandidates'),
];
const READER = 'extension-apiserver-authentication-reader';

export const ROLES: readonly Role[] = [
  role(SYSTEM, READER, [allow(READ, CORE, 'configmaps', 'extension-apiserver-authentication')]),
  role(SYSTEM, 'system:controller:bootstrap-signer', [allow(READ, CORE, 'secrets')]),
  role(SYSTEM, 'system:controller:cloud-provider', [allow(['create', ...READ], CORE, 'configmaps')]),
  role(SYSTEM, 'system:controller:token-cleaner', [allow(['delete', ...READ], CORE, 'secrets'), EVENT_RULE]),
  role(SYSTEM, 'system::leader-locking-kube-controller-manager', LEADER_LOCKING),
  role(SYSTEM, 'system::leader-locking-kube-scheduler', LEADER_LOCKING),
  role(PUBLIC, 'system:controller:bootstrap-signer', [
    allow(READ, CORE, 'configmaps'),
    allow('update', CORE, 'configmaps', 'cluster-info'),
    EVENT_RULE,
  ]),
];

const MANAGER = user(KUBE_CONTROLLER_MANAGER_USER);
const SCHEDULER = user(KUBE_SCHEDULER_USER);

export const ROLE_BINDINGS: readonly RoleBinding[] = [
  roleBinding(SYSTEM, `system::${READER}`, [MANAGER, SCHEDULER], READER),
  roleBinding(SYSTEM, 'system:controller:bootstrap-signer', [serviceAccount(SYSTEM, 'bootstrap-signer')]),
  roleBinding(SYSTEM, 'system:controller:cloud-provider', [serviceAccount(SYSTEM, 'cloud-provider')]),
  roleBinding(SYSTEM, 'system:controller:token-cleaner', [serviceAccount(SYSTEM, 'token-cleaner')]),
  roleBinding(SYSTEM, 'system::leader-locking-kube-controller-manager', [
    MANAGER,
    serviceAccount(SYSTEM, 'kube-controller-manager'),
    serviceAccount(SYSTEM, 'leader-election-controller'),
  ]),
  roleBinding(SYSTEM, 'system::leader-locking-kube-scheduler', [SCHEDULER, serviceAccount(SYSTEM, 'kube-scheduler')]),
  roleBinding(PUBLIC, 'system:controller:bootstrap-signer', [serviceAccount(SYSTEM, 'bootstrap-signer')]),
];
