import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lease, validateLease } from '../../coordination/v1/lease.ts';
import { type ConfigMap, validateConfigMap, validateConfigMapUpdate } from './config-map.ts';
import { EVENT_FIELDS, type Event, eventFields, validateEvent } from './event.ts';
import { NAMESPACE_FIELDS, type Namespace, namespaceFields, setNamespaceDefaults } from './namespace.ts';
import { type Node, nodeFields, setNodeDefaults, validateNode, validateNodeUpdate } from './node.ts';
import { type ServiceAccount, serviceAccountWarnings, setServiceAccountDefaults } from './service-account.ts';

const texts = (errors: readonly { field: string; body: string }[]): string[] =>
  errors.map(({ field, body }) => `${field}: ${body}`);

test('M21: secrets of a service account are reduced to their names', () => {
  const account: ServiceAccount = { secrets: [{ name: 's1', namespace: 'x', uid: 'y' }] };
  setServiceAccountDefaults(account);
  assert.deepEqual(account.secrets, [{ name: 's1' }]);
});

test('M15: enforce-mountable-secrets warns when it is set, and not again', () => {
  const annotated: ServiceAccount = { metadata: { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'no' } } };
  const warning =
    'metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';
  assert.deepEqual(serviceAccountWarnings(annotated, undefined), [warning]);
  assert.deepEqual(serviceAccountWarnings(annotated, {}), [warning]);
  assert.deepEqual(serviceAccountWarnings(annotated, annotated), []);
  assert.deepEqual(serviceAccountWarnings({}, undefined), []);
});

test('a namespace carries its name as a label, whatever was sent', () => {
  const namespace: Namespace = { metadata: { name: 'a', labels: { 'kubernetes.io/metadata.name': 'b', x: 'y' } } };
  setNamespaceDefaults(namespace);
  assert.deepEqual(namespace.metadata?.labels, { 'kubernetes.io/metadata.name': 'a', x: 'y' });
});

test('a namespace is selected by phase and by name', () => {
  const fields = namespaceFields({ metadata: { name: 'a' }, status: { phase: 'Active' } });
  assert.deepEqual(fields, { name: 'a', 'status.phase': 'Active' });
  assert.deepEqual(Object.keys(fields), NAMESPACE_FIELDS);
});

for (const { name, configMap, want } of [
  { name: 'both maps', configMap: { data: { a: 'x' }, binaryData: { b: 'eA==' } }, want: [] },
  {
    name: 'a key in both',
    configMap: { data: { a: 'x' }, binaryData: { a: 'eA==' } },
    want: ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  },
  { name: 'one MiB', configMap: { data: { a: 'x'.repeat(1_048_576) } }, want: [] },
  {
    name: 'one byte more, in bytes',
    configMap: { data: { a: `${'x'.repeat(1_048_575)}ü` } },
    want: [': Too long: may not be more than 1048576 bytes'],
  },
] as { name: string; configMap: ConfigMap; want: string[] }[]) {
  test(`validateConfigMap: ${name}`, () => assert.deepEqual(texts(validateConfigMap(configMap)), want));
}

test('a frozen config map keeps data and binaryData', () => {
  const old: ConfigMap = { immutable: true, data: { a: 'x' }, binaryData: { b: 'eA==' } };
  const got = texts(validateConfigMapUpdate({ data: {}, binaryData: {} }, old));
  const frozen = 'Forbidden: field is immutable when `immutable` is set';
  assert.deepEqual(got, [`immutable: ${frozen}`, `data: ${frozen}`, `binaryData: ${frozen}`]);
});

for (const { name, namespace, involved, want } of [
  { name: 'in the namespace of its object', namespace: 'ns1', involved: 'ns1', want: [] },
  { name: 'of a node in default', namespace: 'default', involved: '', want: [] },
  {
    name: 'of a node elsewhere',
    namespace: 'ns1',
    involved: '',
    want: ['involvedObject.namespace: Invalid value: "": does not match event.namespace'],
  },
  {
    name: 'of another namespace',
    namespace: 'ns1',
    involved: 'ns2',
    want: ['involvedObject.namespace: Invalid value: "ns2": does not match event.namespace'],
  },
]) {
  test(`validateEvent: an event ${name}`, () => {
    const event: Event = { metadata: { namespace }, involvedObject: { namespace: involved } };
    assert.deepEqual(texts(validateEvent(event)), want);
  });
}

test('an event with an eventTime says who reports what', () => {
  const event: Event = { metadata: { namespace: 'default' }, eventTime: '2026-01-01T00:00:00.000000Z' };
  const missing = new Set(validateEvent(event).map(({ field }) => field));
  assert.deepEqual([...missing], ['reportingComponent', 'reportingInstance', 'action', 'reason']);
  const whole = { ...event, reportingComponent: 'a/b', reportingInstance: 'i', action: 'x', reason: 'y' };
  assert.deepEqual(validateEvent(whole), []);
  assert.deepEqual(texts(validateEvent({ ...whole, action: 'x'.repeat(129), message: 'x'.repeat(1025) })), [
    'action: Invalid value: "": can have at most 128 characters',
    'message: Invalid value: "": can have at most 1024 characters',
  ]);
});

test('an event of a node is selected by an empty namespace', () => {
  const fields = eventFields({ involvedObject: { kind: 'Node', name: 'n1' }, source: { component: 'kubelet' } });
  assert.equal(fields['involvedObject.namespace'], '');
  assert.equal(fields['involvedObject.kind'], 'Node');
  assert.equal(fields.source, 'kubelet');
  assert.deepEqual(Object.keys(fields).toSorted(), EVENT_FIELDS.toSorted());
});

test('a newer event names its source as reporting component', () => {
  assert.equal(eventFields({ reportingComponent: 'agent' }).source, 'agent');
});

test('a node without allocatable resources offers all it has', () => {
  const node: Node = { status: { capacity: { cpu: '4' } } };
  setNodeDefaults(node);
  assert.deepEqual(node.status?.allocatable, { cpu: '4' });
});

const tainted = (...taints: { key: string; value?: string; effect: string }[]): Node => ({ spec: { taints } });

for (const { name, node, want } of [
  { name: 'a taint', node: tainted({ key: 'a', effect: 'NoSchedule' }), want: [] },
  {
    name: 'a taint without effect',
    node: tainted({ key: 'a', effect: '' }),
    want: [/^spec\.taints\[0\]\.effect: Required value/],
  },
  {
    name: 'an unknown effect',
    node: tainted({ key: 'a', effect: 'X' }),
    want: [/Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"/],
  },
  {
    name: 'the same taint twice',
    node: tainted({ key: 'a', effect: 'NoExecute' }, { key: 'a', value: 'b', effect: 'NoExecute' }),
    want: [/^spec\.taints\[1\]: Duplicate value/],
  },
]) {
  test(`validateNode: ${name}`, () => {
    const got = texts(validateNode(node));
    assert.equal(got.length, want.length, got.join('\n'));
    for (const [index, pattern] of want.entries()) assert.match(got[index] ?? '', pattern);
  });
}

test('a node keeps its provider id and pod ranges once they are set', () => {
  const old: Node = { spec: { providerID: 'x://1', podCIDRs: ['10.0.0.0/24'] } };
  assert.deepEqual(
    texts(validateNodeUpdate({ spec: {} }, old)).map((text) => text.split(':')[0]),
    ['spec.podCIDRs', 'spec.providerID'],
  );
  assert.deepEqual(validateNodeUpdate(old, { spec: {} }), []);
});

test('a node is selected by whether it takes pods', () => {
  assert.deepEqual(nodeFields({}), { 'spec.unschedulable': 'false' });
  assert.deepEqual(nodeFields({ spec: { unschedulable: true } }), { 'spec.unschedulable': 'true' });
});

for (const { name, spec, want } of [
  { name: 'an hour', spec: { leaseDurationSeconds: 1, leaseTransitions: 0 }, want: [] },
  {
    name: 'no time',
    spec: { leaseDurationSeconds: 0 },
    want: ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
  },
  {
    name: 'fewer than no transitions',
    spec: { leaseTransitions: -1 },
    want: ['spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
  },
] as { name: string; spec: NonNullable<Lease['spec']>; want: string[] }[]) {
  test(`validateLease: ${name}`, () => assert.deepEqual(texts(validateLease({ spec })), want));
}
