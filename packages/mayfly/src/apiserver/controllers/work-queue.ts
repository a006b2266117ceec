/**
 * Keys waiting for a worker. A key added while it waits is worked once; added while it is worked, once more. No key is ever
 * worked by two at a time.
 *
 * Work that fails comes back after a delay that doubles up to a bound, and is forgotten once it succeeds.
 *
 * @see kubernetes/client-go util/workqueue
 */
import type { Clock, Timer } from '../../clock/clock.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Returns `again` when the key must be looked at once more though nothing failed. */
  work(key: string): Promise<'done' | 'again'>;
  failed(key: string, error: unknown): void;
  /** A key that came back so often is dropped until somebody adds it. Absent: it comes back until it succeeds. */
  readonly maxRetries?: number;
  /** How many keys may be worked at a time; default 1. */
  readonly workers?: number;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #delayed = new Map<string, Timer>();
  readonly #retries = new Map<string, number>();
  readonly #working = new Set<string>();
  readonly #runs = new Set<Promise<void>>();
  #idleWorkers: number;
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#idleWorkers = options.workers ?? 1;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
    this.#waiting.add(key);
    if (this.#idleWorkers > 0) this.#start();
  }

  /** Resolves when no key waits and none is worked; one that failed and comes back later is not waited for. */
  async idle(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all(this.#runs);
  }

  /** Forgets what waits; resolves when the work under way is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const timer of this.#delayed.values()) timer.cancel();
    await this.idle();
  }

  #start(): void {
    this.#idleWorkers--;
    const run = this.#run();
    this.#runs.add(run);
    void run.then(() => this.#runs.delete(run));
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // whoever adds is not kept waiting for the first step
    for (let key = this.#next(); key !== undefined; key = this.#next()) {
      this.#waiting.delete(key);
      this.#working.add(key);
      await this.#workOn(key);
      this.#working.delete(key);
    }
    this.#idleWorkers++; // in the same turn in which nothing was left, so that no key is added to nobody
  }

  /** A key that somebody works on is left to them: they look again when they are done. */
  #next(): string | undefined {
    for (const key of this.#waiting) if (!this.#working.has(key)) return key;
    return undefined;
  }

  async #workOn(key: string): Promise<void> {
    try {
      if ((await this.#options.work(key)) === 'again') this.#later(key);
      else this.#retries.delete(key);
    } catch (error) {
      this.#options.failed(key, error);
      this.#later(key);
    }
  }

  #later(key: string): void {
    if (this.#stopped || this.#waiting.has(key)) return;
    const retries = this.#retries.get(key) ?? 0;
    if (retries >= (this.#options.maxRetries ?? Number.POSITIVE_INFINITY)) {
      this.#retries.delete(key);
      return;
    }
    this.#retries.set(key, retries + 1);
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** retries, MAX_DELAY_MS);
    this.#delayed.set(
      key,
      this.#options.clock.setTimer(delayMs, () => this.add(key)),
    );
  }
}
