import { setImmediate as nextTurn } from 'node:timers/promises';
import { CompactedError, SlowWatcherError } from '../errors.ts';
import type { StoreEvent, StoreWatch, WatchBatch, WatchRequest } from '../store.ts';
import { MAX_WATCH_EVENTS, REPLAY_REVISIONS } from './limits.ts';
import { revisionOf } from './txn.ts';

/** What a watch needs of its store. */
export interface WatchSource {
  revision(): number;
  compactedRevision(): number;
  isClosed(): boolean;
  scan(request: WatchRequest, from: number, to: number): StoreEvent[];
  join(watch: Watch): void;
  leave(watch: Watch): void;
}

/**
 * One watch, for one reader. It begins behind or live: behind, it reads the log in windows as its reader asks, so a slow
 * reader costs no memory; when it has reached the present it joins the hub in the same turn of the event loop, so
 * nothing falls between. Live, events wait here up to a bound.
 */
export class Watch implements StoreWatch, AsyncIterator<WatchBatch, undefined> {
  readonly request: WatchRequest;
  readonly #source: WatchSource;
  readonly #startRevision: number;
  readonly #maxEvents: number;
  /** Next revision to read from the log; undefined once live. */
  #replayFrom: number | undefined;
  #pending: StoreEvent[] = [];
  #wantsProgress = false;
  #ended: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  constructor(request: WatchRequest, source: WatchSource, maxEvents: number = MAX_WATCH_EVENTS) {
    this.request = request;
    this.#source = source;
    this.#maxEvents = maxEvents;
    this.#startRevision = request.startRevision ?? source.revision() + 1;
    if (this.#startRevision > source.revision()) source.join(this);
    else this.#replayFrom = this.#startRevision;
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch, undefined> {
    return this;
  }

  async next(): Promise<IteratorResult<WatchBatch, undefined>> {
    for (;;) {
      if (this.#ended !== undefined) return this.#finish(this.#ended);
      const batch = this.#replayFrom === undefined ? this.#take() : this.#replay(this.#replayFrom);
      if (batch !== undefined) return { done: false, value: batch };
      if (this.#replayFrom !== undefined) await nextTurn();
      else if (!this.#hasSomething()) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  return(): Promise<IteratorResult<WatchBatch, undefined>> {
    this.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  requestProgress(): void {
    this.#wantsProgress = true;
    this.#wake?.();
  }

  cancel(): void {
    this.end(undefined);
  }

  /** Adds an event of the current commit; `flush` follows when all of them are added. */
  add(event: StoreEvent): void {
    if (revisionOf(event) < this.#startRevision) return;
    if (this.#pending.length >= this.#maxEvents) this.end(new SlowWatcherError());
    else this.#pending.push(event);
  }

  flush(): void {
    this.#wake?.();
  }

  /** Ends the watch, with an error or as a cancelled one. The first end counts. */
  end(error: Error | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    this.#pending = [];
    this.#source.leave(this);
    this.#wake?.();
  }

  #hasSomething(): boolean {
    return this.#pending.length > 0 || this.#wantsProgress || this.#ended !== undefined;
  }

  #finish(ended: { readonly error: Error | undefined }): IteratorResult<WatchBatch, undefined> {
    this.#ended = { error: undefined }; // an iterator throws once
    if (ended.error !== undefined) throw ended.error;
    return { done: true, value: undefined };
  }

  #take(): WatchBatch | undefined {
    this.#wake = undefined;
    if (this.#pending.length === 0 && !this.#wantsProgress) return undefined;
    const events = this.#pending;
    this.#pending = [];
    this.#wantsProgress = false;
    return { revision: this.#source.revision(), events };
  }

  #replay(from: number): WatchBatch | undefined {
    if (this.#source.isClosed()) {
      this.cancel();
      return undefined;
    }
    if (from <= this.#source.compactedRevision()) {
      this.end(new CompactedError(this.#source.compactedRevision()));
      return undefined;
    }
    const to = Math.min(from + REPLAY_REVISIONS - 1, this.#source.revision());
    const events = this.#source.scan(this.request, from, to);
    this.#replayFrom = to + 1;
    if (to === this.#source.revision()) this.#join();
    if (events.length === 0) return undefined;
    if (this.#replayFrom === undefined) this.#wantsProgress = false; // this batch says as much
    return { revision: to, events };
  }

  #join(): void {
    this.#replayFrom = undefined;
    this.#source.join(this);
  }
}
