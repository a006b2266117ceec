import type { KeyValue, LeaseID, StoreEvent } from '../store.ts';

/** Names one version of one key. */
export interface VersionName {
  readonly key: string;
  readonly revision: number;
}

export interface LeaseRecord {
  readonly id: LeaseID;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
}

/** One version or deletion, as it lies in the log. */
export type LogRecord =
  | { readonly type: 'put'; readonly kv: KeyValue }
  | { readonly type: 'delete'; readonly key: string; readonly modRevision: number };

/**
 * Where changes are kept, in order of revision: what makes a store durable, or not.
 *
 * Nothing here evaluates, orders by key or notifies: `mvcc-store.ts` does. Each method throws `StorageError` when the
 * medium fails, and has then changed nothing.
 */
export interface RevisionLog {
  /** Every record in revision order, once, when the store opens; then the compacted revision and the leases. */
  load(record: (record: LogRecord) => void): {
    readonly compactedRevision: number;
    readonly leases: readonly LeaseRecord[];
  };
  /**
   * Adds the changes of one group commit, all or none. They are durable, by the log's own standard, when the promise
   * resolves, or at once where there is none; the next call waits for that.
   *
   * When it rejects, nobody knows what a restart will find, and no write is taken any more.
   */
  append(events: readonly StoreEvent[]): Promise<void> | undefined;
  /** The value that `key` was given at exactly this revision. It was not dropped. */
  read(name: VersionName): KeyValue;
  /** The changes from one revision to another, both included, whose key is in the range; with their previous values. */
  scan(range: { readonly key: string; readonly rangeEnd?: string }, from: number, to: number): StoreEvent[];
  /** Remembers the compacted revision, and through it the current one even when every row is dropped. */
  setCompacted(revision: number): void;
  /** Forgets versions, all or none. */
  drop(versions: readonly VersionName[]): void;
  /** Called after a compaction's last `drop`. */
  settle(): void;
  grantLease(deadlineMs: number): LeaseID;
  removeLease(id: LeaseID): void;
  close(): void;
}
