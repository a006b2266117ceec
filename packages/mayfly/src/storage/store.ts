/**
 * etcd's model, as small as an API server needs it.
 *
 * One 64-bit revision counter per store: it starts at 1, grows by one for every committed transaction that changes
 * something, and is never reused. Keys are ordered by their UTF-8 bytes. History is kept until compaction.
 * An implementation answers a write only after it is durable by its own standard (`sqlite`: fsynced).
 *
 * Every implementation passes `contract.ts`. An etcd client fits behind this without change.
 *
 * @see etcd-io/etcd api/etcdserverpb/rpc.proto; spec kubernetes-wire §23
 */

/** Immutable: a store hands the same object to every reader of a version, so it can key a WeakMap of decoded forms. */
export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Writes since creation, starting at 1. */
  readonly version: number;
  /** 0 when the key has no lease. */
  readonly lease: LeaseID;
}

export type LeaseID = number;

export interface RangeRequest {
  /** The key, or the start of the half-open range `[key, rangeEnd)`. */
  readonly key: string;
  readonly rangeEnd?: string;
  /** At most this many; absent or 0: all. */
  readonly limit?: number;
  /** State at this revision; absent or 0: newest. Throws `CompactedError` or `FutureRevisionError`. */
  readonly revision?: number;
  /** Answer only the count. */
  readonly countOnly?: boolean;
}

export interface RangeResponse {
  readonly kvs: readonly KeyValue[];
  /** Live keys in the whole range at that revision, whatever the limit. */
  readonly count: number;
  /** True when the limit cut the answer short. */
  readonly more: boolean;
  /** The store's revision when it answered (not the revision asked for). */
  readonly revision: number;
}

export type Compare =
  | { readonly key: string; readonly target: 'modRevision'; readonly equals: number } // 0: the key does not exist
  | { readonly key: string; readonly target: 'version'; readonly equals: number };

/** The `value` of a put becomes the store's: its caller never writes to it again. */
export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array; readonly lease?: LeaseID }
  | { readonly type: 'delete'; readonly key: string; readonly rangeEnd?: string }
  | { readonly type: 'range'; readonly request: RangeRequest };

/** If all compares hold the `success` operations are done, else the `failure` ones, all at one revision. At most 128. */
export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure?: readonly Operation[];
}

export type OperationResult =
  | { readonly type: 'put'; readonly kv: KeyValue }
  | { readonly type: 'delete'; readonly deleted: readonly KeyValue[] } // last versions of the keys removed
  | { readonly type: 'range'; readonly response: RangeResponse };

export interface TxnResponse {
  readonly succeeded: boolean;
  readonly revision: number;
  readonly results: readonly OperationResult[];
}

export interface WatchRequest {
  readonly key: string;
  readonly rangeEnd?: string;
  /** First revision wanted. Absent: the one after the current. At or below the compacted one: `CompactedError`. */
  readonly startRevision?: number;
}

export type StoreEvent =
  | { readonly type: 'put'; readonly kv: KeyValue; readonly prev: KeyValue | undefined }
  | { readonly type: 'delete'; readonly key: string; readonly modRevision: number; readonly prev: KeyValue };

export interface WatchBatch {
  /** Every event of this watch up to and including this revision has been delivered, with this batch. */
  readonly revision: number;
  /** In revision order; all events of one revision are in one batch. Empty: a progress report. */
  readonly events: readonly StoreEvent[];
}

/**
 * Ends (iterator done) after `cancel` or when the store closes; throws `CompactedError`, or `SlowWatcherError` when the
 * reader fell too far behind.
 */
export interface StoreWatch extends AsyncIterable<WatchBatch> {
  /** Asks for a batch (empty if nothing is pending) that tells how far this watch has come. */
  requestProgress(): void;
  cancel(): void;
}

export interface Store {
  range(request: RangeRequest): Promise<RangeResponse>;
  txn(request: TxnRequest): Promise<TxnResponse>;
  watch(request: WatchRequest): StoreWatch;
  /** Forgets history at and before `revision`; newest versions stay. Throws as `range` does. */
  compact(revision: number): Promise<void>;
  /** A lease whose keys are deleted, as ordinary deletions with events, within seconds after `ttlSeconds`. */
  grantLease(ttlSeconds: number): Promise<LeaseID>;
  /** Writes nothing more, ends watches, releases files. Idempotent. */
  close(): Promise<void>;
}

/** The end of the range of all keys that begin with `prefix`. */
export function prefixEnd(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1); // prefixes end in '/', so no carry arises
}
