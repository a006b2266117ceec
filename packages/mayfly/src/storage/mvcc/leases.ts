import type { Clock, Timer } from '../../clock/clock.ts';
import type { KeyValue, LeaseID, StoreEvent } from '../store.ts';
import { EXPIRE_KEYS } from './limits.ts';
import type { LeaseRecord } from './revision-log.ts';

interface Lease {
  readonly id: LeaseID;
  /** On the monotonic clock: setting the host's clock neither kills a lease nor keeps it. */
  readonly deadlineMs: number;
  readonly keys: Set<string>;
}

export interface LeasesOptions {
  readonly clock: Clock;
  /** Deletes these keys where they still have the lease; rejects when the store cannot write. */
  readonly expire: (lease: LeaseID, keys: readonly string[]) => Promise<unknown>;
  /** Forgets an expired lease that has no keys left. */
  readonly remove: (lease: LeaseID) => void;
  readonly failed: (error: unknown) => void;
}

/** After a failed expiry (a full disk), until the next try. */
const RETRY_MS = 10_000;

/** Which keys live how long. One timer runs, for the nearest deadline. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #leases = new Map<LeaseID, Lease>();
  /** By deadline, the nearest first. */
  readonly #order: Lease[] = [];
  #timer: Timer | undefined;
  #isExpiring = false;
  #isClosed = false;

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** Whether keys can be put under this lease: it exists and its time has not come. */
  has(id: LeaseID): boolean {
    const lease = this.#leases.get(id);
    return lease !== undefined && lease.deadlineMs > this.#options.clock.monotonicMs();
  }

  add({ id, deadlineMs }: LeaseRecord): void {
    const { clock } = this.#options;
    const lease: Lease = { id, deadlineMs: clock.monotonicMs() + deadlineMs - clock.nowMs(), keys: new Set() };
    this.#leases.set(id, lease);
    const after = this.#order.findLastIndex((other) => other.deadlineMs <= lease.deadlineMs);
    this.#order.splice(after + 1, 0, lease);
    this.#arm();
  }

  /** Notes a key's lease while the store opens. */
  attach(kv: KeyValue): void {
    if (kv.lease !== 0) this.#leases.get(kv.lease)?.keys.add(kv.key);
  }

  apply(event: StoreEvent): void {
    const { prev } = event;
    if (prev !== undefined && prev.lease !== 0) this.#leases.get(prev.lease)?.keys.delete(prev.key);
    if (event.type === 'put') this.attach(event.kv);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #arm(retryMs = 0): void {
    const nearest = this.#order[0];
    this.#timer?.cancel();
    if (nearest === undefined || this.#isExpiring || this.#isClosed) return;
    const delayMs = Math.max(retryMs, nearest.deadlineMs - this.#options.clock.monotonicMs());
    this.#timer = this.#options.clock.setTimer(delayMs, () => void this.#expireDue());
  }

  async #expireDue(): Promise<void> {
    this.#isExpiring = true;
    let retryMs = 0;
    try {
      for (let lease = this.#due(); lease !== undefined; lease = this.#due()) await this.#expire(lease);
    } catch (error) {
      retryMs = RETRY_MS;
      if (!this.#isClosed) this.#options.failed(error);
    }
    this.#isExpiring = false;
    this.#arm(retryMs);
  }

  #due(): Lease | undefined {
    const nearest = this.#order[0];
    if (nearest === undefined || this.#isClosed) return undefined;
    return nearest.deadlineMs <= this.#options.clock.monotonicMs() ? nearest : undefined;
  }

  async #expire(lease: Lease): Promise<void> {
    // Once even without a key: a put that began before the deadline may still be on its way to the disk, and this waits
    // behind it. No put can begin any more.
    do await this.#options.expire(lease.id, firstOf(lease.keys, EXPIRE_KEYS));
    while (lease.keys.size > 0);
    if (this.#isClosed) return;
    this.#options.remove(lease.id);
    this.#leases.delete(lease.id);
    this.#order.splice(this.#order.indexOf(lease), 1);
  }
}

function firstOf(keys: ReadonlySet<string>, limit: number): string[] {
  const first: string[] = [];
  for (const key of keys) {
    if (first.length === limit) break;
    first.push(key);
  }
  return first;
}
