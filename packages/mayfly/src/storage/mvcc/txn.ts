import { StorageError } from '../errors.ts';
import type {
  Compare,
  KeyValue,
  LeaseID,
  Operation,
  OperationResult,
  RangeRequest,
  RangeResponse,
  StoreEvent,
  TxnRequest,
  TxnResponse,
} from '../store.ts';
import type { MVCCIndex } from './index.ts';
import { compareKeys, isInRange } from './key-order.ts';
import { MAX_CHANGES, MAX_KEY_LENGTH, MAX_OPERATIONS, MAX_VALUE_BYTES } from './limits.ts';

/** Deletes keys whose lease ran out, except those that were given another one meanwhile. */
export interface ExpireRequest {
  readonly lease: LeaseID;
  readonly keys: readonly string[];
}

/**
 * Refuses a transaction that no state could make valid.
 *
 * @throws StorageError ERR_INVALID_REQUEST or ERR_REQUEST_TOO_LARGE, with etcd's texts where it has one
 * @see etcd-io/etcd server/etcdserver/api/v3rpc/key.go, checkTxnRequest
 */
export function checkTxn({ compare, success, failure = [] }: TxnRequest): void {
  if (Math.max(compare.length, success.length, failure.length) > MAX_OPERATIONS) throw tooManyOperations();
  for (const { key } of compare) checkKey(key);
  for (const operation of success) checkOperation(operation);
  for (const operation of failure) checkOperation(operation);
}

/** @throws StorageError ERR_INVALID_REQUEST: empty, over-long, or text that UTF-8 cannot carry */
export function checkKey(key: string): void {
  if (key === '') throw invalid('etcdserver: key is not provided');
  if (key.length > MAX_KEY_LENGTH) throw invalid(`a key of ${key.length} characters is over ${MAX_KEY_LENGTH}`);
  if (!key.isWellFormed()) throw invalid('a key holds half of a surrogate pair');
}

function checkOperation(operation: Operation): void {
  checkKey(operation.type === 'range' ? operation.request.key : operation.key);
  if (operation.type !== 'put' || operation.value.byteLength <= MAX_VALUE_BYTES) return;
  throw new StorageError('ERR_REQUEST_TOO_LARGE', 'etcdserver: request is too large');
}

function tooManyOperations(): StorageError {
  return invalid('etcdserver: too many operations in txn request');
}

function invalid(message: string): StorageError {
  return new StorageError('ERR_INVALID_REQUEST', message);
}

/**
 * Evaluates the transactions of one group commit, each on the state that the ones before it leave, without touching the
 * index: when the commit fails, this is thrown away and nothing has happened.
 */
export class TxnBatch {
  /** The changes of all transactions so far, in revision order. */
  readonly events: StoreEvent[] = [];
  readonly #index: MVCCIndex;
  readonly #hasLease: (id: LeaseID) => boolean;
  /** What this batch made of a key; its keys are the changed ones. */
  readonly #pending = new Map<string, StoreEvent>();
  #revision: number;

  constructor(index: MVCCIndex, hasLease: (id: LeaseID) => boolean) {
    this.#index = index;
    this.#hasLease = hasLease;
    this.#revision = index.revision;
  }

  /** The revision of the store if everything so far is committed. */
  get revision(): number {
    return this.#revision;
  }

  /** @throws StorageError and leaves this batch as it was */
  evaluate(request: TxnRequest): TxnResponse {
    const succeeded = request.compare.every((compare) => this.#holds(compare));
    const operations = succeeded ? request.success : (request.failure ?? []);
    return this.#atOneRevision((txn) => {
      const results = operations.map((operation) => this.#perform(operation, txn));
      return { succeeded, revision: txn.changes > 0 ? txn.revision : this.#revision, results };
    });
  }

  /** @returns how many keys it deletes */
  expire({ lease, keys }: ExpireRequest): number {
    return this.#atOneRevision((txn) => {
      for (const key of keys) {
        const current = this.#find(key);
        if (current?.lease === lease) this.#delete(current, txn);
      }
      return txn.changes;
    });
  }

  /** The last version of a key, this batch included. */
  #find(key: string): KeyValue | undefined {
    const event = this.#pending.get(key);
    if (event === undefined) return this.#index.get(key);
    return event.type === 'put' ? event.kv : undefined;
  }

  #atOneRevision<T>(perform: (txn: OpenTxn) => T): T {
    const txn: OpenTxn = { revision: this.#revision + 1, changes: 0 };
    try {
      const result = perform(txn);
      if (txn.changes > 0) this.#revision = txn.revision;
      return result;
    } catch (error) {
      this.#undo(txn);
      throw error;
    }
  }

  #undo(txn: OpenTxn): void {
    this.events.length -= txn.changes;
    this.#pending.clear();
    for (const event of this.events) this.#pending.set(event.type === 'put' ? event.kv.key : event.key, event);
  }

  #holds({ key, target, equals }: Compare): boolean {
    return (this.#find(key)?.[target] ?? 0) === equals;
  }

  #perform(operation: Operation, txn: OpenTxn): OperationResult {
    switch (operation.type) {
      case 'put':
        return { type: 'put', kv: this.#put(operation, txn) };
      case 'delete': {
        const deleted = this.#range(operation, txn).kvs;
        for (const kv of deleted) this.#delete(kv, txn);
        return { type: 'delete', deleted };
      }
      case 'range':
        return { type: 'range', response: this.#range(operation.request, txn) };
    }
  }

  #put({ key, value, lease = 0 }: Operation & { type: 'put' }, txn: OpenTxn): KeyValue {
    if (lease !== 0 && !this.#hasLease(lease)) {
      throw new StorageError('ERR_LEASE_NOT_FOUND', 'etcdserver: requested lease not found');
    }
    const prev = this.#find(key);
    const kv: KeyValue = Object.freeze({
      key,
      value: unpooled(value),
      createRevision: prev?.createRevision ?? txn.revision,
      modRevision: txn.revision,
      version: (prev?.version ?? 0) + 1,
      lease,
    });
    this.#record(key, { type: 'put', kv, prev }, txn);
    return kv;
  }

  #delete(prev: KeyValue, txn: OpenTxn): void {
    this.#record(prev.key, { type: 'delete', key: prev.key, modRevision: txn.revision, prev }, txn);
  }

  #record(key: string, event: StoreEvent, txn: OpenTxn): void {
    if (txn.changes > 0) this.#refuseSecondChange(key, txn); // a look-up saved on the usual transaction of one change
    if (txn.changes === MAX_CHANGES) throw tooManyOperations();
    this.events.push(event);
    this.#pending.set(key, event);
    txn.changes++;
  }

  #refuseSecondChange(key: string, txn: OpenTxn): void {
    const earlier = this.#pending.get(key);
    if (earlier === undefined || revisionOf(earlier) !== txn.revision) return;
    throw invalid('etcdserver: duplicate key given in txn request');
  }

  #range(request: RangeRequest, txn: OpenTxn): RangeResponse {
    const revision = txn.changes > 0 ? txn.revision : this.#revision;
    if (request.revision) return { ...this.#index.range(request), revision };
    if (request.rangeEnd === undefined) return this.#rangeOfOne(request, revision);
    if (this.#pending.size === 0) return this.#index.range(request);
    return this.#rangeOverPending(request, revision);
  }

  #rangeOfOne({ key, countOnly }: RangeRequest, revision: number): RangeResponse {
    const kv = this.#find(key);
    const kvs = kv === undefined || countOnly === true ? [] : [kv];
    return { kvs, count: kv === undefined ? 0 : 1, more: false, revision };
  }

  /** Rare: a range read behind other writes of the same commit. Merges them in, without haste. */
  #rangeOverPending({ key, rangeEnd = '', limit = 0, countOnly }: RangeRequest, revision: number): RangeResponse {
    const committed = this.#index.range({ key, rangeEnd }).kvs.filter((kv) => !this.#pending.has(kv.key));
    const written = [...this.#pending.values()].flatMap((event) => (event.type === 'put' ? [event.kv] : []));
    const kvs = [...committed, ...written.filter((kv) => isInRange(kv.key, key, rangeEnd))];
    kvs.sort((a, b) => compareKeys(a.key, b.key));
    const count = kvs.length;
    if (countOnly === true) return { kvs: [], count, more: false, revision };
    return { kvs: limit === 0 ? kvs : kvs.slice(0, limit), count, more: limit !== 0 && count > limit, revision };
  }
}

/** A slice of a larger buffer (`Buffer.from` cuts them from a pool) would keep all of that alive as long as the key. */
function unpooled(value: Uint8Array): Uint8Array {
  return value.byteLength === value.buffer.byteLength ? value : new Uint8Array(value);
}

interface OpenTxn {
  readonly revision: number;
  changes: number;
}

/** The revision an event happened at. */
export function revisionOf(event: StoreEvent): number {
  return event.type === 'put' ? event.kv.modRevision : event.modRevision;
}
