/**
 * Settles revocations that a server made and did not live to settle. Every server looks after all of them; whoever is
 * first does it, and the others see it done.
 */
import type { Clock, Timer } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { Random } from '../../../random/random.ts';
import type { KeyValue } from '../../../storage/store.ts';
import type { KeySink } from '../generic/follower.ts';
import { decodeRevocation } from './decode.ts';
import { isSettled, type SettleDeps, settle } from './settle.ts';

/** Whoever made it has had its chance by then. */
const PATIENCE_MS = 30_000;
const SPREAD_MS = 10_000;

export interface SettlerDeps extends SettleDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class Settler implements KeySink {
  readonly #deps: SettlerDeps;
  readonly #waiting = new Map<string, Timer>();
  #stopped = false;

  constructor(deps: SettlerDeps) {
    this.#deps = deps;
  }

  replace(pairs: readonly KeyValue[]): void {
    for (const pair of pairs) this.put(pair);
  }

  put(pair: KeyValue): void {
    if (isSettled(decodeRevocation(pair))) this.#forget(pair.key);
    else if (!this.#waiting.has(pair.key)) this.#wait(pair.key);
  }

  remove({ key }: KeyValue): void {
    this.#forget(key);
  }

  stop(): void {
    this.#stopped = true;
    for (const key of this.#waiting.keys()) this.#forget(key);
  }

  #wait(key: string): void {
    const { clock, random, log } = this.#deps;
    const delayMs = PATIENCE_MS + random.int(SPREAD_MS);
    const timer = clock.setTimer(delayMs, () => {
      this.#waiting.delete(key);
      settle(this.#deps, key).catch((error: unknown) => {
        if (this.#stopped) return;
        log.warn('the tokens of a revocation could not be counted yet', { error });
        this.#wait(key);
      });
    });
    this.#waiting.set(key, timer);
  }

  #forget(key: string): void {
    this.#waiting.get(key)?.cancel();
    this.#waiting.delete(key);
  }
}
