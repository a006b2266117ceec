import type { Clock, Timer } from './clock.ts';

interface Pending {
  readonly dueMs: number;
  readonly action: () => void;
}

/** A clock that moves only when told to. Timers that come due fire in order of their due time. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  readonly #pending = new Set<Pending>();

  /** @param startMs epoch milliseconds; default 2026-01-01T00:00:00Z */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  setTimer(delayMs: number, action: () => void): Timer {
    const pending: Pending = { dueMs: this.#nowMs + Math.max(0, delayMs), action };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Moves time forward, firing each timer at its own due time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.action();
    }
    this.#nowMs = endMs;
  }

  /** Sets the wall clock, backwards too, without firing anything: an operator's `date -s`. */
  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  #nextDue(limitMs: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs <= limitMs && (next === undefined || pending.dueMs < next.dueMs)) next = pending;
    }
    return next;
  }
}
