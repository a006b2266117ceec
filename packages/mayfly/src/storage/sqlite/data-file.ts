import { accessSync, closeSync, constants, existsSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../errors.ts';
import { openFault } from './sqlite-error.ts';

/** `PRAGMA application_id` of our files: "Mayf". `file` and we tell them from other SQLite files by it. */
const APPLICATION_ID = 0x4d617966;

/** `PRAGMA user_version`: the layout below. Another number is another layout; there is no silent upgrade. */
export const SCHEMA_VERSION = 1;

/**
 * One row per changed key per revision, appended at the end of one B-tree: `id` is `revision * 1024 + place`, so a
 * revision's changes lie together and in order. An index on the key would make durable writes several times slower; the
 * index is in memory instead. `version` is 0 for a deletion, `prev_revision` 0 for a key that did not exist.
 */
const SCHEMA = `
  create table log (
    id integer primary key,
    key text not null,
    value blob,
    create_revision integer not null,
    prev_revision integer not null,
    version integer not null,
    lease integer not null
  ) strict;
  create table lease (id integer primary key autoincrement, deadline_ms integer not null) strict;
  create table meta (name text primary key, value integer not null) strict, without rowid;
  insert into meta values ('compacted_revision', 0);
`;

/** Keys are counted within a revision; `limits.ts` keeps a transaction's changes to this many. */
export const IDS_PER_REVISION = 1024;

/** The caller closes both, `wal` first. */
export interface DataFile {
  readonly db: DatabaseSync;
  /**
   * Descriptor of the write-ahead log: a commit is durable once this is flushed. SQLite keeps one log from opening to
   * closing, and has no lock on it that closing a descriptor could drop.
   */
  readonly wal: number;
}

/**
 * Opens or creates a data file, for this process alone: exclusive locking mode refuses every other opener.
 *
 * Pages of 8 KiB: a group of 64 writes of 550 bytes puts 62 KB into the WAL, where pages of 16 KiB make it 87 KB and of
 * 4 KiB 51 KB in twice as many calls; each commit also writes the partly filled last leaf, its parent and page 1.
 * A file keeps the page size it was made with.
 * A checkpoint every 2000 pages bounds the WAL at some 16 MB and the commit that does it at some 15 ms.
 * `synchronous=NORMAL` in WAL mode writes at each commit and flushes only around checkpoints: flushing a commit is left to
 * the caller, who can do it off the event loop.
 * `secure_delete` overwrites what compaction removes, so that a rotated secret does not outlive it in free pages (the WAL
 * is overwritten as it is reused).
 *
 * @see https://sqlite.org/wal.html; https://sqlite.org/pragma.html#pragma_synchronous
 * @throws StorageError ERR_STORE_OPEN or ERR_STORE_FULL, one line that says what to do
 */
export function openDataFile(path: string): DataFile {
  let db: DatabaseSync | undefined;
  try {
    if (existsSync(path)) checkAccess(path);
    else createPrivately(path);
    db = new DatabaseSync(path, { timeout: 0 });
    prepare(db, path);
    return { db, wal: openSync(`${path}-wal`, 'r+') };
  } catch (error) {
    closeQuietly(db);
    throw openFault(error, path);
  }
}

/** SQLite would create it readable by everyone, and the WAL after it. */
function createPrivately(path: string): void {
  closeSync(openSync(path, 'wx', 0o600));
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory); // the name, too, must survive a power cut
  closeSync(directory);
}

/**
 * Finds out about permissions with the system's own error code, which SQLite hides. Never by opening the file: closing
 * it again would drop the lock of a store that this process has open on it. @see https://sqlite.org/howtocorrupt.html §2.2
 */
function checkAccess(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK);
  accessSync(dirname(path), constants.W_OK); // for the WAL
  if (statSync(path).isDirectory())
    throw refusal(path, 'it is a directory; move it away or choose another data directory');
}

function prepare(db: DatabaseSync, path: string): void {
  db.exec('pragma locking_mode = exclusive; pragma page_size = 8192;'); // both before the first access
  db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 2000;');
  db.exec('pragma secure_delete = on; pragma temp_store = memory;');
  db.exec('begin immediate'); // takes the lock, which exclusive mode then keeps
  checkIdentity(db, path);
  if (pragma(db, 'user_version') === 0) {
    db.exec(`${SCHEMA} pragma application_id = ${APPLICATION_ID}; pragma user_version = ${SCHEMA_VERSION};`);
  }
  db.exec('commit');
}

function checkIdentity(db: DatabaseSync, path: string): void {
  const version = pragma(db, 'user_version');
  const hasTables = db.prepare('select 1 from sqlite_schema limit 1').get() !== undefined;
  if (version === 0 && !hasTables) return; // new
  if (pragma(db, 'application_id') !== APPLICATION_ID) {
    throw refusal(path, 'it belongs to another program; choose another data directory');
  }
  if (version === SCHEMA_VERSION) return;
  throw refusal(path, `its format is ${version}, this program's is ${SCHEMA_VERSION}; use the release that wrote it`);
}

function refusal(path: string, why: string): StorageError {
  return new StorageError('ERR_STORE_OPEN', `cannot open the data file "${path}": ${why}`);
}

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): unknown {
  return db.prepare(`pragma ${name}`).get()?.[name];
}

function closeQuietly(db: DatabaseSync | undefined): void {
  try {
    db?.close();
  } catch {
    // The error that made us close is the one to tell.
  }
}
