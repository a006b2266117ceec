import { closeSync, fdatasync, fdatasyncSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../errors.ts';
import type { LeaseRecord, LogRecord, RevisionLog, VersionName } from '../mvcc/revision-log.ts';
import { revisionOf } from '../mvcc/txn.ts';
import type { KeyValue, LeaseID, StoreEvent } from '../store.ts';
import { IDS_PER_REVISION, openDataFile } from './data-file.ts';
import { storageFault } from './sqlite-error.ts';
import { prepareStatements, type Statements } from './statements.ts';

/** A row of `log`; its columns are what the strict table says. */
interface Row {
  readonly id: number;
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly create_revision: number;
  readonly prev_revision: number;
  readonly version: number;
  readonly lease: number;
}

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
      for (const row of this.#sql.all.iterate()) record(recordOf(row as unknown as Row));
      const leases = this.#sql.leases.all() as unknown as LeaseRecord[];
      return { compactedRevision: Number(Object.values(this.#sql.compacted.get() ?? {})[0]), leases };
    });
  }

  append(events: readonly StoreEvent[]): Promise<void> {
    this.#transaction(() => {
      let revision = 0;
      let place = 0;
      for (const event of events) {
        place = revisionOf(event) === revision ? place + 1 : 0;
        revision = revisionOf(event);
        this.#insert(revision * IDS_PER_REVISION + place, event);
      }
    });
    return this.#flush();
  }

  read({ key, revision }: VersionName): KeyValue {
    return this.#guard(() => {
      const row = this.#sql.one.get(...idsOf(revision), key);
      if (row === undefined) throw new Error(`revision ${revision} of a key is not in the log`);
      return keyValueOf(row as unknown as Row);
    });
  }

  scan(range: { readonly key: string; readonly rangeEnd?: string }, from: number, to: number): StoreEvent[] {
    return this.#guard(() => {
      const ids = [from * IDS_PER_REVISION, (to + 1) * IDS_PER_REVISION] as const;
      const rows =
        range.rangeEnd === undefined
          ? this.#sql.scanKey.all(...ids, range.key)
          : this.#sql.scanRange.all(...ids, range.key, range.rangeEnd);
      return rows.map((row) => this.#eventOf(row as unknown as Row));
    });
  }

  setCompacted(revision: number): void {
    this.#durably(() => this.#sql.setCompacted.run(revision));
  }

  drop(versions: readonly VersionName[]): void {
    this.#transaction(() => {
      for (const { key, revision } of versions) this.#sql.drop.run(...idsOf(revision), key);
    });
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

  #insert(id: number, event: StoreEvent): void {
    const prevRevision = event.prev?.modRevision ?? 0;
    if (event.type === 'delete') this.#sql.insert.run(id, event.key, null, 0, prevRevision, 0, 0);
    else {
      const { key, value, createRevision, version, lease } = event.kv;
      this.#sql.insert.run(id, key, value, createRevision, prevRevision, version, lease);
    }
  }

  #eventOf(row: Row): StoreEvent {
    const record = recordOf(row);
    const key = row.key;
    const prevRevision = row.prev_revision;
    if (record.type === 'put') {
      return { ...record, prev: prevRevision === 0 ? undefined : this.read({ key, revision: prevRevision }) };
    }
    return { ...record, prev: this.read({ key, revision: prevRevision }) };
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

const NO_BYTES = new Uint8Array();

/** The half-open range of a revision's rows. */
function idsOf(revision: number): [number, number] {
  return [revision * IDS_PER_REVISION, (revision + 1) * IDS_PER_REVISION];
}

function recordOf(row: Row): LogRecord {
  if (row.version !== 0) return { type: 'put', kv: keyValueOf(row) };
  return { type: 'delete', key: row.key, modRevision: revisionOfRow(row) };
}

function keyValueOf(row: Row): KeyValue {
  return Object.freeze({
    key: row.key,
    value: row.value ?? NO_BYTES, // an empty value may be bound as null
    createRevision: row.create_revision,
    modRevision: revisionOfRow(row),
    version: row.version,
    lease: row.lease,
  });
}

function revisionOfRow(row: Row): number {
  return Math.floor(row.id / IDS_PER_REVISION);
}
