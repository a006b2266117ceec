/** Event: what happened to another object, kept for an hour. @see kubernetes/kubernetes pkg/apis/core/validation/events.go */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { type FieldError, invalid } from '../../validation/field-error.ts';
import type { ObjectReference } from './references.ts';

export interface EventSource {
  component?: string;
  host?: string;
}

export interface Event extends KubernetesObject {
  involvedObject?: ObjectReference;
  reason?: string;
  message?: string;
  type?: string;
  source?: EventSource;
  count?: number;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  /** MicroTime. */
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string };
  action?: string;
  related?: ObjectReference;
  reportingComponent?: string;
  reportingInstance?: string;
}

/** How long an event lives after its last write, unless configured. */
export const EVENT_TTL_MS = 3_600_000;

export function setEventDefaults(_event: Event): void {
  // Kubernetes defaults nothing here.
}

/** An event lives in its object's namespace; a cluster-scoped object's in `default`. */
export function validateEvent(event: Event): FieldError[] {
  const namespace = event.metadata?.namespace ?? '';
  const involved = event.involvedObject?.namespace ?? '';
  if (involved === namespace || (involved === '' && namespace === 'default')) return [];
  return [invalid('involvedObject.namespace', involved, 'does not match event.namespace')];
}

export function validateEventUpdate(event: Event, _old: Event): FieldError[] {
  return validateEvent(event);
}

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const;

export const EVENT_FIELDS: readonly string[] = [
  ...INVOLVED.map((key) => `involvedObject.${key}`),
  'reason',
  'reportingComponent',
  'source',
  'type',
];

export function eventFields(event: Event): Readonly<Record<string, string>> {
  const involved = event.involvedObject ?? {};
  return {
    ...Object.fromEntries(INVOLVED.map((key) => [`involvedObject.${key}`, involved[key] ?? ''])),
    reason: event.reason ?? '',
    reportingComponent: event.reportingComponent ?? '',
    source: event.source?.component || (event.reportingComponent ?? ''),
    type: event.type ?? '',
  };
}
