import type { Clock, Timer } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { Store } from './store.ts';

/** The well-known key by which servers on one store elect who compacts. @see kubernetes/apiserver pkg/storage/etcd3/compact.go */
export const COMPACT_REV_KEY = 'compact_rev_key';

/** Stock's `--etcd-compaction-interval`: history is kept for five to ten minutes. */
const COMPACT_INTERVAL_MS = 5 * 60_000;

export interface CompactorOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds between compactions, and the least age of what they forget. */
  readonly intervalMs?: number;
}

export interface Compactor {
  /** Ends the loop and waits for a compaction under way. */
  stop(): Promise<void>;
}

/** What this server saw last: how often the key was written, and the store's revision then. */
interface Seen {
  readonly version: number;
  readonly revision: number;
}

/**
 * Forgets, every five minutes, the history before the revision of five minutes ago: where "the provided resource version
 * is too old" begins.
 *
 * Of several servers only the one whose version of `compact_rev_key` is right compacts; the others learn from the refusal.
 * A failed round is logged and the next one makes up for it.
 */
export function startCompactor({ store, clock, log, intervalMs = COMPACT_INTERVAL_MS }: CompactorOptions): Compactor {
  let seen: Seen = { version: 0, revision: 0 };
  let timer: Timer | undefined;
  let round: Promise<void> = Promise.resolve();
  let isStopped = false;
  const arm = (): void => {
    if (isStopped) return;
    timer = clock.setTimer(intervalMs, () => {
      round = run().then(arm);
    });
  };
  const run = async (): Promise<void> => {
    try {
      seen = await compactOnce(store, seen);
    } catch (error) {
      if (!isStopped) log.warn('compaction failed', { error: error instanceof Error ? error.message : String(error) });
    }
  };
  arm();
  return {
    stop(): Promise<void> {
      isStopped = true;
      timer?.cancel();
      return round;
    },
  };
}

/**
 * Does one round: claims it by writing the key, then compacts to the revision seen in the round before.
 *
 * @returns what to pass to the next round
 */
export async function compactOnce(store: Store, { version, revision }: Seen): Promise<Seen> {
  const value = Buffer.from(String(revision));
  const {
    succeeded,
    revision: now,
    results,
  } = await store.txn({
    compare: [{ key: COMPACT_REV_KEY, target: 'version', equals: version }],
    success: [{ type: 'put', key: COMPACT_REV_KEY, value }],
    failure: [{ type: 'range', request: { key: COMPACT_REV_KEY } }],
  });
  if (!succeeded) {
    const found = results[0]?.type === 'range' ? results[0].response.kvs[0] : undefined;
    return { version: found?.version ?? 0, revision: now };
  }
  if (revision > 0) await store.compact(revision);
  return { version: version + 1, revision: now };
}
