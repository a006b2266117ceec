import { setTimeout } from 'node:timers/promises';

/** Waits, and keeps the process alive meanwhile: for commands, which have nothing else to wait for. Milliseconds. */
export async function sleepAwake(delayMs: number): Promise<void> {
  await setTimeout(delayMs);
}
