/** Quality of service, as the strategy writes it into the status of a new pod. @see kubernetes/kubernetes pkg/apis/core/v1/helper/qos/qos.go */
import type { Container, Pod } from './pod-types.ts';

const RESOURCES = ['cpu', 'memory'] as const;

export type QOSClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Guaranteed: every container limits cpu and memory to what it requests. BestEffort: none requests either. */
export function podQOSClass({ spec }: Pod): QOSClass {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]; // asked before it is validated
  if (!containers.some(asksForAny)) return 'BestEffort';
  return containers.every(isCapped) ? 'Guaranteed' : 'Burstable';
}

function asksForAny({ resources = {} }: Container): boolean {
  return RESOURCES.some((name) => isPositive(resources.requests?.[name]) || isPositive(resources.limits?.[name]));
}

/** Equal text is equal quantity; `1` against `1000m` is called Burstable, which nothing here relies on. */
function isCapped({ resources = {} }: Container): boolean {
  return RESOURCES.every(
    (name) => isPositive(resources.limits?.[name]) && sameText(resources.requests?.[name], resources.limits?.[name]),
  );
}

function sameText(request: string | undefined, limit: string | undefined): boolean {
  return request === undefined || String(request) === String(limit);
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && Number.parseFloat(String(quantity)) > 0;
}
