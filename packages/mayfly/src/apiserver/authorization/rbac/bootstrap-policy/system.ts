/** The roles of the system's own parts: discovery, nodes, the scheduler, approvers. @see spec authorization §6.6, §6.7 */
import type { ClusterRole } from '../policy.ts';
import { clusterRole } from './objects.ts';
import {
  APPS,
  AUTHENTICATION,
  AUTHORIZATION,
  allow,
  allowURLs,
  CERTIFICATES,
  COORDINATION,
  CORE,
  DISCOVERY,
  EVENT_RULE,
  EXTENSIONS,
  NETWORKING,
  NODE,
  POLICY,
  READ,
  READ_UPDATE,
  READ_WRITE,
  RESOURCE,
  STORAGE,
} from './rules.ts';

const REVIEW_TOKENS = allow('create', AUTHENTICATION, 'tokenreviews');
const REVIEW_ACCESS = allow('create', AUTHORIZATION, 'subjectaccessreviews');
const HEALTH = ['/healthz', '/livez', '/readyz'];
const VERSION = ['/version', '/version/'];

const ACCESS: readonly ClusterRole[] = [
  clusterRole('system:discovery', [
    allowURLs('get', ...HEALTH, ...VERSION, '/openapi', '/openapi/*', '/api', '/api/*', '/apis', '/apis/*'),
  ]),
  clusterRole('system:public-info-viewer', [allowURLs('get', ...HEALTH, ...VERSION)]),
  clusterRole('system:basic-user', [
    allow('create', AUTHORIZATION, ['selfsubjectaccessreviews', 'selfsubjectrulesreviews']),
    allow('create', AUTHENTICATION, 'selfsubjectreviews'),
  ]),
  clusterRole('system:monitoring', [
    allowURLs('get', ...HEALTH, ...HEALTH.map((path) => `${path}/*`), '/metrics', '/metrics/slis'),
    allow('get', CORE, 'nodes/metrics'),
  ]),
  clusterRole('system:auth-delegator', [REVIEW_TOKENS, REVIEW_ACCESS]),
  clusterRole('system:service-account-issuer-discovery', [
    allowURLs(
      'get',
      '/.well-known/openid-configuration',
      '/.well-known/openid-configuration/',
      '/openid/v1/jwks',
      '/openid/v1/jwks/',
    ),
  ]),
];

const NODES: readonly ClusterRole[] = [
  clusterRole('system:node', [
    REVIEW_TOKENS,
    allow('create', AUTHORIZATION, ['localsubjectaccessreviews', 'subjectaccessreviews']),
    allow(READ, CORE, 'services'),
    allow(['create', ...READ], CORE, 'nodes'),
    allow(['patch', 'update'], CORE, 'nodes/status'),
    allow(['patch', 'update'], CORE, 'nodes'),
    EVENT_RULE,
    allow(READ, CORE, 'pods'),
    allow(['create', 'delete'], CORE, 'pods'),
    allow(['patch', 'update'], CORE, 'pods/status'),
    allow('create', CORE, 'pods/eviction'),
    allow(READ, CORE, ['configmaps', 'secrets']),
    allow('get', CORE, ['persistentvolumeclaims', 'persistentvolumes']),
    allow('get', CORE, 'endpoints'),
    allow(['create', ...READ], CERTIFICATES, 'certificatesigningrequests'),
    allow(['create', 'delete', 'get', 'patch', 'update'], COORDINATION, 'leases'),
    allow('get', STORAGE, 'volumeattachments'),
    allow('create', CORE, 'serviceaccounts/token'),
    allow('get', CORE, 'serviceaccounts'),
    allow(['get', 'patch', 'update'], CORE, 'persistentvolumeclaims/status'),
    allow(READ, STORAGE, 'csidrivers'),
    allow(['create', 'delete', 'get', 'patch', 'update'], STORAGE, 'csinodes'),
    allow(READ, NODE, 'runtimeclasses'),
    allow('get', RESOURCE, 'resourceclaims'),
    allow('deletecollection', RESOURCE, 'resourceslices'),
  ]),
  clusterRole('system:node-bootstrapper', [allow(['create', ...READ], CERTIFICATES, 'certificatesigningrequests')]),
  clusterRole('system:node-problem-detector', [
    allow('get', CORE, 'nodes'),
    allow('patch', CORE, 'nodes/status'),
    EVENT_RULE,
  ]),
  clusterRole('system:node-proxier', [
    allow(['list', 'watch'], CORE, ['endpoints', 'services']),
    allow(READ, CORE, 'nodes'),
    EVENT_RULE,
    allow(['list', 'watch'], NETWORKING, 'servicecidrs'),
    allow(['list', 'watch'], DISCOVERY, 'endpointslices'),
  ]),
  clusterRole('system:kubelet-api-admin', [
    allow(READ, CORE, 'nodes'),
    allow('proxy', CORE, 'nodes'),
    allow('*', CORE, ['nodes/log', 'nodes/metrics', 'nodes/proxy', 'nodes/stats']),
    allow('*', CORE, ['nodes/configz', 'nodes/healthz', 'nodes/pods']),
  ]),
];

const APPROVED_SIGNERS = [
  'kube-apiserver-client',
  'kube-apiserver-client-kubelet',
  'kubelet-serving',
  'legacy-unknown',
];

const CERTIFICATE_ROLES: readonly ClusterRole[] = [
  ...['nodeclient', 'selfnodeclient'].map((kind) =>
    clusterRole(`system:certificates.k8s.io:certificatesigningrequests:${kind}`, [
      allow('create', CERTIFICATES, `certificatesigningrequests/${kind}`),
    ]),
  ),
  ...APPROVED_SIGNERS.map((signer) =>
    clusterRole(`system:certificates.k8s.io:${signer}-approver`, [
      allow('approve', CERTIFICATES, 'signers', `kubernetes.io/${signer}`),
    ]),
  ),
];

const CONTROL_PLANE: readonly ClusterRole[] = [
  clusterRole('system:kube-controller-manager', [
    EVENT_RULE,
    allow('create', COORDINATION, 'leases'),
    allow(['get', 'update'], COORDINATION, 'leases', 'kube-controller-manager'),
    allow('create', CORE, ['secrets', 'serviceaccounts']),
    allow('delete', CORE, 'secrets'),
    allow('get', CORE, ['configmaps', 'namespaces', 'secrets', 'serviceaccounts']),
    allow('update', CORE, ['secrets', 'serviceaccounts']),
    REVIEW_TOKENS,
    REVIEW_ACCESS,
    allow(['list', 'watch'], '*', '*'),
    allow('create', CORE, 'serviceaccounts/token'),
  ]),
  clusterRole('system:kube-scheduler', [
    EVENT_RULE,
    allow('create', COORDINATION, 'leases'),
    allow([...READ, 'update'], COORDINATION, 'leases', 'kube-scheduler'),
    allow(READ_WRITE, COORDINATION, 'leasecandidates'),
    allow(READ, CORE, 'nodes'),
    allow(['delete', ...READ], CORE, 'pods'),
    allow('create', CORE, ['bindings', 'pods/binding']),
    allow(['patch', 'update'], CORE, 'pods/status'),
    allow(READ, CORE, ['replicationcontrollers', 'services']),
    allow(READ, [APPS, EXTENSIONS], 'replicasets'),
    allow(READ, APPS, 'statefulsets'),
    allow(READ, POLICY, 'poddisruptionbudgets'),
    allow(READ, CORE, ['persistentvolumeclaims', 'persistentvolumes']),
    REVIEW_TOKENS,
    REVIEW_ACCESS,
    allow(READ, STORAGE, 'csinodes'),
    allow(READ, CORE, 'namespaces'),
    allow(READ, STORAGE, 'csidrivers'),
    allow(READ, STORAGE, 'csistoragecapacities'),
    allow(READ, RESOURCE, 'deviceclasses'),
    allow(READ_UPDATE, RESOURCE, 'resourceclaims'),
    allow(READ_UPDATE, RESOURCE, 'resourceclaims/status'),
    allow(READ_UPDATE, CORE, 'pods/finalizers'),
    allow(READ, RESOURCE, 'resourceslices'),
  ]),
  clusterRole('system:kube-aggregator', [allow(READ, CORE, ['endpoints', 'services'])]),
  clusterRole('system:kube-dns', [allow(['list', 'watch'], CORE, ['endpoints', 'services'])]),
  clusterRole('system:heapster', [
    allow(READ, CORE, ['events', 'namespaces', 'nodes', 'pods']),
    allow(READ, EXTENSIONS, 'deployments'),
  ]),
  clusterRole('system:persistent-volume-provisioner', [
    allow(['create', 'delete', ...READ], CORE, 'persistentvolumes'),
    allow([...READ, 'update'], CORE, 'persistentvolumeclaims'),
    allow(READ, STORAGE, 'storageclasses'),
    allow('watch', CORE, 'events'),
    EVENT_RULE,
  ]),
  clusterRole('system:volume-scheduler', [
    allow(READ_UPDATE, CORE, 'persistentvolumes'),
    allow(READ, STORAGE, 'storageclasses'),
    allow(READ_UPDATE, CORE, 'persistentvolumeclaims'),
  ]),
];

/**
 * Ours. Bound to nobody: reading the ledger of issued tokens, which holds no token, and ending tokens. Bound to everybody:
 * the status lists that relying parties follow.
 */
const MAYFLY: readonly ClusterRole[] = [
  clusterRole('mayfly:issued-tokens-viewer', [allow(READ, 'identity.mayfly.dev', 'issuedtokens')]),
  clusterRole('mayfly:token-revoker', [
    allow(READ, 'identity.mayfly.dev', 'issuedtokens'),
    allow(['create', ...READ], 'identity.mayfly.dev', 'tokenrevocations'),
  ]),
  clusterRole('mayfly:token-status-list-viewer', [
    allowURLs('get', '/openid/v1/token-status-lists', '/openid/v1/token-status-lists/*'),
  ]),
];

export const SYSTEM_CLUSTER_ROLES: readonly ClusterRole[] = [
  ...ACCESS,
  ...NODES,
  ...CERTIFICATE_ROLES,
  ...CONTROL_PLANE,
  ...MAYFLY,
];
