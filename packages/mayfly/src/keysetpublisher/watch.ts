/**
 * Publishes again and again. An error is told and tried again; what is published stays, and the longer it stays the louder
 * it is told.
 */
import { sleepOn } from '../apiserver/controllers/sleep.ts';
import type { Clock } from '../clock/clock.ts';
import type { Published } from './publish.ts';

export interface WatchOptions {
  /** One round. */
  readonly publish: () => Promise<Published>;
  /** Undefined: by what the server says of its documents. */
  readonly intervalMs: number | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onPublished: (published: Published) => void;
  /** One line, about a round that failed. */
  readonly onFailed: (text: string) => void;
}

/** A key is announced for an hour and five minutes before it signs, so that caches of an hour know it. Of the five, this is one. */
const MAX_INTERVAL_MS = 60_000;
const MIN_INTERVAL_MS = 10_000;
const RETRY_MS = 10_000;

/** When to fetch again: well before anything that was fetched may be another, but not all the time. */
export function nextFetchMs({ minMaxAgeSeconds }: Pick<Published, 'minMaxAgeSeconds'>): number {
  return Math.min(Math.max(minMaxAgeSeconds * 100, MIN_INTERVAL_MS), MAX_INTERVAL_MS); // a tenth of its age
}

export interface PublishedSet {
  readonly ageMs: number;
  /** How long the server lets its key set be kept. */
  readonly maxAgeMs: number;
}

/**
 * What an operator is told of a round that failed.
 *
 * @param set undefined: nothing was published by this process yet
 */
export function failureText(reason: string, set: PublishedSet | undefined): string {
  const failed = `not published: ${reason}`;
  if (set === undefined) return `${failed}; what is in the directory stays`;
  const age = `what is published is ${minutes(set.ageMs)} old`;
  if (set.ageMs < set.maxAgeMs) return `${failed}; ${age}, and too old in ${minutes(set.maxAgeMs - set.ageMs)}`;
  return `${failed}; ${age} and TOO OLD: whoever relies on it refuses the tokens of newer keys`;
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1000)}s` : `${Math.floor(ms / 60_000)}m`;
}

/** Resolves when the signal is given; a round under way is finished first. */
export async function publishForever(options: WatchOptions): Promise<void> {
  const { publish, intervalMs, clock, signal, onPublished, onFailed } = options;
  const sleep = sleepOn(clock);
  let last: { readonly atMs: number; readonly maxAgeMs: number } | undefined;
  while (!signal.aborted) {
    let waitMs = RETRY_MS;
    try {
      const atMs = clock.monotonicMs(); // the documents are as old as the question
      const published = await publish();
      last = { atMs, maxAgeMs: published.keysMaxAgeSeconds * 1000 };
      waitMs = intervalMs ?? nextFetchMs(published);
      onPublished(published);
    } catch (error) {
      const set = last && { ageMs: clock.monotonicMs() - last.atMs, maxAgeMs: last.maxAgeMs };
      onFailed(failureText((error as Error).message, set));
    }
    await sleep(waitMs, signal);
  }
}
