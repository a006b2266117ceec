import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { tableConvertor } from './table.ts';

const NOW_MS = Date.parse('2026-01-01T01:00:00Z');
const METADATA = { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' };
const RBAC = 'rbac.authorization.k8s.io';
const names = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, '']));

/** Columns of priority 1 end in an asterisk. */
for (const { group = '', resource, columns, object = {}, cells } of [
  {
    resource: 'namespaces',
    columns: 'Name,Status,Age',
    object: { status: { phase: 'Active' } },
    cells: ['a', 'Active', '60m'],
  },
  {
    resource: 'serviceaccounts',
    columns: 'Name,Secrets,Age',
    object: { secrets: [{ name: 's' }] },
    cells: ['a', 1, '60m'],
  },
  {
    resource: 'secrets',
    columns: 'Name,Type,Data,Age',
    object: { type: 'Opaque', data: names(2) },
    cells: ['a', 'Opaque', 2, '60m'],
  },
  {
    resource: 'configmaps',
    columns: 'Name,Data,Age',
    object: { data: names(2), binaryData: names(1) },
    cells: ['a', 3, '60m'],
  },
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    columns: 'Name,Holder,Age',
    object: { spec: { holderIdentity: 'h' } },
    cells: ['a', 'h', '60m'],
  },
  { group: 'coordination.k8s.io', resource: 'leases', columns: 'Name,Holder,Age', cells: ['a', '', '60m'] },
  { group: RBAC, resource: 'roles', columns: 'Name,Created At', cells: ['a', METADATA.creationTimestamp] },
  { group: RBAC, resource: 'clusterroles', columns: 'Name,Created At', cells: ['a', METADATA.creationTimestamp] },
  ...['rolebindings', 'clusterrolebindings'].map((resource) => ({
    group: RBAC,
    resource,
    columns: 'Name,Role,Age,Users*,Groups*,ServiceAccounts*',
    object: {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u1' },
        { kind: 'User', name: 'u2' },
        { kind: 'Group', name: 'g' },
        { kind: 'ServiceAccount', namespace: 'n', name: 's' },
      ],
    },
    cells: ['a', 'Role/r', '60m', 'u1, u2', 'g', 'n/s'],
  })),
  {
    resource: 'nodes',
    columns: 'Name,Status,Roles,Age,Version,Internal-IP*,External-IP*,OS-Image*,Kernel-Version*,Container-Runtime*',
    cells: ['a', 'Unknown', '<none>', '60m', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'],
  },
  {
    resource: 'nodes',
    columns: 'Name,Status,Roles,Age,Version,Internal-IP*,External-IP*,OS-Image*,Kernel-Version*,Container-Runtime*',
    object: {
      metadata: {
        ...METADATA,
        labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge', 'node-role.kubernetes.io/': 'x' },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: { kubeletVersion: 'v1', osImage: 'o', kernelVersion: 'k', containerRuntimeVersion: 'c' },
      },
    },
    cells: ['a', 'Ready,SchedulingDisabled', 'edge,worker', '60m', 'v1', '10.0.0.1', '<none>', 'o', 'k', 'c'],
  },
  {
    resource: 'events',
    columns: 'Last Seen,Type,Reason,Object,Subobject*,Source*,Message,First Seen*,Count*,Name*',
    object: {
      type: 'Normal',
      reason: 'Created',
      message: ' done \n',
      involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec' },
      source: { component: 'agent', host: 'n1' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:59:00Z',
      count: 3,
    },
    cells: ['60s', 'Normal', 'Created', 'pod/p', 'spec', 'agent, n1', 'done', '60m', 3, 'a'],
  },
  {
    resource: 'events',
    columns: 'Last Seen,Type,Reason,Object,Subobject*,Source*,Message,First Seen*,Count*,Name*',
    object: {
      involvedObject: { kind: 'Node' },
      reportingComponent: 'agent',
      eventTime: '2026-01-01T00:00:00.000000Z',
      series: { count: 5, lastObservedTime: '2026-01-01T00:59:30.000000Z' },
    },
    cells: ['30s', '', '', 'node', '', 'agent', '', '60m', 5, 'a'],
  },
  {
    resource: 'services',
    columns: 'Name,Type,Cluster-IP,External-IP,Port(s),Age,Selector*',
    object: {
      spec: {
        type: 'NodePort',
        clusterIP: '10.0.0.1',
        ports: [{ port: 80, nodePort: 30000, protocol: 'TCP' }],
        selector: { b: 'c', a: 'b' },
      },
    },
    cells: ['a', 'NodePort', '10.0.0.1', '<none>', '80:30000/TCP', '60m', 'a=b,b=c'],
  },
  { group: 'example.com', resource: 'things', columns: 'Name,Created At', cells: ['a', METADATA.creationTimestamp] },
] as { group?: string; resource: string; columns: string; object?: object; cells: unknown[] }[]) {
  test(`${group === '' ? resource : `${resource}.${group}`} prints ${columns}: ${cells.join(' | ')}`, () => {
    const table = tableConvertor(group, resource);
    const shown = table.columns.map(({ name, priority }) => (priority === 1 ? `${name}*` : name));
    assert.equal(shown.join(','), columns);
    assert.deepEqual(table.cells({ metadata: METADATA, ...object } as KubernetesObject, NOW_MS), cells);
  });
}

test('every column says what it means, and names are marked as such', () => {
  for (const resource of ['pods', 'nodes', 'secrets', 'events', 'services']) {
    const { columns } = tableConvertor('', resource);
    for (const { name, description } of columns) assert.ok(description, `${resource} ${name}`);
    assert.equal(columns.find(({ name }) => name === 'Name')?.format, 'name');
  }
});

const TOKEN_COLUMNS =
  'Name,ServiceAccount,Bound To,Audiences,Issued,Expires,Last Used,Requested By*,Source*,Key ID*,Workload*,Node*,Stale*';
const TOKEN = {
  metadata: METADATA,
  spec: {
    serviceAccountName: 'app',
    serviceAccountUID: 'u',
    audiences: ['a', 'b'],
    boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'x' },
    issuedAt: '2026-01-01T00:30:00Z',
    expirationTimestamp: '2026-01-01T01:30:00Z',
    keyID: 'k',
    issuer: 'i',
    requestedBy: { username: 'system:node:n1', sourceIP: '10.0.0.1', userAgent: 'x' },
  },
};

for (const { name, object, cells } of [
  {
    name: 'a token in use',
    object: {
      ...TOKEN,
      spec: { ...TOKEN.spec, workload: { kind: 'Deployment', name: 'w' }, nodeName: 'n1' },
      status: { lastUsed: { time: '2026-01-01T00:59:00Z' }, stale: { count: 7 } },
    },
    cells: [
      'a',
      'app',
      'Pod/p',
      'a,b',
      '30m',
      '30m',
      '60s ago',
      'system:node:n1',
      '10.0.0.1',
      'k',
      'Deployment/w',
      'n1',
      '7',
    ],
  },
  {
    name: 'an expired token, bound to nothing',
    object: {
      ...TOKEN,
      spec: { ...TOKEN.spec, boundObjectRef: undefined, expirationTimestamp: '2026-01-01T00:55:00Z' },
    },
    cells: [
      'a',
      'app',
      '<none>',
      'a,b',
      '30m',
      'expired 5m ago',
      'never',
      'system:node:n1',
      '10.0.0.1',
      'k',
      '<none>',
      '<none>',
      '0',
    ],
  },
] as { name: string; object: object; cells: unknown[] }[]) {
  test(`issued tokens: ${name}`, () => {
    const table = tableConvertor('identity.mayfly.dev', 'issuedtokens');
    assert.equal(
      table.columns.map((column) => (column.priority === 1 ? `${column.name}*` : column.name)).join(','),
      TOKEN_COLUMNS,
    );
    assert.deepEqual(table.cells(object as KubernetesObject, NOW_MS), cells);
  });
}
