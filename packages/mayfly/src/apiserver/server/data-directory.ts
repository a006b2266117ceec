/**
 * The directory of all state: made, checked, locked for one process, and told to scripts through `ready.json`.
 *
 * The lock file names its holder by pid and by the time that process started, so a pid that was given out again after a
 * crash (pid 1 in every container) is not mistaken for a living holder.
 *
 * @see spec command-line "Files in the data directory"
 */
import { chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../../log/log.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { FaultError } from './fault-error.ts';

/** What `ready.json` tells. Parts that do not run are null. */
export interface ReadyContents {
  readonly version: string;
  readonly pid: number;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly startupMs: number;
  readonly apiServer: string;
  readonly broker: string | null;
  readonly console: string | null;
  readonly kubeconfig: string;
  readonly caFile: string;
  readonly brokerTokenFile: string | null;
}

export interface DataDirectory {
  readonly path: string;
  /** Tells scripts that everything serves. Written once, atomically, mode 0600. */
  writeReady(contents: ReadyContents): Promise<void>;
  /** Removes `ready.json` and gives up the lock. */
  close(): Promise<void>;
}

/** Layout of the files in it; a release that changes the layout raises this and says how to move. */
const LAYOUT_VERSION = '1';

interface LockHolder {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat; empty where there is no /proc. */
  readonly started: string;
}

/**
 * Makes the directory (mode 0700) if need be, checks it and takes its lock.
 *
 * @throws FaultError when it is no directory, is not writable, belongs to somebody else, has another layout, or is held
 */
export async function openDataDirectory({
  path,
  log,
}: {
  readonly path: string;
  readonly log: Log;
}): Promise<DataDirectory> {
  await makeDirectory(path);
  await checkOwner(path, log);
  await takeLock(path);
  try {
    await checkLayout(path);
    await rm(join(path, 'ready.json'), { force: true }); // of a run that was killed
  } catch (error) {
    await rm(join(path, 'lock'), { force: true });
    throw error;
  }
  return {
    path,
    writeReady: (contents) =>
      writeFileAtomic(join(path, 'ready.json'), `${JSON.stringify(contents, null, 2)}\n`, 0o600),
    async close() {
      await rm(join(path, 'ready.json'), { force: true });
      await rm(join(path, 'lock'), { force: true });
    },
  };
}

async function makeDirectory(path: string): Promise<void> {
  try {
    if (await exists(path)) return;
    // Parents by hand: Node's own recursion does not end below /proc.
    const parent = dirname(path);
    if (!(await exists(parent))) await makeDirectory(parent);
    await mkdir(path, { mode: 0o700 });
    await chmod(path, 0o700);
  } catch (error) {
    throw error instanceof FaultError ? error : directoryFault(path, error);
  }
}

async function exists(path: string): Promise<boolean> {
  const found = await stat(path).catch(ignoreMissing);
  if (found !== undefined && !found.isDirectory()) throw directoryFault(path, { code: 'ENOTDIR' });
  return found !== undefined;
}

async function checkOwner(path: string, log: Log): Promise<void> {
  const { uid, mode } = await stat(path);
  const own = process.geteuid?.() ?? uid;
  if (uid !== own) {
    throw new FaultError(
      'ERR_DATA_DIRECTORY',
      `data directory ${path} belongs to uid ${uid}, not to ${own}; run as its owner or choose another --data-dir`,
    );
  }
  if ((mode & 0o077) !== 0) log.warn('data directory is open to other users; chmod 0700 it', { path });
}

async function checkLayout(path: string): Promise<void> {
  const file = join(path, 'version');
  const found = await readIfPresent(file);
  if (found === undefined)
    return writeFileAtomic(file, `${LAYOUT_VERSION}\n`, 0o600).catch((error) =>
      Promise.reject(directoryFault(path, error)),
    );
  if (found.trim() === LAYOUT_VERSION) return;
  throw new FaultError(
    'ERR_DATA_DIRECTORY',
    `data directory ${path} has layout "${found.trim().slice(0, 20)}", this version reads "${LAYOUT_VERSION}"; use the release that wrote it, or another --data-dir`,
  );
}

async function takeLock(path: string): Promise<void> {
  const lock = join(path, 'lock');
  const own = `${lock}.${process.pid}`;
  try {
    await writeFile(own, JSON.stringify(await describe(process.pid)), { mode: 0o600 });
  } catch (error) {
    throw directoryFault(path, error);
  }
  try {
    // A link either makes the whole lock or fails: nobody ever reads a half-written one.
    while (!(await tryLink(own, lock))) await removeStale(path, lock);
  } finally {
    await rm(own, { force: true });
  }
}

async function tryLink(own: string, lock: string): Promise<boolean> {
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Ends the loop of `takeLock` by throwing while the holder lives. */
async function removeStale(path: string, lock: string): Promise<void> {
  const text = await readIfPresent(lock);
  if (text === undefined) return;
  const holder = parseHolder(text);
  if (holder !== undefined && (await isAlive(holder))) {
    throw new FaultError(
      'ERR_DATA_DIRECTORY_LOCKED',
      `data directory ${path} is in use by process ${holder.pid}; stop it or choose another --data-dir`,
    );
  }
  // Moved aside first: if another starter was quicker, what we moved is its new lock, and it is put back.
  const aside = `${lock}.stale.${process.pid}`;
  await rename(lock, aside).catch(ignoreMissing);
  const moved = await readIfPresent(aside);
  if (moved !== undefined && moved !== text) await tryLink(aside, lock);
  await rm(aside, { force: true });
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Partial<LockHolder>;
    if (Number.isSafeInteger(pid) && typeof started === 'string') return { pid: pid as number, started };
  } catch {
    // Not ours, or torn by a full disk: nobody can hold it.
  }
  return undefined;
}

async function isAlive(holder: LockHolder): Promise<boolean> {
  if (holder.pid === process.pid) return false; // an earlier process had our number
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return holder.started === '' || (await describe(holder.pid)).started === holder.started;
}

async function describe(pid: number): Promise<LockHolder> {
  const status = await readIfPresent(`/proc/${pid}/stat`).catch(() => undefined);
  // The second field is the program's name in parentheses and may hold spaces.
  const started = status?.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return { pid, started };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'is not writable by this user; run as its owner or choose another --data-dir',
  EPERM: 'is not writable by this user; run as its owner or choose another --data-dir',
  EROFS: 'is on a read-only file system; choose another --data-dir',
  ENOSPC: 'is on a full disk; make room or choose another --data-dir',
  EDQUOT: 'is over its quota; make room or choose another --data-dir',
  ENOENT: 'cannot be made there; choose another --data-dir',
  ENOTDIR: 'is not a directory; choose another --data-dir',
  EEXIST: 'is not a directory; choose another --data-dir',
};

function directoryFault(path: string, cause: unknown): FaultError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return new FaultError('ERR_DATA_DIRECTORY', `data directory ${path} ${ADVICE[code] ?? `cannot be used (${code})`}`, {
    cause,
  });
}
