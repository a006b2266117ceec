import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import { CompactedError, FutureRevisionError, StorageError } from '../errors.ts';
import type {
  LeaseID,
  RangeRequest,
  RangeResponse,
  Store,
  StoreEvent,
  StoreWatch,
  TxnRequest,
  TxnResponse,
  WatchRequest,
} from '../store.ts';
import { closedError, GroupCommit } from './group-commit.ts';
import { MVCCIndex } from './index.ts';
import { Leases } from './leases.ts';
import { SWEEP_VERSIONS } from './limits.ts';
import type { RevisionLog } from './revision-log.ts';
import { checkKey, checkTxn, TxnBatch } from './txn.ts';
import { Watch, type WatchSource } from './watch.ts';
import { WatchHub } from './watch-hub.ts';

export interface MVCCStoreOptions {
  /** Becomes the store's own: nobody else uses it, and `close` closes it. */
  readonly revisions: RevisionLog;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The store of this program: a revision log, an index of it in memory, and what moves between them.
 *
 * A write waits in `GroupCommit`, is evaluated by `TxnBatch`, made durable by the log, applied to the index and the
 * leases, and told to the watches, the last three in one turn of the event loop: no reader sees a state that is not
 * durable, none sees half a commit. It is given a log and trusts it; it knows neither files nor SQL.
 */
export class MVCCStore implements Store {
  readonly #revisions: RevisionLog;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #index: MVCCIndex;
  readonly #writes: GroupCommit;
  readonly #leases: Leases;
  readonly #hub = new WatchHub();
  #sweeping: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor({ revisions, clock, log }: MVCCStoreOptions) {
    this.#revisions = revisions;
    this.#clock = clock;
    this.#log = log;
    this.#index = new MVCCIndex((name) => revisions.read(name));
    this.#leases = this.#newLeases();
    this.#writes = new GroupCommit({
      newBatch: () => new TxnBatch(this.#index, (id) => this.#leases.has(id)),
      commit: (events) => this.#commit(events),
    });
    this.#open();
  }

  range(request: RangeRequest): Promise<RangeResponse> {
    if (request.rangeEnd === undefined && !request.revision && request.countOnly !== true && !this.#isClosed) {
      const kv = this.#index.get(request.key); // the hot path of every authentication: no allocation but the answer
      return Promise.resolve(
        kv === undefined
          ? { kvs: [], count: 0, more: false, revision: this.#index.revision }
          : { kvs: [kv], count: 1, more: false, revision: this.#index.revision },
      );
    }
    return this.#range(request);
  }

  txn(request: TxnRequest): Promise<TxnResponse> {
    return this.#writes.submit((batch) => {
      checkTxn(request);
      return batch.evaluate(request);
    });
  }

  watch(request: WatchRequest): StoreWatch {
    this.#assertOpen();
    checkKey(request.key);
    return new Watch(request, this.#watchSource);
  }

  async compact(revision: number): Promise<void> {
    this.#assertOpen();
    if (revision <= this.#index.compactedRevision) throw new CompactedError(this.#index.compactedRevision);
    if (revision > this.#index.revision) throw new FutureRevisionError(this.#index.revision);
    this.#revisions.setCompacted(revision);
    this.#index.compact(revision);
    await this.#sweep();
  }

  async grantLease(ttlSeconds: number): Promise<LeaseID> {
    this.#assertOpen();
    if (!(ttlSeconds > 0)) throw new StorageError('ERR_INVALID_REQUEST', 'etcdserver: too small lease TTL');
    const deadlineMs = this.#clock.nowMs() + ttlSeconds * 1000;
    const id = this.#revisions.grantLease(deadlineMs);
    this.#leases.add({ id, deadlineMs });
    return id;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const written = this.#writes.close();
    this.#leases.close();
    this.#hub.close();
    await written;
    await this.#sweeping.catch(() => undefined); // its own caller hears of it
    this.#revisions.close();
  }

  #open(): void {
    const { compactedRevision, leases } = this.#revisions.load((record) => this.#index.load(record));
    this.#index.finishLoading(compactedRevision);
    for (const lease of leases) this.#leases.add(lease);
    for (const kv of this.#index.current()) this.#leases.attach(kv);
    this.#sweep().catch((error: unknown) => this.#warn('cannot finish an interrupted compaction', error));
  }

  async #range(request: RangeRequest): Promise<RangeResponse> {
    this.#assertOpen();
    return this.#index.range(request);
  }

  #commit(events: readonly StoreEvent[]): Promise<void> | undefined {
    const durable = this.#revisions.append(events);
    if (durable !== undefined) return durable.then(() => this.#apply(events));
    this.#apply(events);
    return undefined;
  }

  #apply(events: readonly StoreEvent[]): void {
    for (const event of events) {
      this.#index.apply(event);
      this.#leases.apply(event);
    }
    this.#hub.publish(events);
  }

  /** Forgets in small steps, with requests in between. Sweeps follow one another: each begins where the last ended. */
  #sweep(): Promise<void> {
    this.#sweeping = this.#sweeping.catch(() => undefined).then(() => this.#sweepSteps());
    return this.#sweeping;
  }

  async #sweepSteps(): Promise<void> {
    for (;;) {
      if (this.#isClosed) return;
      const step = this.#index.sweep(SWEEP_VERSIONS);
      if (step === undefined) break;
      this.#revisions.drop(step.versions); // first: a version that the index forgot but the log kept would rise again
      step.finish();
      await nextTurn();
    }
    this.#revisions.settle();
  }

  #newLeases(): Leases {
    return new Leases({
      clock: this.#clock,
      expire: (lease, keys) => this.#writes.submit((batch) => batch.expire({ lease, keys })),
      remove: (lease) => this.#revisions.removeLease(lease),
      failed: (error) => this.#warn('cannot delete the keys of an expired lease yet', error),
    });
  }

  get #watchSource(): WatchSource {
    const index = this.#index;
    const isClosed = (): boolean => this.#isClosed;
    return {
      revision: () => index.revision,
      compactedRevision: () => index.compactedRevision,
      isClosed,
      scan: (request, from, to) => this.#revisions.scan(request, from, to),
      join: (watch) => this.#hub.join(watch),
      leave: (watch) => this.#hub.leave(watch),
    };
  }

  #assertOpen(): void {
    if (this.#isClosed) throw closedError();
  }

  #warn(message: string, error: unknown): void {
    this.#log.warn(message, { error: error instanceof Error ? error.message : String(error) });
  }
}
