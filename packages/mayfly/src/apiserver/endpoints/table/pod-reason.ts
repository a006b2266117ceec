/**
 * The word in kubectl's STATUS column, which people act on and scripts match: every case is Kubernetes'.
 *
 * @see kubernetes/kubernetes pkg/printers/internalversion/printers.go, printPod; spec kubernetes-wire §14
 */
import type { ContainerState, ContainerStatus, Pod } from '@mayfly/api/core/v1/pod';

type Terminated = NonNullable<ContainerState['terminated']>;

/** How far the init containers are. */
export interface InitProgress {
  /** Statuses up to the first that is not done, and with it. */
  readonly seen: readonly ContainerStatus[];
  /** Why that one is not done; undefined when all are. */
  readonly reason: string | undefined;
  /** True while the pod's own containers wait for it. */
  readonly blocks: boolean;
}

export function initProgress(pod: Pod): InitProgress {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const helpers = sidecars(pod);
  const index = statuses.findIndex((status) => !isDone(status, helpers));
  const blocking = statuses[index];
  if (!blocking) return { seen: statuses, reason: undefined, blocks: false };
  const reason = initReason(blocking, index, pod.spec.initContainers?.length ?? 0);
  return { seen: statuses.slice(0, index + 1), reason, blocks: !hasCondition(pod, 'Initialized') };
}

/** Says in one word how a pod is getting on. */
export function podReason(pod: Pod): string {
  const { reason: waiting, blocks } = initProgress(pod);
  const before = waiting ?? phaseReason(pod);
  const reason = blocks ? before : runningReason(pod, before);
  return pod.metadata?.deletionTimestamp === undefined ? reason : deletionReason(pod, reason);
}

/** Names of init containers that restart always: they keep running beside the others. */
export function sidecars({ spec }: Pod): ReadonlySet<string> {
  const helpers = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return new Set(helpers.map(({ name }) => name));
}

function phaseReason({ status = {} }: Pod): string {
  const gated = (status.conditions ?? []).some(
    (one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : status.reason || (status.phase ?? '');
}

function initReason({ state }: ContainerStatus, index: number, total: number): string {
  const { terminated, waiting } = state ?? {};
  if (terminated) return `Init:${terminatedReason(terminated)}`;
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return `Init:${index}/${total}`;
}

function isDone({ name, state, started }: ContainerStatus, helpers: ReadonlySet<string>): boolean {
  return state?.terminated?.exitCode === 0 || (helpers.has(name) && started === true);
}

/** From the last container to the first: the first one's trouble has the last word. */
function runningReason(pod: Pod, before: string): string {
  let reason = before;
  let isRunning = false;
  for (const { state, ready } of (pod.status?.containerStatuses ?? []).toReversed()) {
    if (state?.waiting?.reason) reason = state.waiting.reason;
    else if (state?.terminated) reason = terminatedReason(state.terminated);
    else if (ready && state?.running) isRunning = true;
  }
  if (reason !== 'Completed' || !isRunning) return reason;
  return hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
}

function terminatedReason({ reason, signal = 0, exitCode }: Terminated): string {
  if (reason) return reason;
  return signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
}

function deletionReason({ status = {} }: Pod, reason: string): string {
  if (status.reason === 'NodeLost') return 'Unknown';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? reason : 'Terminating';
}

function hasCondition({ status }: Pod, type: string): boolean {
  return (status?.conditions ?? []).some((one) => one.type === type && one.status === 'True');
}
