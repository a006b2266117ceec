/**
 * Time for decisions that may come late and must not come early.
 *
 * The wall clock, but never ahead of what has really passed since the start: a clock that is set forward by an hour does
 * not make an hour pass. And each announcement counts from when this process met it, if that is later than what its
 * author's clock said. A restart believes the wall clock again; it has nothing else.
 */
import type { Clock } from '../../clock/clock.ts';

export class CautiousTime {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #seenMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.nowMs() - clock.monotonicMs();
  }

  nowMs(): number {
    return Math.min(this.#clock.nowMs(), this.#startMs + this.#clock.monotonicMs());
  }

  /** Notes things met now. @param isOld they were there before this process: their own dates must do */
  meet(names: readonly string[], isOld: boolean): void {
    const nowMs = isOld ? Number.NEGATIVE_INFINITY : this.nowMs();
    for (const name of names) if (!this.#seenMs.has(name)) this.#seenMs.set(name, nowMs);
    for (const name of this.#seenMs.keys()) if (!names.includes(name)) this.#seenMs.delete(name);
  }

  /** @param datedMs what its author says. Never, for one that was not met */
  sinceMs(name: string, datedMs: number): number {
    return Math.max(datedMs, this.#seenMs.get(name) ?? Number.POSITIVE_INFINITY);
  }
}
