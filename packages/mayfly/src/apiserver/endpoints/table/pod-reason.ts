/**
 * The word in kubectl's STATUS column, which people act on and scripts match: every case is Kubernetes'.
 *
 * @see kubernetes/kubernetes pkg/printers/internalversion/printers.go, printPod; spec kubernetes-wire §14
 */
import type { ContainerState, ContainerStatus, Pod } from '@mayfly/api/core/v1/pod';

type Terminated = NonNullable<ContainerState['terminated']>;

export function podReason(pod: Pod): string {
  const init = initReason(pod);
  const reason = init !== undefined && !isInitialized(pod) ? init : runningReason(pod, init ?? phaseReason(pod));
  return pod.metadata?.deletionTimestamp === undefined ? reason : deletionReason(pod, reason);
}

/** Names of init containers that restart always: they keep running beside the others. */
export function sidecars({ spec }: Pod): ReadonlySet<string> {
  const helpers = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return new Set(helpers.map(({ name }) => name));
}

/** True once the init containers no longer hold the pod up. */
export function initialised(pod: Pod): boolean {
  return initReason(pod) === undefined || isInitialized(pod);
}

function phaseReason({ status = {} }: Pod): string {
  const gated = (status.conditions ?? []).some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated');
  return gated ? 'SchedulingGated' : status.reason || (status.phase ?? '');
}

/** The first init container that is not done, and why; undefined when all are. */
function initReason(pod: Pod): string | undefined {
  const helpers = sidecars(pod);
  const statuses = pod.status?.initContainerStatuses ?? [];
  const index = statuses.findIndex((status) => !isDone(status, helpers));
  const blocking = statuses[index];
  if (!blocking) return undefined;
  const { terminated, waiting } = blocking.state ?? {};
  if (terminated) return `Init:${terminatedReason(terminated)}`;
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return `Init:${index}/${pod.spec.initContainers?.length ?? 0}`;
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

function isInitialized(pod: Pod): boolean {
  return hasCondition(pod, 'Initialized');
}

function hasCondition({ status }: Pod, type: string): boolean {
  return (status?.conditions ?? []).some((one) => one.type === type && one.status === 'True');
}
