import type { Clock, Timer } from '../../clock/clock.ts';
import type { Controller } from './controller.ts';

export interface PeriodicOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  run(): Promise<void>;
  failed(error: unknown): void;
}

/** Runs at once, and again an interval after each run has ended, well or badly. */
export function startPeriodic({ clock, intervalMs, run, failed }: PeriodicOptions): Controller {
  let timer: Timer | undefined;
  let isStopped = false;
  const turn = async (): Promise<void> => {
    await run().catch(failed);
    if (!isStopped) timer = clock.setTimer(intervalMs, again);
  };
  const again = (): void => {
    running = turn();
  };
  let running = turn();
  return {
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}
