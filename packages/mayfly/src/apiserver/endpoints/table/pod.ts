/** Pod: how many containers are ready, and one word on what holds it up. */
import type { ContainerStatus, Pod } from '@mayfly/api/core/v1/pod';
import { parseTime } from '@mayfly/api/meta/v1/time';
import { type Column, NAME_COLUMN, type RowCondition, type TableSpec } from './column.ts';
import { AGE_COLUMN, humanDuration } from './duration.ts';
import { initProgress, podReason, sidecars } from './pod-reason.ts';

const NONE = '<none>';
const PHASE_MESSAGE: Readonly<Record<string, string>> = {
  Succeeded: 'The pod has completed successfully.',
  Failed: 'The pod failed.',
};

export const POD_TABLE: TableSpec<Pod> = {
  columns: [
    NAME_COLUMN,
    { name: 'Ready', description: 'Ready containers of all that keep running.', cell: ready },
    { name: 'Status', description: 'Phase of the pod, or why it is not getting on.', cell: podReason },
    { name: 'Restarts', description: 'How often containers were restarted, and when last.', cell: restarts },
    AGE_COLUMN,
    wide('IP', 'Address of the pod.', ({ status }) => status?.podIPs?.[0]?.ip || NONE),
    wide('Node', 'Node the pod is bound to.', ({ spec }) => spec.nodeName || NONE),
    wide('Nominated Node', 'Node that pods are being evicted from for this one.', nominated),
    wide('Readiness Gates', 'Conditions beyond the containers that must hold.', readinessGates),
  ],
  conditions: completed,
};

function wide(name: string, description: string, cell: Column<Pod>['cell']): Column<Pod> {
  return { name, description, priority: 1, cell };
}

/** Init containers that keep running count too; those that end never do. */
function ready(pod: Pod): string {
  const helpers = sidecars(pod);
  const { seen, blocks } = initProgress(pod);
  const readyHelpers = seen.filter((one) => helpers.has(one.name) && one.started && one.ready && !hasEndedWell(one));
  const readyContainers = blocks ? [] : (pod.status?.containerStatuses ?? []).filter(isServing);
  return `${readyHelpers.length + readyContainers.length}/${pod.spec.containers.length + helpers.size}`;
}

function hasEndedWell({ state }: ContainerStatus): boolean {
  return state?.terminated?.exitCode === 0;
}

function isServing({ ready: isReady, state }: ContainerStatus): boolean {
  return isReady && state?.running !== undefined && !state.terminated && !state.waiting?.reason;
}

/** Init containers count until they are done, and those that keep running count on. */
function restarts(pod: Pod, nowMs: number): string {
  const counted = countedStatuses(pod);
  const total = counted.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0); // a status may be half written
  const lastMs = Math.max(...counted.map(finishedAtMs));
  return total > 0 && lastMs > 0 ? `${total} (${humanDuration(nowMs - lastMs)} ago)` : String(total);
}

function countedStatuses(pod: Pod): readonly ContainerStatus[] {
  const { seen, blocks } = initProgress(pod);
  if (blocks) return seen;
  const helpers = sidecars(pod);
  return [...seen.filter(({ name }) => helpers.has(name)), ...(pod.status?.containerStatuses ?? [])];
}

function finishedAtMs({ lastState }: ContainerStatus): number {
  const finishedAt = lastState?.terminated?.finishedAt;
  return (finishedAt ? parseTime(finishedAt) : undefined) ?? 0;
}

function nominated({ status }: Pod): string {
  return status?.nominatedNodeName || NONE;
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const met = gates.filter(({ conditionType }) =>
    (status?.conditions ?? []).some((one) => one.type === conditionType && one.status === 'True'),
  );
  return `${met.length}/${gates.length}`;
}

function completed({ status }: Pod): readonly RowCondition[] | undefined {
  const reason = status?.phase ?? '';
  const message = PHASE_MESSAGE[reason];
  return message === undefined ? undefined : [{ type: 'Completed', status: 'True', reason, message }];
}
