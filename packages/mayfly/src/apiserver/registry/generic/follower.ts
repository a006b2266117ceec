/**
 * Follows a range of keys for a part that decides by what is in memory and must never be silently late.
 *
 * A feed (`feed.ts`) tells its sink what changed; a follower also says how far it has come (`reached`) and since when it
 * may have missed something (`behindMs`). It asks the store each second whether it is up to date: a watch that has
 * stopped without saying so is found out. A watch that breaks is begun anew, with everything.
 */
import type { Clock, Timer } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import { type KeyValue, prefixEnd, type Store, type StoreWatch, type WatchBatch } from '../../../storage/store.ts';

/** Calls come in order, one at a time. What they throw breaks the watch. */
export interface KeySink {
  /** Everything there is; forget the rest. */
  replace(pairs: readonly KeyValue[]): void;
  put(pair: KeyValue): void;
  /** @param last what the key held */
  remove(last: KeyValue): void;
}

export interface FollowerOptions {
  readonly store: Store;
  /** Ends in `/`. */
  readonly prefix: string;
  readonly sink: KeySink;
  readonly clock: Clock;
  readonly log: Log;
}

const HEARTBEAT_MS = 1000;
const RESTART_DELAY_MS = 100;

export class Follower {
  readonly #options: FollowerOptions;
  readonly #synced = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  readonly #waiting = new Set<{ readonly revision: number; readonly resolve: () => void }>();
  #watch: StoreWatch | undefined;
  #revision = 0;
  /** On the monotonic clock: since when it is not certain that nothing was missed. */
  #doubtSinceMs: number | undefined;
  #timer: Timer | undefined;
  #wake: (() => void) | undefined;
  #stopped = false;

  /** Starts at once. */
  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Resolves after the first `replace`. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** How long something may have been missed; 0 while all is well, without end before the first `replace`. */
  behindMs(): number {
    if (this.#revision === 0) return Number.POSITIVE_INFINITY;
    if (this.#doubtSinceMs === undefined) return 0;
    return Math.max(0, this.#options.clock.monotonicMs() - this.#doubtSinceMs);
  }

  /** Resolves when the sink knows everything up to a revision of this range. */
  reached(revision: number): Promise<void> {
    if (this.#revision >= revision) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.add({ revision, resolve }));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#watch?.cancel();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#followOnce().catch((error: unknown) => {
        if (!this.#stopped) this.#options.log.error('a watch of stored state broke', { error });
      });
      this.#timer?.cancel();
      this.#watch?.cancel();
      this.#doubt();
      if (!this.#stopped) await this.#pause();
    }
  }

  async #followOnce(): Promise<void> {
    const { store, prefix, sink } = this.#options;
    const range = { key: prefix, rangeEnd: prefixEnd(prefix) };
    const { kvs, revision } = await store.range(range);
    if (this.#stopped) return;
    this.#watch = store.watch({ ...range, startRevision: revision + 1 });
    sink.replace(kvs);
    this.#certain(revision);
    this.#synced.resolve();
    for await (const batch of this.#watch) this.#apply(batch);
  }

  #apply({ events, revision }: WatchBatch): void {
    const { sink } = this.#options;
    for (const event of events) {
      if (event.type === 'put') sink.put(event.kv);
      else sink.remove(event.prev);
    }
    this.#certain(revision);
  }

  /** The next question is asked once this one is answered: a fast clock asks no more often than the store can answer. */
  #certain(revision: number): void {
    const { clock } = this.#options;
    this.#revision = revision;
    this.#doubtSinceMs = undefined;
    for (const waiter of this.#waiting) {
      if (waiter.revision > revision) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
    this.#timer?.cancel();
    this.#timer = clock.setTimer(HEARTBEAT_MS, () => {
      this.#doubt();
      this.#watch?.requestProgress();
    });
  }

  #doubt(): void {
    this.#doubtSinceMs ??= this.#options.clock.monotonicMs();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(RESTART_DELAY_MS, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
