import type { Clock, Timer } from './clock.ts';

interface Pending {
  /** On the monotonic clock. */
  readonly dueMs: number;
  readonly action: () => void;
}

/** A clock that moves only when told to. Timers that come due fire in order of their due time. */
export class FakeClock implements Clock {
  #monotonicMs = 0;
  /** Wall clock at the monotonic clock's zero. */
  #startMs: number;
  readonly #pending = new Set<Pending>();

  /** @param startMs epoch milliseconds; default 2026-01-01T00:00:00Z */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#startMs + this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  setTimer(delayMs: number, action: () => void): Timer {
    const pending: Pending = { dueMs: this.#monotonicMs + Math.max(0, delayMs), action };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Moves time forward, firing each timer at its own due time. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      this.#pending.delete(next);
      this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs);
      next.action();
    }
    this.#monotonicMs = endMs;
  }

  /** Sets the wall clock, backwards too, without firing anything: an operator's `date -s`. Timers keep their delays. */
  set(nowMs: number): void {
    this.#startMs = nowMs - this.#monotonicMs;
  }

  #nextDue(limitMs: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs <= limitMs && (next === undefined || pending.dueMs < next.dueMs)) next = pending;
    }
    return next;
  }
}
