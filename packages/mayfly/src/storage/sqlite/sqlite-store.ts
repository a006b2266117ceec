import type { Clock } from '../../clock/clock.ts';
import { type Log, silentLog } from '../../log/log.ts';
import { MVCCStore } from '../mvcc/mvcc-store.ts';
import type { Store } from '../store.ts';
import { SQLiteLog } from './sqlite-log.ts';

export interface SQLiteStoreOptions {
  /** The data file; created with mode 0600 when absent, beside it SQLite's `-wal`. Its directory exists. */
  readonly path: string;
  readonly clock: Clock;
  readonly log?: Log;
}

/**
 * Opens the durable store: an answered write survives a power cut.
 *
 * The current state is read into memory; opening takes about a second per 400 000 keys.
 *
 * @throws StorageError ERR_STORE_OPEN, ERR_STORE_FULL or ERR_STORE_FAULT, one line that says what to do
 */
export function openSQLiteStore({ path, clock, log = silentLog }: SQLiteStoreOptions): Store {
  const revisions = new SQLiteLog(path);
  try {
    return new MVCCStore({ revisions, clock, log });
  } catch (error) {
    revisions.close(); // a damaged page found while loading: give the lock back
    throw error;
  }
}
