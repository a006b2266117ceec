/** `cluster-admin`, `admin`, `edit`, `view`: the roles people are given. @see spec authorization §6.6 */
import type { ClusterRole } from '../policy.ts';
import { aggregatedRole, aggregateTo, clusterRole } from './objects.ts';
import {
  APPS,
  AUTHORIZATION,
  AUTOSCALING,
  allow,
  allowURLs,
  BATCH,
  COORDINATION,
  CORE,
  DISCOVERY,
  EVENTS,
  EXTENSIONS,
  NETWORKING,
  POLICY,
  READ,
  READ_WRITE,
  RESOURCE,
  WRITE,
} from './rules.ts';

const RBAC = 'rbac.authorization.k8s.io';
const POD_CONNECTIONS = ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'];
const SCALABLE = ['deployments', 'deployments/scale', 'replicasets', 'replicasets/scale'];

const AGGREGATE_TO_ADMIN = [
  allow('create', AUTHORIZATION, 'localsubjectaccessreviews'),
  allow(READ_WRITE, RBAC, ['roles', 'rolebindings']),
];

/** Reads secrets, mints tokens for and impersonates every service account of its namespace. */
const AGGREGATE_TO_EDIT = [
  allow(READ, CORE, [...POD_CONNECTIONS, 'secrets', 'services/proxy']),
  allow('impersonate', CORE, 'serviceaccounts'),
  allow(WRITE, CORE, ['pods', ...POD_CONNECTIONS]),
  allow('create', CORE, 'pods/eviction'),
  allow(WRITE, CORE, [
    'configmaps',
    'persistentvolumeclaims',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'secrets',
    'serviceaccounts',
    'services',
    'services/proxy',
  ]),
  allow('create', CORE, 'serviceaccounts/token'),
  allow(WRITE, APPS, [...SCALABLE, 'daemonsets', 'deployments/rollback', 'statefulsets', 'statefulsets/scale']),
  allow(WRITE, AUTOSCALING, 'horizontalpodautoscalers'),
  allow(WRITE, BATCH, ['cronjobs', 'jobs']),
  allow(WRITE, EXTENSIONS, [
    ...SCALABLE,
    'daemonsets',
    'deployments/rollback',
    'ingresses',
    'networkpolicies',
    'replicationcontrollers/scale',
  ]),
  allow(WRITE, POLICY, 'poddisruptionbudgets'),
  allow(WRITE, NETWORKING, ['ingresses', 'networkpolicies']),
  allow(READ_WRITE, COORDINATION, 'leases'),
  allow(WRITE, [CORE, EVENTS], 'events'),
  allow(WRITE, RESOURCE, ['resourceclaims', 'resourceclaimtemplates']),
];

/** No secrets, no roles, no tokens. */
const AGGREGATE_TO_VIEW = [
  allow(READ, CORE, [
    'configmaps',
    'endpoints',
    'persistentvolumeclaims',
    'persistentvolumeclaims/status',
    'pods',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'serviceaccounts',
    'services',
    'services/status',
  ]),
  allow(READ, CORE, [
    'bindings',
    'events',
    'limitranges',
    'namespaces/status',
    'pods/log',
    'pods/status',
    'replicationcontrollers/status',
    'resourcequotas',
    'resourcequotas/status',
  ]),
  allow(READ, CORE, 'namespaces'),
  allow(READ, EVENTS, 'events'),
  allow(READ, DISCOVERY, 'endpointslices'),
  allow(READ, APPS, [
    ...SCALABLE,
    'controllerrevisions',
    'daemonsets',
    'daemonsets/status',
    'deployments/status',
    'replicasets/status',
    'statefulsets',
    'statefulsets/scale',
    'statefulsets/status',
  ]),
  allow(READ, AUTOSCALING, ['horizontalpodautoscalers', 'horizontalpodautoscalers/status']),
  allow(READ, BATCH, ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']),
  allow(READ, EXTENSIONS, [
    ...SCALABLE,
    'daemonsets',
    'daemonsets/status',
    'deployments/status',
    'ingresses',
    'ingresses/status',
    'networkpolicies',
    'replicasets/status',
    'replicationcontrollers/scale',
  ]),
  allow(READ, POLICY, ['poddisruptionbudgets', 'poddisruptionbudgets/status']),
  allow(READ, NETWORKING, ['ingresses', 'ingresses/status', 'networkpolicies']),
  allow(READ, RESOURCE, ['resourceclaims', 'resourceclaims/status', 'resourceclaimtemplates']),
];

export const USER_FACING_CLUSTER_ROLES: readonly ClusterRole[] = [
  clusterRole('cluster-admin', [allow('*', '*', '*'), allowURLs('*', '*')]),
  aggregatedRole('admin', 'admin'),
  aggregatedRole('edit', 'edit', aggregateTo('admin')),
  aggregatedRole('view', 'view', aggregateTo('edit')),
  clusterRole('system:aggregate-to-admin', AGGREGATE_TO_ADMIN, aggregateTo('admin')),
  clusterRole('system:aggregate-to-edit', AGGREGATE_TO_EDIT, aggregateTo('edit')),
  clusterRole('system:aggregate-to-view', AGGREGATE_TO_VIEW, aggregateTo('view')),
];
