/**
 * `system:controller:<x>`, each bound to service account `kube-system/<x>`.
 *
 * Roles behind Kubernetes' feature gates that are off by default are not here.
 *
 * @see kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go; spec authorization §6.8
 */
import type { ClusterRole, PolicyRule } from '../policy.ts';
import { clusterRole } from './objects.ts';
import {
  ADMISSION,
  APPS,
  AUTHORIZATION,
  AUTOSCALING,
  allow,
  BATCH,
  CERTIFICATES,
  CORE,
  DISCOVERY,
  EVENT_RULE,
  EXTENSIONS,
  NETWORKING,
  POLICY,
  READ,
  RESOURCE,
  STORAGE,
} from './rules.ts';

const LIST_WATCH = ['list', 'watch'];
const READ_ONE_UPDATE = [...READ, 'update'];
const OWN = [...READ, 'create', 'delete', 'patch', 'update'];
const MANAGE = [...READ, 'create', 'delete', 'update'];
const RUN_PODS = ['create', 'delete', 'list', 'patch', 'watch'];
const WORKLOADS = [APPS, EXTENSIONS];
const SIGNERS = ['kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving', 'legacy-unknown'];

const RULES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'attachdetach-controller': [
    allow(LIST_WATCH, CORE, ['persistentvolumeclaims', 'persistentvolumes']),
    allow(READ, CORE, 'nodes'),
    allow(['patch', 'update'], CORE, 'nodes/status'),
    allow(LIST_WATCH, CORE, 'pods'),
    EVENT_RULE,
    allow([...READ, 'create', 'delete'], STORAGE, 'volumeattachments'),
    allow(READ, STORAGE, 'csidrivers'),
    allow(READ, STORAGE, 'csinodes'),
  ],
  'certificate-controller': [
    allow(['delete', ...READ], CERTIFICATES, 'certificatesigningrequests'),
    allow('update', CERTIFICATES, ['certificatesigningrequests/approval', 'certificatesigningrequests/status']),
    allow('approve', CERTIFICATES, 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
    allow(
      'sign',
      CERTIFICATES,
      'signers',
      SIGNERS.map((signer) => `kubernetes.io/${signer}`),
    ),
    allow('create', AUTHORIZATION, 'subjectaccessreviews'),
    EVENT_RULE,
  ],
  'clusterrole-aggregation-controller': [
    allow([...READ, 'escalate', 'patch', 'update'], 'rbac.authorization.k8s.io', 'clusterroles'),
  ],
  'cronjob-controller': [
    allow(READ_ONE_UPDATE, BATCH, 'cronjobs'),
    allow(OWN, BATCH, 'jobs'),
    allow('update', BATCH, 'cronjobs/status'),
    allow('update', BATCH, 'cronjobs/finalizers'),
    allow(['delete', 'list', 'watch'], CORE, 'pods'),
    EVENT_RULE,
  ],
  'daemon-set-controller': [
    allow(READ, WORKLOADS, 'daemonsets'),
    allow('update', WORKLOADS, 'daemonsets/status'),
    allow('update', WORKLOADS, 'daemonsets/finalizers'),
    allow(LIST_WATCH, CORE, 'nodes'),
    allow(RUN_PODS, CORE, 'pods'),
    allow('create', CORE, 'pods/binding'),
    allow(OWN, APPS, 'controllerrevisions'),
    EVENT_RULE,
  ],
  'deployment-controller': [
    allow(READ_ONE_UPDATE, WORKLOADS, 'deployments'),
    allow('update', WORKLOADS, 'deployments/status'),
    allow('update', WORKLOADS, 'deployments/finalizers'),
    allow(OWN, WORKLOADS, 'replicasets'),
    allow(READ_ONE_UPDATE, CORE, 'pods'),
    EVENT_RULE,
  ],
  'device-taint-eviction-controller': [
    allow(['delete', ...READ], CORE, 'pods'),
    allow(['patch', 'update'], CORE, 'pods/status'),
    allow(READ, RESOURCE, 'resourceclaims'),
    allow(READ, RESOURCE, 'resourceslices'),
    allow(READ, RESOURCE, 'deviceclasses'),
    EVENT_RULE,
  ],
  'disruption-controller': [
    allow(READ, WORKLOADS, 'deployments'),
    allow(READ, WORKLOADS, 'replicasets'),
    allow(READ, CORE, 'replicationcontrollers'),
    allow(READ, POLICY, 'poddisruptionbudgets'),
    allow(READ, APPS, 'statefulsets'),
    allow('update', POLICY, 'poddisruptionbudgets/status'),
    allow(['patch', 'update'], CORE, 'pods/status'),
    allow('get', '*', '*/scale'),
    EVENT_RULE,
  ],
  'endpoint-controller': [
    allow(READ, CORE, ['pods', 'services']),
    allow(MANAGE, CORE, 'endpoints'),
    allow('create', CORE, 'endpoints/restricted'),
    EVENT_RULE,
  ],
  'endpointslice-controller': [
    allow(READ, CORE, ['nodes', 'pods', 'services']),
    allow('update', CORE, 'services/finalizers'),
    allow(MANAGE, DISCOVERY, 'endpointslices'),
    EVENT_RULE,
  ],
  'endpointslicemirroring-controller': [
    allow(READ, CORE, ['endpoints', 'services']),
    allow('update', CORE, 'services/finalizers'),
    allow('update', CORE, 'endpoints/finalizers'),
    allow(MANAGE, DISCOVERY, 'endpointslices'),
    EVENT_RULE,
  ],
  'ephemeral-volume-controller': [
    allow(READ, CORE, 'pods'),
    allow('update', CORE, 'pods/finalizers'),
    allow(['create', ...READ], CORE, 'persistentvolumeclaims'),
    EVENT_RULE,
  ],
  'expand-controller': [
    allow([...READ, 'patch', 'update'], CORE, 'persistentvolumes'),
    allow(['patch', 'update'], CORE, 'persistentvolumeclaims/status'),
    allow(READ, CORE, 'persistentvolumeclaims'),
    EVENT_RULE,
  ],
  'generic-garbage-collector': [allow([...READ, 'delete', 'patch', 'update'], '*', '*'), EVENT_RULE],
  'horizontal-pod-autoscaler': [
    allow(READ, AUTOSCALING, 'horizontalpodautoscalers'),
    allow('update', AUTOSCALING, 'horizontalpodautoscalers/status'),
    allow(['get', 'update'], '*', '*/scale'),
    allow(LIST_WATCH, CORE, 'pods'),
    allow(LIST_WATCH, 'metrics.k8s.io', 'pods'),
    allow(READ, 'custom.metrics.k8s.io', '*'),
    allow(READ, 'external.metrics.k8s.io', '*'),
    EVENT_RULE,
  ],
  'job-controller': [
    allow([...READ, 'patch', 'update'], BATCH, 'jobs'),
    allow('update', BATCH, 'jobs/status'),
    allow('update', BATCH, 'jobs/finalizers'),
    allow(RUN_PODS, CORE, 'pods'),
    EVENT_RULE,
  ],
  'legacy-service-account-token-cleaner': [
    allow('get', CORE, 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'),
    allow(['delete', 'patch'], CORE, 'secrets'),
  ],
  'namespace-controller': [
    allow(['delete', ...READ], CORE, 'namespaces'),
    allow('update', CORE, ['namespaces/finalize', 'namespaces/status']),
    allow([...READ, 'delete', 'deletecollection'], '*', '*'),
  ],
  'node-controller': [
    allow([...READ, 'delete', 'patch', 'update'], CORE, 'nodes'),
    allow(['patch', 'update'], CORE, 'nodes/status'),
    allow(['patch', 'update'], CORE, 'pods/status'),
    allow(['delete', ...READ], CORE, 'pods'),
    EVENT_RULE,
  ],
  'persistent-volume-binder': [
    allow(MANAGE, CORE, 'persistentvolumes'),
    allow('update', CORE, 'persistentvolumes/status'),
    allow(READ_ONE_UPDATE, CORE, 'persistentvolumeclaims'),
    allow('update', CORE, 'persistentvolumeclaims/status'),
    allow([...READ, 'create', 'delete'], CORE, 'pods'),
    allow(READ, STORAGE, 'storageclasses'),
    allow(LIST_WATCH, CORE, 'nodes'),
    EVENT_RULE,
    allow('watch', CORE, 'events'),
  ],
  'pod-garbage-collector': [
    allow(['delete', 'list', 'watch'], CORE, 'pods'),
    allow(READ, CORE, 'nodes'),
    allow('patch', CORE, 'pods/status'),
  ],
  'pv-protection-controller': [allow(READ_ONE_UPDATE, CORE, 'persistentvolumes'), EVENT_RULE],
  'pvc-protection-controller': [
    allow(READ_ONE_UPDATE, CORE, 'persistentvolumeclaims'),
    allow('update', CORE, 'persistentvolumeclaims/status'),
    allow(READ, CORE, 'pods'),
    EVENT_RULE,
  ],
  'replicaset-controller': [
    allow(READ_ONE_UPDATE, WORKLOADS, 'replicasets'),
    allow('update', WORKLOADS, 'replicasets/status'),
    allow('update', WORKLOADS, 'replicasets/finalizers'),
    allow(RUN_PODS, CORE, 'pods'),
    EVENT_RULE,
  ],
  'replication-controller': [
    allow(READ_ONE_UPDATE, CORE, 'replicationcontrollers'),
    allow('update', CORE, 'replicationcontrollers/status'),
    allow('update', CORE, 'replicationcontrollers/finalizers'),
    allow(RUN_PODS, CORE, 'pods'),
    EVENT_RULE,
  ],
  'resource-claim-controller': [
    allow(READ, CORE, 'pods'),
    allow('update', CORE, 'pods/finalizers'),
    allow([...READ, 'create', 'delete'], RESOURCE, 'resourceclaims'),
    allow(['patch', 'update'], RESOURCE, ['resourceclaims', 'resourceclaims/status']),
    allow(['patch', 'update'], CORE, 'pods/status'),
    EVENT_RULE,
    allow(['patch', 'update'], RESOURCE, 'resourceclaims/binding'),
  ],
  'resourcequota-controller': [allow(LIST_WATCH, '*', '*'), allow('update', CORE, 'resourcequotas/status'), EVENT_RULE],
  'root-ca-cert-publisher': [allow(['create', 'update'], CORE, 'configmaps'), EVENT_RULE],
  'route-controller': [allow(LIST_WATCH, CORE, 'nodes'), allow('patch', CORE, 'nodes/status'), EVENT_RULE],
  'selinux-warning-controller': [
    EVENT_RULE,
    allow(READ, CORE, 'persistentvolumes'),
    allow(READ, CORE, 'persistentvolumeclaims'),
    allow(READ, CORE, 'pods'),
    allow(READ, STORAGE, 'csidrivers'),
  ],
  'service-account-controller': [allow('create', CORE, 'serviceaccounts'), EVENT_RULE],
  'service-cidrs-controller': [
    allow([...READ, 'patch', 'update'], NETWORKING, 'servicecidrs'),
    allow(['patch', 'update'], NETWORKING, 'servicecidrs/finalizers'),
    allow(['patch', 'update'], NETWORKING, 'servicecidrs/status'),
    allow(READ, NETWORKING, 'ipaddresses'),
    EVENT_RULE,
  ],
  'service-controller': [
    allow(READ, CORE, 'services'),
    allow(['patch', 'update'], CORE, 'services/status'),
    allow(LIST_WATCH, CORE, 'nodes'),
    EVENT_RULE,
  ],
  'statefulset-controller': [
    allow(LIST_WATCH, CORE, 'pods'),
    allow(READ, APPS, 'statefulsets'),
    allow('update', APPS, 'statefulsets/status'),
    allow('update', APPS, 'statefulsets/finalizers'),
    allow(['create', 'delete', 'get', 'patch', 'update'], CORE, 'pods'),
    allow(OWN, APPS, 'controllerrevisions'),
    allow(['create', ...READ], CORE, 'persistentvolumeclaims'),
    allow(['delete', 'update'], CORE, 'persistentvolumeclaims'),
    allow('update', CORE, 'pods/finalizers'),
    EVENT_RULE,
  ],
  'ttl-after-finished-controller': [allow(['delete', ...READ], BATCH, 'jobs'), EVENT_RULE],
  'ttl-controller': [allow(['list', 'patch', 'update', 'watch'], CORE, 'nodes'), EVENT_RULE],
  'validatingadmissionpolicy-status-controller': [
    allow(READ, ADMISSION, 'validatingadmissionpolicies'),
    allow(['get', 'patch', 'update'], ADMISSION, 'validatingadmissionpolicies/status'),
    EVENT_RULE,
  ],
  'volumeattributesclass-protection-controller': [
    allow(READ, CORE, 'persistentvolumeclaims'),
    allow(READ, CORE, 'persistentvolumes'),
    allow(READ_ONE_UPDATE, STORAGE, 'volumeattributesclasses'),
    EVENT_RULE,
  ],
};

export const CONTROLLER_ROLE_PREFIX = 'system:controller:';
export const CONTROLLERS: readonly string[] = Object.keys(RULES);

export const CONTROLLER_CLUSTER_ROLES: readonly ClusterRole[] = Object.entries(RULES).map(([name, rules]) =>
  clusterRole(`${CONTROLLER_ROLE_PREFIX}${name}`, rules),
);
