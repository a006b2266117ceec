import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { tableConvertor } from './table.ts';

const NOW_MS = Date.parse('2026-01-01T01:00:00Z');
const METADATA = { name: 'p', creationTimestamp: '2026-01-01T00:00:00Z' };
const table = tableConvertor('', 'pods');

const one = { containers: [{ name: 'c' }] };
const withInit = { ...one, initContainers: [{ name: 'i' }, { name: 'j' }] };
const withSidecar = { ...one, initContainers: [{ name: 'i', restartPolicy: 'Always' }] };
const running = { name: 'c', ready: true, restartCount: 0, state: { running: {} } };
const waiting = (reason: string): object => ({
  name: 'c',
  ready: false,
  restartCount: 0,
  state: { waiting: { reason } },
});
const ended = (change: object): object => ({
  name: 'c',
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode: 0, ...change } },
});
const condition = (type: string): object => ({ type, status: 'True' });
const DELETED = { deletionTimestamp: '2026-01-01T00:30:00Z' };

for (const { name, spec = one, status, metadata = {}, want } of [
  { name: 'pending', status: { phase: 'Pending' }, want: ['0/1', 'Pending', '0'] },
  { name: 'evicted', status: { phase: 'Failed', reason: 'Evicted' }, want: ['0/1', 'Evicted', '0'] },
  {
    name: 'gated',
    status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
    want: ['0/1', 'SchedulingGated', '0'],
  },
  { name: 'running', status: { phase: 'Running', containerStatuses: [running] }, want: ['1/1', 'Running', '0'] },
  {
    name: 'waiting',
    status: { phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] },
    want: ['0/1', 'ImagePullBackOff', '0'],
  },
  {
    name: 'ended with a reason',
    status: { phase: 'Running', containerStatuses: [ended({ reason: 'Error', exitCode: 1 })] },
    want: ['0/1', 'Error', '0'],
  },
  {
    name: 'ended by a signal',
    status: { phase: 'Running', containerStatuses: [ended({ signal: 9, exitCode: 137 })] },
    want: ['0/1', 'Signal:9', '0'],
  },
  {
    name: 'ended with a code',
    status: { phase: 'Running', containerStatuses: [ended({ exitCode: 3 })] },
    want: ['0/1', 'ExitCode:3', '0'],
  },
  {
    name: 'the first container has the last word',
    spec: { containers: [{ name: 'c' }, { name: 'd' }] },
    status: { phase: 'Running', containerStatuses: [waiting('First'), waiting('Second')] },
    want: ['0/2', 'First', '0'],
  },
  {
    name: 'one done, one running and ready',
    spec: { containers: [{ name: 'c' }, { name: 'd' }] },
    status: {
      phase: 'Running',
      conditions: [condition('Ready')],
      containerStatuses: [ended({ reason: 'Completed' }), running],
    },
    want: ['1/2', 'Running', '0'],
  },
  {
    name: 'one done, one running, not ready',
    spec: { containers: [{ name: 'c' }, { name: 'd' }] },
    status: { phase: 'Running', containerStatuses: [ended({ reason: 'Completed' }), running] },
    want: ['1/2', 'NotReady', '0'],
  },
  {
    name: 'at the second init container',
    spec: withInit,
    status: {
      phase: 'Pending',
      initContainerStatuses: [
        { ...ended({}), name: 'i', restartCount: 2 },
        { name: 'j', restartCount: 1, state: {} },
      ],
    },
    want: ['0/1', 'Init:1/2', '3'],
  },
  {
    name: 'init waiting',
    spec: withInit,
    status: { phase: 'Pending', initContainerStatuses: [{ ...waiting('CrashLoopBackOff'), name: 'i' }] },
    want: ['0/1', 'Init:CrashLoopBackOff', '0'],
  },
  {
    name: 'init preparing',
    spec: withInit,
    status: { phase: 'Pending', initContainerStatuses: [{ ...waiting('PodInitializing'), name: 'i' }] },
    want: ['0/1', 'Init:0/2', '0'],
  },
  {
    name: 'init failed with a reason',
    spec: withInit,
    status: { phase: 'Failed', initContainerStatuses: [{ ...ended({ exitCode: 1, reason: 'Error' }), name: 'i' }] },
    want: ['0/1', 'Init:Error', '0'],
  },
  {
    name: 'init failed by a signal',
    spec: withInit,
    status: { phase: 'Failed', initContainerStatuses: [{ ...ended({ exitCode: 1, signal: 9 }), name: 'i' }] },
    want: ['0/1', 'Init:Signal:9', '0'],
  },
  {
    name: 'init failed with a code',
    spec: withInit,
    status: { phase: 'Failed', initContainerStatuses: [{ ...ended({ exitCode: 2 }), name: 'i' }] },
    want: ['0/1', 'Init:ExitCode:2', '0'],
  },
  {
    name: 'init done: its restarts no longer count',
    spec: withInit,
    status: {
      phase: 'Running',
      initContainerStatuses: [{ ...ended({}), name: 'i', restartCount: 5 }],
      containerStatuses: [{ ...running, restartCount: 1 }],
    },
    want: ['1/1', 'Running', '1'],
  },
  {
    name: 'a sidecar that runs is counted',
    spec: withSidecar,
    status: {
      phase: 'Running',
      initContainerStatuses: [{ ...running, name: 'i', started: true, restartCount: 2 }],
      containerStatuses: [running],
    },
    want: ['2/2', 'Running', '2'],
  },
  {
    name: 'restarted five minutes ago',
    status: {
      phase: 'Running',
      containerStatuses: [
        { ...running, restartCount: 4, lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:55:00Z' } } },
      ],
    },
    want: ['1/1', 'Running', '4 (5m ago)'],
  },
  {
    name: 'terminating',
    metadata: DELETED,
    status: { phase: 'Running', containerStatuses: [running] },
    want: ['1/1', 'Terminating', '0'],
  },
  {
    name: 'ended while terminating',
    metadata: DELETED,
    status: { phase: 'Succeeded' },
    want: ['0/1', 'Succeeded', '0'],
  },
  {
    name: 'on a lost node',
    metadata: DELETED,
    status: { phase: 'Running', reason: 'NodeLost' },
    want: ['0/1', 'Unknown', '0'],
  },
] as { name: string; spec?: object; status: object; metadata?: object; want: string[] }[]) {
  test(`a pod that is ${name} reads ${want.join(' | ')}`, () => {
    const pod = { metadata: { ...METADATA, ...metadata }, spec, status } as KubernetesObject;
    assert.deepEqual(table.cells(pod, NOW_MS), ['p', ...want, '60m', '<none>', '<none>', '<none>', '<none>']);
  });
}

test('-o wide tells where a pod is', () => {
  const spec = { ...one, nodeName: 'n1', readinessGates: [{ conditionType: 'a/b' }, { conditionType: 'c/d' }] };
  const status = { podIPs: [{ ip: '10.0.0.1' }], nominatedNodeName: 'n2', conditions: [condition('a/b')] };
  const cells = table.cells({ metadata: METADATA, spec, status } as KubernetesObject, NOW_MS);
  assert.deepEqual(cells.slice(5), ['10.0.0.1', 'n1', 'n2', '1/2']);
});

for (const { phase, message } of [
  { phase: 'Succeeded', message: 'The pod has completed successfully.' },
  { phase: 'Failed', message: 'The pod failed.' },
]) {
  test(`a pod that ${phase} is marked as completed`, () => {
    const pod = { metadata: METADATA, spec: one, status: { phase } } as KubernetesObject;
    assert.deepEqual(table.conditions?.(pod), [{ type: 'Completed', status: 'True', reason: phase, message }]);
  });
}

test('a running pod is not marked', () => {
  assert.equal(
    table.conditions?.({ metadata: METADATA, spec: one, status: { phase: 'Running' } } as KubernetesObject),
    undefined,
  );
});
