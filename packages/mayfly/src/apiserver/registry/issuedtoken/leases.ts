/**
 * Leases for ledger rows, shared by all rows that end at about the same time.
 *
 * A row lives until the end of its token's bucket. Buckets are five minutes wide, and wider the further away they end:
 * never more than about a hundredth of the time left, so a row outlives its token by at most that.
 */
import type { Clock } from '../../../clock/clock.ts';
import type { LeaseID, Store } from '../../../storage/store.ts';
import { LEEWAY_SECONDS } from '../../serviceaccount/validate.ts';

const MIN_WIDTH_SECONDS = 300;
const SHARE_OF_TIME_LEFT = 128;

/**
 * The end of the bucket of a token: at or after its last moment of use.
 *
 * @param nowSeconds epoch seconds
 * @param expiresAt epoch seconds, `exp` of the token
 */
export function bucketEnd(nowSeconds: number, expiresAt: number): number {
  const usableUntil = expiresAt + LEEWAY_SECONDS;
  const wanted = Math.max(MIN_WIDTH_SECONDS, (usableUntil - nowSeconds) / SHARE_OF_TIME_LEFT);
  const width = MIN_WIDTH_SECONDS * 2 ** Math.floor(Math.log2(wanted / MIN_WIDTH_SECONDS)); // so that buckets align
  return Math.ceil(usableUntil / width) * width;
}

export class LedgerLeases {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #byEnd = new Map<number, Promise<LeaseID>>();

  constructor({ store, clock }: { store: Store; clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * The lease for a row whose token ends then.
   *
   * @param expiresAt epoch seconds
   */
  leaseFor(expiresAt: number): Promise<LeaseID> {
    const nowSeconds = Math.floor(this.#clock.nowMs() / 1000);
    const end = bucketEnd(nowSeconds, expiresAt);
    const known = this.#byEnd.get(end);
    if (known !== undefined) return known;
    this.#forgetPast(nowSeconds);
    const granted = this.#store.grantLease(Math.max(1, end - nowSeconds));
    this.#byEnd.set(end, granted);
    granted.catch(() => this.#byEnd.delete(end)); // the next row asks again
    return granted;
  }

  #forgetPast(nowSeconds: number): void {
    for (const end of this.#byEnd.keys()) if (end <= nowSeconds) this.#byEnd.delete(end);
  }
}
