import { StorageError } from '../errors.ts';

/** SQLite's primary result codes that an operator can do something about. @see https://sqlite.org/rescode.html */
export const SQLITE_BUSY = 5;
export const SQLITE_READONLY = 8;
export const SQLITE_CORRUPT = 11;
export const SQLITE_FULL = 13;
export const SQLITE_CANTOPEN = 14;
export const SQLITE_NOTADB = 26;

/** The primary result code of what node:sqlite threw; undefined when it is not SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff; // the rest says which system call it was
}

/** Turns a failure of an open data file into the store's error; the cause keeps SQLite's text for the log. */
export function storageFault(cause: unknown, path: string): StorageError {
  if (sqliteCode(cause) === SQLITE_FULL || systemCode(cause) === 'ENOSPC') {
    return new StorageError('ERR_STORE_FULL', `no space left for the data file "${path}"`, { retryable: true, cause });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StorageError('ERR_STORE_FAULT', `cannot read or write the data file "${path}": ${why}`, { cause });
}

/** Says in one line why a data file cannot be opened, and what to do. */
export function openFault(cause: unknown, path: string): StorageError {
  if (cause instanceof StorageError) return cause;
  if (sqliteCode(cause) === SQLITE_FULL || systemCode(cause) === 'ENOSPC') return storageFault(cause, path);
  const advice = adviceBySystemCode[systemCode(cause) ?? ''] ?? adviceBySQLiteCode[sqliteCode(cause) ?? -1];
  const why = advice ?? (cause instanceof Error ? cause.message : String(cause));
  return new StorageError('ERR_STORE_OPEN', `cannot open the data file "${path}": ${why}`, { cause });
}

const notWritable = 'its directory is not writable; fix the owner or mode, or choose another data directory';

const adviceBySystemCode: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist; create it or choose another data directory',
  ENOTDIR: 'a part of its path is not a directory; choose another data directory',
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: 'its file system is read-only; mount it writable or choose another data directory',
};

const damaged = 'it is damaged; restore it from a backup';

const adviceBySQLiteCode: Readonly<Record<number, string>> = {
  [SQLITE_BUSY]: 'another process has it open; stop that server, or choose another data directory',
  [SQLITE_READONLY]: notWritable,
  [SQLITE_CANTOPEN]: notWritable,
  [SQLITE_CORRUPT]: damaged,
  [SQLITE_NOTADB]: 'it is not a SQLite file; move it away or choose another data directory',
};

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
