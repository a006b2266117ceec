import { CompactedError, FutureRevisionError } from '../errors.ts';
import type { KeyValue, RangeRequest, RangeResponse } from '../store.ts';
import { countUnreachable, type Entry, versionAt } from './entry.ts';
import { KeyOrder } from './key-order.ts';
import type { LogRecord, VersionName } from './revision-log.ts';

/** Versions that a compaction may forget in one step. */
export interface Sweep {
  readonly versions: readonly VersionName[];
  /** To be called when they are gone from the log. */
  finish(): void;
}

/**
 * The index of a store: the current version of every key in memory, and which revisions each key had since the last
 * compaction. etcd's tree index, with the difference that current values are here too.
 *
 * It trusts its caller to apply only what is durable, in revision order. Reading an old value goes through `readPast`.
 *
 * @see etcd-io/etcd server/storage/mvcc/index.go, key_index.go
 */
export class MVCCIndex {
  readonly #entries = new Map<string, Entry>();
  readonly #order = new KeyOrder();
  readonly #superseded = new SupersededQueue();
  readonly #readPast: (name: VersionName) => KeyValue;
  #revision = 1;
  #compactedRevision = 0;

  constructor(readPast: (name: VersionName) => KeyValue) {
    this.#readPast = readPast;
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  /** Takes in a record from the log while the store opens; `finishLoading` must follow. */
  load(record: LogRecord): void {
    const key = record.type === 'put' ? record.kv.key : record.key;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { key, current: undefined, past: undefined };
      this.#entries.set(key, entry);
    }
    this.#change(entry, record);
  }

  finishLoading(compactedRevision: number): void {
    this.#compactedRevision = compactedRevision;
    this.#revision = Math.max(this.#revision, compactedRevision);
    this.#order.load([...this.#entries.values()], this.#revision);
  }

  apply(record: LogRecord): void {
    const key = record.type === 'put' ? record.kv.key : record.key;
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#insert(key, record);
      return;
    }
    const wasLive = entry.current !== undefined;
    this.#change(entry, record);
    if (record.type === 'delete') this.#order.countChange(key, -1, this.#revision);
    else if (!wasLive) this.#order.countChange(key, 1, this.#revision);
  }

  get(key: string): KeyValue | undefined {
    return this.#entries.get(key)?.current;
  }

  /** Every current version, in no order. */
  *current(): Generator<KeyValue> {
    for (const { current } of this.#entries.values()) if (current !== undefined) yield current;
  }

  /** @throws CompactedError, FutureRevisionError */
  range(request: RangeRequest): RangeResponse {
    const asOf = request.revision || this.#revision;
    if (asOf > this.#revision) throw new FutureRevisionError(this.#revision);
    if (asOf < this.#compactedRevision) throw new CompactedError(this.#compactedRevision);
    const end = request.rangeEnd;
    return end === undefined ? this.#point(request, asOf) : this.#span(request, end, asOf);
  }

  /** Forbids reads before `revision`; `sweep` then forgets what they would have seen. */
  compact(revision: number): void {
    this.#compactedRevision = revision;
  }

  /** The next versions to forget, about `limit` of them; undefined when none is left. */
  sweep(limit: number): Sweep | undefined {
    const taken = this.#superseded.peek(limit, this.#compactedRevision);
    if (taken === undefined) return undefined;
    const versions: VersionName[] = [];
    const counts = new Map<Entry, number>();
    for (const entry of taken.entries) {
      const count = countUnreachable(entry, taken.upTo);
      counts.set(entry, count);
      for (const revision of entry.past?.slice(0, count) ?? [])
        versions.push({ key: entry.key, revision: Math.abs(revision) });
    }
    return { versions, finish: () => this.#forget(counts, taken.count) };
  }

  #forget(counts: ReadonlyMap<Entry, number>, queued: number): void {
    this.#superseded.remove(queued);
    for (const [entry, count] of counts) {
      entry.past = entry.past?.slice(count);
      if (entry.past?.length === 0) entry.past = undefined;
      if (entry.current !== undefined || entry.past !== undefined) continue;
      this.#order.remove(entry);
      this.#entries.delete(entry.key);
    }
  }

  /** A key that was never there is first of all put. */
  #insert(key: string, record: LogRecord): void {
    const entry: Entry = { key, current: undefined, past: undefined };
    this.#entries.set(key, entry);
    this.#change(entry, record);
    this.#order.insert(entry, this.#revision);
  }

  #change(entry: Entry, record: LogRecord): void {
    const revision = record.type === 'put' ? record.kv.modRevision : record.modRevision;
    this.#revision = Math.max(this.#revision, revision);
    if (entry.current !== undefined) {
      this.#supersede(entry, entry.current.modRevision, revision);
    }
    entry.current = record.type === 'put' ? record.kv : undefined;
    if (record.type === 'put') return;
    this.#supersede(entry, -revision, revision);
  }

  #supersede(entry: Entry, version: number, atRevision: number): void {
    if (entry.past === undefined) entry.past = [version];
    else entry.past.push(version);
    this.#superseded.push(entry, atRevision);
  }

  #point({ key, countOnly }: RangeRequest, asOf: number): RangeResponse {
    const entry = this.#entries.get(key);
    const kv = entry === undefined ? undefined : this.#read(entry, asOf);
    const count = kv === undefined ? 0 : 1;
    return { kvs: kv === undefined || countOnly === true ? [] : [kv], count, more: false, revision: this.#revision };
  }

  #span({ key, limit = 0, countOnly = false }: RangeRequest, end: string, asOf: number): RangeResponse {
    const kvs = countOnly ? [] : this.#collect(key, end, limit, asOf);
    const isAll = !countOnly && (limit === 0 || kvs.length < limit);
    const count = isAll
      ? kvs.length
      : this.#order.count(key, end, asOf, (entry) => versionAt(entry, asOf) !== undefined);
    return { kvs, count, more: !countOnly && count > kvs.length, revision: this.#revision };
  }

  #collect(key: string, end: string, limit: number, asOf: number): KeyValue[] {
    const kvs: KeyValue[] = [];
    this.#order.visit(key, end, (entry) => {
      const kv = this.#read(entry, asOf);
      if (kv !== undefined) kvs.push(kv);
      return kvs.length !== limit || limit === 0;
    });
    return kvs;
  }

  #read(entry: Entry, asOf: number): KeyValue | undefined {
    const { current } = entry;
    if (current !== undefined && current.modRevision <= asOf) return current; // nearly always, so without an allocation
    const version = versionAt(entry, asOf);
    if (version === undefined) return undefined;
    return 'kv' in version ? version.kv : this.#readPast({ key: entry.key, revision: version.pastRevision });
  }
}

/**
 * The entries that have something to forget, in the order in which it became unreachable: a compaction walks this and
 * not all keys. Two arrays of numbers and references, since a busy store queues a million of them between compactions.
 */
class SupersededQueue {
  #entries: Entry[] = [];
  #revisions: number[] = [];
  #head = 0;

  push(entry: Entry, revision: number): void {
    this.#entries.push(entry);
    this.#revisions.push(revision);
  }

  /** The oldest, about `limit`, but never a part of a revision: a deletion and what it deleted must go together. */
  peek(limit: number, compactedRevision: number): { entries: Set<Entry>; upTo: number; count: number } | undefined {
    const entries = new Set<Entry>();
    let upTo = 0;
    let at = this.#head;
    for (; at < this.#revisions.length; at++) {
      const revision = this.#revisions[at] as number;
      if (revision > compactedRevision || (at - this.#head >= limit && revision !== upTo)) break;
      entries.add(this.#entries[at] as Entry);
      upTo = revision;
    }
    return at === this.#head ? undefined : { entries, upTo, count: at - this.#head };
  }

  remove(count: number): void {
    this.#head += count;
    if (this.#head * 2 < this.#revisions.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#revisions = this.#revisions.slice(this.#head);
    this.#head = 0;
  }
}
