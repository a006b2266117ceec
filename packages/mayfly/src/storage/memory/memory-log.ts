import { isInRange } from '../mvcc/key-order.ts';
import type { LeaseRecord, RevisionLog, VersionName } from '../mvcc/revision-log.ts';
import { revisionOf } from '../mvcc/txn.ts';
import type { KeyValue, LeaseID, StoreEvent } from '../store.ts';

/** A revision log that ends with the process. */
export class MemoryLog implements RevisionLog {
  /** By revision, ascending, as a Map keeps the order of insertion. */
  readonly #revisions = new Map<number, StoreEvent[]>();
  #lastLease = 0;

  load(): { readonly compactedRevision: number; readonly leases: readonly LeaseRecord[] } {
    return { compactedRevision: 0, leases: [] };
  }

  append(events: readonly StoreEvent[]): undefined {
    for (const event of events) {
      const revision = revisionOf(event);
      const others = this.#revisions.get(revision);
      if (others === undefined) this.#revisions.set(revision, [event]);
      else others.push(event);
    }
  }

  /** @throws Error when it was dropped or never written: the caller's index is wrong */
  read({ key, revision }: VersionName): KeyValue {
    for (const event of this.#revisions.get(revision) ?? []) {
      if (event.type === 'put' && event.kv.key === key) return event.kv;
    }
    throw new Error(`revision ${revision} of a key is not in the log`);
  }

  scan(range: { readonly key: string; readonly rangeEnd?: string }, from: number, to: number): StoreEvent[] {
    const found: StoreEvent[] = [];
    for (let revision = from; revision <= to; revision++) {
      for (const event of this.#revisions.get(revision) ?? []) {
        if (isInRange(keyOf(event), range.key, range.rangeEnd)) found.push(event);
      }
    }
    return found;
  }

  setCompacted(): void {
    // The index knows, and lives as long as this.
  }

  drop(versions: readonly VersionName[]): void {
    for (const { key, revision } of versions) {
      const left = this.#revisions.get(revision)?.filter((event) => keyOf(event) !== key) ?? [];
      if (left.length > 0) this.#revisions.set(revision, left);
      else this.#revisions.delete(revision);
    }
  }

  settle(): void {
    // Nothing to write back.
  }

  grantLease(): LeaseID {
    return ++this.#lastLease;
  }

  removeLease(): void {
    // Leases live in the index's keeper alone.
  }

  close(): void {
    this.#revisions.clear();
  }
}

function keyOf(event: StoreEvent): string {
  return event.type === 'put' ? event.kv.key : event.key;
}
