import type { Clock } from '../../clock/clock.ts';

/** Resolves after the delay, or as soon as the signal aborts. */
export function sleepOn(clock: Clock): (delayMs: number, signal: AbortSignal) => Promise<void> {
  return (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = clock.setTimer(delayMs, done);
      signal.addEventListener('abort', done);
    });
}
