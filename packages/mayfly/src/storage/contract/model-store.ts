import type { KeyValue, Operation, RangeRequest, TxnRequest } from '../store.ts';

/**
 * etcd's model written as naively as can be, for `random-history.ts` to compare stores with: every revision is a whole copy.
 */
export class ModelStore {
  /** What a watch of everything would have seen, as text. */
  readonly events: string[] = [];
  compactedRevision = 0;
  readonly #states: Map<string, KeyValue>[] = [new Map(), new Map()]; // the index is the revision; there is no 0

  get revision(): number {
    return this.#states.length - 1;
  }

  range({ key, rangeEnd, revision, limit = 0 }: RangeRequest): { kvs: KeyValue[]; count: number; more: boolean } {
    const state = this.#states[revision || this.revision] ?? new Map<string, KeyValue>();
    const found = [...state.values()].filter((kv) => includes(key, rangeEnd, kv.key));
    found.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    const kvs = limit === 0 ? found : found.slice(0, limit);
    return { kvs, count: found.length, more: found.length > kvs.length };
  }

  txn({ compare, success, failure = [] }: TxnRequest): { succeeded: boolean; revision: number } {
    const before = this.#states[this.revision] ?? new Map<string, KeyValue>();
    const succeeded = compare.every(({ key, target, equals }) => (before.get(key)?.[target] ?? 0) === equals);
    const after = new Map(before);
    const eventsBefore = this.events.length;
    for (const operation of succeeded ? success : failure) this.#perform(operation, after);
    if (this.events.length > eventsBefore) this.#states.push(after);
    return { succeeded, revision: this.revision };
  }

  compact(revision: number): void {
    this.compactedRevision = revision;
  }

  #perform(operation: Operation, state: Map<string, KeyValue>): void {
    const revision = this.revision + 1;
    if (operation.type === 'put') {
      const prev = state.get(operation.key);
      const kv = {
        key: operation.key,
        value: operation.value,
        createRevision: prev?.createRevision ?? revision,
        modRevision: revision,
        version: (prev?.version ?? 0) + 1,
        lease: 0,
      };
      state.set(kv.key, kv);
      this.events.push(`${revision} put ${pair(kv)} was ${pair(prev)}`);
    } else if (operation.type === 'delete') {
      for (const prev of this.range(operation).kvs) {
        state.delete(prev.key);
        this.events.push(`${revision} delete ${prev.key} was ${pair(prev)}`);
      }
    }
  }
}

function includes(start: string, end: string | undefined, key: string): boolean {
  if (end === undefined) return key === start;
  return (
    Buffer.compare(Buffer.from(key), Buffer.from(start)) >= 0 && Buffer.compare(Buffer.from(key), Buffer.from(end)) < 0
  );
}

function pair(kv: KeyValue | undefined): string {
  return kv === undefined ? 'nothing' : `${kv.key}=${Buffer.from(kv.value).toString()}`;
}
