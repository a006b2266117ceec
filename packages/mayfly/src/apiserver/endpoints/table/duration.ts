/**
 * Ages as people read them: two units at most, the smaller left out when zero or when it no longer matters.
 *
 * @see kubernetes/apimachinery pkg/util/duration/duration.go, HumanDuration
 */

import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { parseTime } from '@mayfly/api/meta/v1/time';
import type { Column } from './column.ts';

export const UNKNOWN = '<unknown>';

/** @param durationMs   of milliseconds; up to two seconds below zero counts as clock skew */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return split(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  return hoursAndMore(Math.trunc(minutes / 60), minutes % 60);
}

function hoursAndMore(hours: number, minutes: number): string {
  if (hours < 8) return split(hours, 'h', minutes, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return split(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? split(years, 'y', days % 365, 'd') : `${years}y`;
}

/** Age of an instant; `<unknown>` without one. @param time RFC 3339 @param nowMs epoch milliseconds */
export function ageOf(time: string | null | undefined, nowMs: number): string {
  const sinceMs = time ? parseTime(time) : undefined;
  return sinceMs === undefined ? UNKNOWN : humanDuration(nowMs - sinceMs);
}

/** Time since the object was created. */
export const AGE_COLUMN: Column<KubernetesObject> = {
  name: 'Age',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.',
  cell: ({ metadata }, nowMs) => ageOf(metadata?.creationTimestamp, nowMs),
};

function split(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major}${majorUnit}` : `${major}${majorUnit}${minor}${minorUnit}`;
}
