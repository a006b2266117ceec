import type { Clock } from '../../../clock/clock.ts';
import type { LeaseID, Store } from '../../../storage/store.ts';

const MAX_REUSE_SECONDS = 60;
const MAX_REUSE_SHARE = 0.05;
const MAX_KEYS = 1000;

/**
 * One lease for many short-lived objects, so that a burst of events does not cost a lease each.
 *
 * A lease is granted for longer than asked by the time it may be reused: an object lives at least its `ttlSeconds`.
 *
 * @see kubernetes/apiserver pkg/storage/etcd3/lease_manager.go
 */
export class SharedLease {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ttlSeconds: number;
  readonly #reuseSeconds: number;
  #current: Promise<LeaseID> | undefined;
  #grantedAtMs = 0;
  #keys = 0;

  constructor(store: Store, clock: Clock, ttlSeconds: number) {
    this.#store = store;
    this.#clock = clock;
    this.#ttlSeconds = ttlSeconds;
    this.#reuseSeconds = Math.min(MAX_REUSE_SECONDS, Math.floor(ttlSeconds * MAX_REUSE_SHARE));
  }

  /** The lease to write the next object with. */
  async next(): Promise<LeaseID> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#current === undefined || this.#isSpent(nowMs)) {
      this.#grantedAtMs = nowMs;
      this.#keys = 0;
      this.#current = this.#grant();
    }
    this.#keys++;
    return await this.#current;
  }

  #isSpent(nowMs: number): boolean {
    return this.#keys >= MAX_KEYS || nowMs - this.#grantedAtMs > this.#reuseSeconds * 1000;
  }

  async #grant(): Promise<LeaseID> {
    try {
      return await this.#store.grantLease(this.#ttlSeconds + this.#reuseSeconds);
    } catch (error) {
      this.#current = undefined; // the next object asks again
      throw error;
    }
  }
}
