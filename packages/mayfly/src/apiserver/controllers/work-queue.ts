/**
 * Keys waiting for one worker. A key added while it waits is worked once; added while it is worked, once more.
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
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #delayed = new Map<string, Timer>();
  readonly #retries = new Map<string, number>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
    this.#waiting.add(key);
    this.#running ??= this.#run();
  }

  /** Forgets what waits; resolves when the work under way is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const timer of this.#delayed.values()) timer.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // whoever adds is not kept waiting for the first step
    for (const key of this.#waiting) {
      this.#waiting.delete(key); // a Set visits what is added while it is walked
      await this.#workOn(key);
    }
    this.#running = undefined;
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
