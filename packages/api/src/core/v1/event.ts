/** Event: what happened to another object, kept for an hour. @see kubernetes/kubernetes pkg/apis/core/validation/events.go */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { type FieldError, invalid, required } from '../../validation/field-error.ts';
import { byteLength, qualifiedName } from '../../validation/names.ts';
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

/** Old events only have to lie where their object does; those with an `eventTime` must say who reports what. */
export function validateEvent(event: Event): FieldError[] {
  return event.eventTime ? newEventErrors(event) : namespaceErrors(event, ['default'], true);
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

/** @param shared   namespaces for events of cluster-scoped objects */
function namespaceErrors(event: Event, shared: readonly string[], strict: boolean): FieldError[] {
  const namespace = event.metadata?.namespace ?? '';
  const involved = event.involvedObject?.namespace ?? '';
  const fits = involved === '' ? shared.includes(namespace) : !strict || involved === namespace;
  return fits ? [] : [invalid('involvedObject.namespace', involved, 'does not match event.namespace')];
}

function newEventErrors(event: Event): FieldError[] {
  const { reportingComponent = '', message = '' } = event;
  return [
    ...namespaceErrors(event, ['default', 'kube-system'], false),
    ...(reportingComponent === '' ? [required('reportingComponent')] : []),
    ...qualifiedName(reportingComponent).map((text) => invalid('reportingComponent', reportingComponent, text)),
    ...(['reportingInstance', 'action', 'reason'] as const).flatMap((key) => shortTextErrors(event[key] ?? '', key)),
    ...(byteLength(message) > 1024 ? [invalid('message', '', 'can have at most 1024 characters')] : []),
  ];
}

function shortTextErrors(text: string, field: string): FieldError[] {
  if (text === '') return [required(field)];
  return byteLength(text) > 128 ? [invalid(field, '', 'can have at most 128 characters')] : [];
}
