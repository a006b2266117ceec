import { StorageError } from '../errors.ts';
import type { StoreEvent } from '../store.ts';
import { MAX_COMMIT_BYTES, MAX_COMMIT_WRITES, MAX_WAITING_WRITES } from './limits.ts';
import type { TxnBatch } from './txn.ts';

interface Write {
  readonly evaluate: (batch: TxnBatch) => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions {
  readonly newBatch: () => TxnBatch;
  /** Makes the events durable and then visible, at once or when its promise resolves; or throws and does neither. */
  readonly commit: (events: readonly StoreEvent[]) => Promise<void> | undefined;
}

/**
 * Makes writes durable together: those that wait when the event loop comes round share one commit, so sixty-four
 * writers cost one flush of the disk and not sixty-four. While the disk flushes, requests go on and the next commit
 * gathers; there is one at a time, for each is evaluated on the state that the one before it left.
 *
 * A write is answered after the commit that holds it, refusals too: they may rest on what the same commit writes.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Write[] = [];
  /** A commit is due or under way. */
  #isBusy = false;
  #underWay: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** @throws (rejects) StorageError: what `evaluate` threw, ERR_STORE_BUSY, or why the commit failed */
  submit<T>(evaluate: (batch: TxnBatch) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isClosed) return reject(closedError());
      if (this.#waiting.length >= MAX_WAITING_WRITES) return reject(busyError());
      this.#waiting.push({ evaluate, resolve: resolve as (result: unknown) => void, reject });
      this.#schedule();
    });
  }

  /** Refuses what waits; resolves when the commit under way, if any, has ended. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(closedError());
    return this.#underWay;
  }

  #schedule(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const batch = this.#options.newBatch();
    const { settled, taken } = this.#evaluate(batch);
    this.#waiting = this.#waiting.slice(taken.length);
    const answer = (): void => this.#finish(settled);
    const refuse = (error: unknown): void => {
      this.#finish(
        taken.map(
          ({ reject }) =>
            () =>
              reject(error),
        ),
      );
      if (!(error instanceof StorageError)) throw error; // we are wrong, after it may be durable: end the process
    };
    try {
      const pending = batch.events.length > 0 ? this.#options.commit(batch.events) : undefined;
      if (pending === undefined) answer();
      else this.#underWay = pending.then(answer, refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #finish(settled: readonly (() => void)[]): void {
    this.#isBusy = false;
    for (const settle of settled) settle();
    if (this.#waiting.length > 0) this.#schedule();
  }

  #evaluate(batch: TxnBatch): { settled: (() => void)[]; taken: Write[] } {
    const settled: (() => void)[] = [];
    const taken: Write[] = [];
    let sizeBytes = 0;
    for (const write of this.#waiting) {
      if (taken.length === MAX_COMMIT_WRITES || sizeBytes > MAX_COMMIT_BYTES) break;
      const before = batch.events.length;
      taken.push(write);
      settled.push(outcome(write, batch));
      for (let i = before; i < batch.events.length; i++) sizeBytes += sizeOf(batch.events[i] as StoreEvent);
    }
    return { settled, taken };
  }
}

function outcome({ evaluate, resolve, reject }: Write, batch: TxnBatch): () => void {
  try {
    const result = evaluate(batch);
    return () => resolve(result);
  } catch (error) {
    return () => reject(error);
  }
}

function sizeOf(event: StoreEvent): number {
  return event.type === 'put' ? event.kv.value.byteLength : 0;
}

/** The store was closed: an expected end while a server drains. */
export function closedError(): StorageError {
  return new StorageError('ERR_STORE_CLOSED', 'the store is closed');
}

function busyError(): StorageError {
  return new StorageError('ERR_STORE_BUSY', 'etcdserver: too many requests', { retryable: true });
}
