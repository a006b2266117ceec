import type { KeyValue } from '../store.ts';

/**
 * All that is known of one key since the last compaction. Values of past versions are not here: the log holds them.
 *
 * 150 000 of these must be cheap: a key that was written once has no array of its own.
 */
export interface Entry {
  readonly key: string;
  current: KeyValue | undefined;
  /** Revisions of the versions before `current`, oldest first; a deletion's is negative. */
  past: number[] | undefined;
}

/** Whether the key lives, or will by the commit that is on its way: an entry that never had a version waits for its first. */
export function isCounted({ current, past }: Entry): boolean {
  return current !== undefined || past === undefined;
}

/** Which version a read at some revision sees. */
export type VersionAt = { readonly kv: KeyValue } | { readonly pastRevision: number } | undefined;

/** The version of this key that was newest at `revision`; undefined when the key did not exist then. */
export function versionAt(entry: Entry, revision: number): VersionAt {
  const { current, past } = entry;
  if (current !== undefined && current.modRevision <= revision) return { kv: current };
  const newest = past?.[lastAtOrBefore(past, revision)];
  return newest === undefined || newest < 0 ? undefined : { pastRevision: newest };
}

function lastAtOrBefore(past: readonly number[], revision: number): number {
  let low = 0;
  let high = past.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Math.abs(past[middle] as number) <= revision) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** How many of the oldest versions no read at or after `revision` can see. */
export function countUnreachable(entry: Entry, revision: number): number {
  const past = entry.past ?? [];
  let count = 0;
  while (count < past.length && supersededAt(entry, past, count) <= revision) count++;
  return count;
}

/** A deletion needs no follower: a key that is gone reads the same whether its tombstone is kept or not. */
function supersededAt(entry: Entry, past: readonly number[], index: number): number {
  const revision = past[index] as number;
  if (revision < 0) return -revision;
  return Math.abs(past[index + 1] ?? entry.current?.modRevision ?? Number.POSITIVE_INFINITY);
}
