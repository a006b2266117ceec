/**
 * The promises of `store.ts`, as tests: every implementation runs them all. Each test opens its own store.
 *
 * The last one compares a store with a model too simple to be wrong, on a random history; its seed is printed, and
 * `MAYFLY_SEED` replays it.
 */

import { test } from 'node:test';
import { FakeClock } from '../clock/fake-clock.ts';
import { closingPromises } from './contract/closing.ts';
import { compactionPromises } from './contract/compactions.ts';
import { leasePromises } from './contract/leases.ts';
import type { Check } from './contract/phrases.ts';
import { agreesWithModel } from './contract/random-history.ts';
import { rangePromises } from './contract/ranges.ts';
import { revisionPromises } from './contract/revisions.ts';
import { txnPromises } from './contract/txns.ts';
import { watchPromises } from './contract/watches.ts';
import type { Store } from './store.ts';

/** A store that one test has for itself. */
export interface Opened {
  readonly store: Store;
  /** Releases what the test made; the store may be closed already. */
  dispose(): Promise<void>;
}

/** Registers the suite for one implementation. */
export function storeContract(name: string, open: (clock: FakeClock) => Promise<Opened>): void {
  const check: Check = (promise, run) => {
    test(`${name}: ${promise}`, async () => {
      const clock = new FakeClock();
      const { store, dispose } = await open(clock);
      try {
        await run(store, clock);
      } finally {
        await dispose();
      }
    });
  };
  revisionPromises(check);
  rangePromises(check);
  txnPromises(check);
  watchPromises(check);
  compactionPromises(check);
  leasePromises(check);
  closingPromises(check);
  check('agrees with a simple model on a random history', agreesWithModel);
}
