/** Event: when it last happened, to what, and how often. */
import type { Event } from '@mayfly/api/core/v1/event';
import { type Column, NAME_COLUMN, type TableSpec } from './column.ts';
import { ageOf } from './duration.ts';

export const EVENT_TABLE: TableSpec<Event> = {
  columns: [
    { name: 'Last Seen', description: 'Time since this event was last seen.', cell: lastSeen },
    { name: 'Type', description: 'Normal or Warning.', cell: ({ type = '' }) => type },
    { name: 'Reason', description: 'Why, in one word.', cell: ({ reason = '' }) => reason },
    { name: 'Object', description: 'What it happened to.', cell: objectCell },
    wide('Subobject', 'Part of the object it happened to.', ({ involvedObject }) => involvedObject?.fieldPath ?? ''),
    wide('Source', 'Who reported it.', source),
    { name: 'Message', description: 'What happened.', cell: ({ message = '' }) => message.trim() },
    wide('First Seen', 'Time since this event was first seen.', firstSeen),
    wide('Count', 'How often it was seen.', count),
    { ...NAME_COLUMN, priority: 1 },
  ],
};

function wide(name: string, description: string, cell: Column<Event>['cell']): Column<Event> {
  return { name, description, priority: 1, cell };
}

/** Both event APIs share the object: the newer one fills `eventTime` and `series` in place of the old times. */
function firstSeen({ firstTimestamp, eventTime }: Event, nowMs: number): string {
  return ageOf(firstTimestamp ?? eventTime, nowMs);
}

function lastSeen(event: Event, nowMs: number): string {
  if (event.series?.lastObservedTime) return ageOf(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp ? ageOf(event.lastTimestamp, nowMs) : firstSeen(event, nowMs);
}

function count(event: Event): number {
  return event.series?.count ?? (event.count || 1);
}

function objectCell({ involvedObject: { kind = '', name = '' } = {} }: Event): string {
  return name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
}

function source(event: Event): string {
  const component = event.source?.component || (event.reportingComponent ?? '');
  const host = event.source?.host || (event.reportingInstance ?? '');
  return [component, host].filter((part) => part !== '').join(', ');
}
