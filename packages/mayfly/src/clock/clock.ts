/** Time as a parameter: nothing outside this folder reads a clock or sets a timer. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Epoch milliseconds; may step when the host's clock is set. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never steps. For durations. */
  monotonicMs(): number;
  /** Runs `action` once after `delayMs`; a pending timer does not keep the process alive. */
  setTimer(delayMs: number, action: () => void): Timer;
}

const MAX_DELAY_MS = 2 ** 31 - 1; // longer delays fire at once in Node.js

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, action) {
    const timeout = setTimeout(action, Math.min(delayMs, MAX_DELAY_MS));
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};

/** Keeps a process that only waits for timers from ending, until cancelled. */
export function keepProcessAlive(): Timer {
  const interval = setInterval(() => undefined, MAX_DELAY_MS);
  return { cancel: () => clearInterval(interval) };
}
