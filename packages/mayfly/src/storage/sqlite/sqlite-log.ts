import { closeSync, fdatasync, fdatasyncSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../errors.ts';
import { isInRange } from '../mvcc/key-order.ts';
import type { LeaseRecord, LogRecord, RevisionLog, VersionName } from '../mvcc/revision-log.ts';
import { revisionOf } from '../mvcc/txn.ts';
import type { KeyValue, LeaseID, StoreEvent } from '../store.ts';
import { BatchReader, BatchWriter, withoutRecords } from './batch-codec.ts';
import { openDataFile } from './data-file.ts';
import { storageFault } from './sqlite-error.ts';
import { prepareStatements, type Statements } from './statements.ts';
import { VersionSet } from './version-set.ts';

/** A row of `batch`; its columns are what the strict table says. */
interface Row {
  readonly last: number;
  readonly data: Uint8Array;
}

/**
 * A row takes transactions until it has this many bytes. Enough for 64 ordinary writes; more would make reading one old
 * value, and dropping one, dearer. A transaction is never split: one of many large values makes a larger row.
 */
const ROW_BYTES = 64 * 1024;

/** What one step of a compaction goes through: some milliseconds. */
const DROP_BYTES = 256 * 1024;
const DROP_ROWS = 250;

/**
 * A revision log in a SQLite file: what an `append` resolved for has been flushed to the disk.
 *
 * SQLite writes a commit and we flush it, in the thread pool: a flush takes as long as ten requests, and the event loop
 * answers those meanwhile.
 *
 * One connection, one writer, no other process (the file is locked). Every call is a transaction of its own.
 */
export class SQLiteLog implements RevisionLog {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #sql: Statements;
  readonly #wal: number;
  readonly #batch = new BatchWriter();
  /** Why no write is taken any more. */
  #fault: StorageError | undefined;

  /** @throws StorageError as `openDataFile` does */
  constructor(path: string) {
    this.#path = path;
    const { db, wal } = openDataFile(path);
    this.#db = db;
    this.#wal = wal;
    this.#sql = prepareStatements(db);
  }

  load(record: (record: LogRecord) => void): { compactedRevision: number; leases: LeaseRecord[] } {
    return this.#guard(() => {
      for (const { data } of this.#rowsFrom(0)) {
        for (const reader = new BatchReader(data); reader.next(); ) record(reader.record());
      }
      const leases = this.#sql.leases.all() as unknown as LeaseRecord[];
      return { compactedRevision: Number(Object.values(this.#sql.compacted.get() ?? {})[0]), leases };
    });
  }

  append(events: readonly StoreEvent[]): Promise<void> {
    this.#transaction(() => {
      let last = 0;
      this.#batch.clear();
      for (const event of events) {
        const revision = revisionOf(event);
        if (revision !== last && this.#batch.sizeBytes >= ROW_BYTES) this.#insert(last);
        this.#batch.add(event);
        last = revision;
      }
      this.#insert(last);
    });
    return this.#flush();
  }

  read(names: readonly VersionName[]): KeyValue[] {
    return this.#guard(() => {
      const found = this.#find(new VersionSet(names));
      return names.map((name) => found.get(nameOf(name.revision, name.key)) ?? notInLog(name));
    });
  }

  scan(range: { readonly key: string; readonly rangeEnd?: string }, from: number, to: number): StoreEvent[] {
    return this.#guard(() => this.#withPrevious(this.#changes(range, from, to)));
  }

  setCompacted(revision: number): void {
    this.#durably(() => this.#sql.setCompacted.run(revision));
  }

  drop(versions: readonly VersionName[], start: number): number {
    let at = start;
    this.#transaction(() => {
      let bytes = 0;
      for (let rows = 0; rows < DROP_ROWS && bytes < DROP_BYTES && at < versions.length; rows++) {
        const row = this.#rowOf(versions[at]?.revision ?? 0);
        if (row === undefined)
          at = versions.length; // an earlier compaction got as far as this, and was then interrupted
        else {
          const end = endOfRow(versions, at, row.last);
          this.#rewrite(row, new VersionSet(versions.slice(at, end)));
          at = end;
          bytes += row.data.byteLength;
        }
      }
    });
    return at;
  }

  settle(): void {
    this.#guard(() => this.#db.exec('pragma wal_checkpoint(passive)'));
  }

  grantLease(deadlineMs: number): LeaseID {
    return this.#durably(() => Number(this.#sql.grantLease.run(deadlineMs).lastInsertRowid));
  }

  removeLease(id: LeaseID): void {
    this.#guard(() => this.#sql.removeLease.run(id));
  }

  close(): void {
    closeSync(this.#wal);
    this.#guard(() => this.#db.close()); // the last connection's close also checkpoints, and removes the WAL
  }

  /** Writes what was packed as the row that ends with this revision. */
  #insert(last: number): void {
    this.#sql.insert.run(last, this.#batch.data);
    this.#batch.clear();
  }

  /** SQLite zeroes what a shorter row gives up (`secure_delete`): nothing that was dropped stays in the file. */
  #rewrite({ last, data }: Row, dropped: VersionSet): void {
    const left = withoutRecords(data, (record) => dropped.has(record));
    if (left === undefined) this.#sql.drop.run(last);
    else if (left !== data) this.#sql.rewrite.run(left, last);
  }

  /** The row with this revision, or the next one when it is gone. */
  #rowOf(revision: number): Row | undefined {
    return this.#sql.first.get(revision) as unknown as Row | undefined;
  }

  #rowsFrom(revision: number): Iterable<Row> {
    return this.#sql.from.iterate(revision) as Iterable<unknown> as Iterable<Row>;
  }

  /** The wanted versions, by name; each row is read once, however many of them it holds. */
  #find(wanted: VersionSet): Map<string, KeyValue> {
    const found = new Map<string, KeyValue>();
    let last = 0;
    for (const revision of wanted.revisions) {
      const row = revision > last ? this.#rowOf(revision) : undefined;
      if (row === undefined) continue;
      last = row.last;
      for (const reader = new BatchReader(row.data); reader.next(); ) {
        if (wanted.has(reader)) found.set(nameOf(reader.modRevision, reader.key()), reader.kv());
      }
    }
    return found;
  }

  #changes(range: { readonly key: string; readonly rangeEnd?: string }, from: number, to: number): Change[] {
    const changes: Change[] = [];
    for (const { last, data } of this.#rowsFrom(from)) {
      for (const reader = new BatchReader(data); reader.next(); ) {
        if (reader.modRevision < from || reader.modRevision > to) continue;
        if (!isInRange(reader.key(), range.key, range.rangeEnd)) continue;
        changes.push({ record: reader.record(), prevRevision: reader.prevRevision });
      }
      if (last >= to) break;
    }
    return changes;
  }

  #withPrevious(changes: readonly Change[]): StoreEvent[] {
    const updates = changes.filter(({ prevRevision }) => prevRevision !== 0);
    const names = updates.map(({ record, prevRevision }) => ({ key: keyOf(record), revision: prevRevision }));
    const previous = this.read(names).values();
    return changes.map(({ record, prevRevision }): StoreEvent => {
      const prev = prevRevision === 0 ? undefined : previous.next().value;
      if (record.type === 'put') return { ...record, prev };
      return { ...record, prev: prev ?? notInLog({ key: record.key, revision: prevRevision }) };
    });
  }

  /** After a flush that failed the system may have dropped what it could not write: trying again would prove nothing. */
  #flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#wal, (error) => {
        if (error === null) resolve();
        else reject(this.#refuseFromNowOn(error));
      });
    });
  }

  /** For the rare write outside `append`: flushed before it returns. */
  #durably<T>(perform: () => T): T {
    this.#assertSound();
    const result = this.#guard(perform);
    try {
      fdatasyncSync(this.#wal);
    } catch (error) {
      throw this.#refuseFromNowOn(error as Error);
    }
    return result;
  }

  #refuseFromNowOn(cause: Error): StorageError {
    const why = `${cause.message}; nothing is written until a restart`;
    this.#fault = new StorageError('ERR_STORE_FAULT', `cannot flush the data file "${this.#path}": ${why}`, { cause });
    return this.#fault;
  }

  #transaction(perform: () => void): void {
    this.#assertSound();
    this.#guard(() => {
      this.#sql.begin.run();
      try {
        perform();
        this.#sql.commit.run();
      } catch (error) {
        this.#rollback();
        throw error;
      }
    });
  }

  #assertSound(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  #rollback(): void {
    try {
      this.#sql.rollback.run();
    } catch {
      // After a full disk or an I/O error SQLite has rolled back by itself, and there is nothing to roll back.
    }
  }

  #guard<T>(perform: () => T): T {
    try {
      return perform();
    } catch (error) {
      throw storageFault(error, this.#path);
    }
  }
}

/** A change without what it replaced. */
interface Change {
  readonly record: LogRecord;
  /** 0 when the key did not exist before. */
  readonly prevRevision: number;
}

/** The first of the versions, which are in order of revision, that is not in the row that ends with `last`. */
function endOfRow(versions: readonly VersionName[], start: number, last: number): number {
  let end = start;
  while (end < versions.length && (versions[end] as VersionName).revision <= last) end++;
  return end;
}

function keyOf(record: LogRecord): string {
  return record.type === 'put' ? record.kv.key : record.key;
}

function nameOf(revision: number, key: string): string {
  return `${revision} ${key}`;
}

function notInLog({ revision }: VersionName): never {
  throw new Error(`revision ${revision} of a key is not in the log`);
}
