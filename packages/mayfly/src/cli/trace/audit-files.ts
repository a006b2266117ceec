/**
 * Reads an audit log with its backups for the lines that name something, in order of time and in bounded memory.
 *
 * The server writes and rotates meanwhile: a file is known by what it is, not by its name, so one that is renamed under our
 * eyes is read once, and one that appears is read too.
 */
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { backupTimeMs } from '../../apiserver/audit/rotation.ts';
import { CommandError } from '../failure.ts';

const CHUNK_BYTES = 1024 * 1024;
/** An event is a few kilobytes; past this a line is no event. */
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
/** Looks at the folder, since each may find what the one before could not. */
const MAX_ROUNDS = 5;

export interface AuditLines {
  /** Names of the files, as they were when they were opened, oldest first. */
  readonly files: readonly string[];
  /** Lines that hold the text and are too long to be events. */
  readonly tooLong: number;
  /** The first line of the oldest file: how far back the log goes. */
  readonly first: string | undefined;
}

/**
 * @param path of the live file
 * @param wanted ASCII text that a line must hold
 * @param take told of each such line; the last one of a file may be cut short, by a crash or because it is being written
 * @throws CommandError when there is no log to read
 */
export async function readAuditLines(path: string, wanted: string, take: (line: string) => void): Promise<AuditLines> {
  const read = new Set<string>();
  const found = { files: [] as string[], tooLong: 0, first: undefined as string | undefined };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const opened = await openUnread(path, await logFiles(path), read);
    if (opened.length === 0) break;
    for (const { name, file } of opened) {
      const search = new LineSearch(Buffer.from(wanted), take);
      await readAll(file, search);
      found.files.push(name);
      found.tooLong += search.tooLong;
      found.first ??= search.first;
    }
  }
  if (found.files.length === 0) throw new CommandError(`there is no audit log ${path}`);
  return found;
}

/** Backups by age, then the live file. */
async function logFiles(path: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`the audit log ${path} cannot be read (${error.code})`);
  });
  const backups = names
    .map((name) => ({ name, timeMs: backupTimeMs(path, name) }))
    .filter((each): each is { name: string; timeMs: number } => each.timeMs !== undefined)
    .sort((a, b) => a.timeMs - b.timeMs);
  return [...backups.map(({ name }) => name), basename(path)];
}

interface OpenFile {
  readonly name: string;
  readonly file: FileHandle;
}

/** All are opened before any is read: an open file stays, whatever rotation does to its name. */
async function openUnread(path: string, names: readonly string[], read: Set<string>): Promise<readonly OpenFile[]> {
  const opened: OpenFile[] = [];
  for (const name of names) {
    const file = await open(join(dirname(path), name), 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined; // rotated or pruned a moment ago
      throw new CommandError(`the audit log ${join(dirname(path), name)} cannot be read (${error.code})`);
    });
    if (file === undefined) continue;
    const { dev, ino } = await file.stat();
    if (read.has(`${dev} ${ino}`)) {
      await file.close();
      continue;
    }
    read.add(`${dev} ${ino}`);
    opened.push({ name, file });
  }
  return opened;
}

/** And closes it. */
async function readAll(file: FileHandle, search: LineSearch): Promise<void> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) break;
      search.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  search.end();
}

/** Looks for the text in whole chunks and cuts out lines only where it stands: a log is mostly others' requests. */
class LineSearch {
  first: string | undefined;
  tooLong = 0;
  readonly #wanted: Buffer;
  readonly #take: (line: string) => void;
  /** The line that has not ended yet. */
  #rest: Buffer = Buffer.alloc(0);
  #isTooLong = false;

  constructor(wanted: Buffer, take: (line: string) => void) {
    this.#wanted = wanted;
    this.#take = take;
  }

  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      this.#keep(chunk);
      return;
    }
    const begin = this.#isTooLong ? chunk.indexOf(NEWLINE) + 1 : 0;
    this.#search(Buffer.concat([this.#rest, chunk.subarray(begin, end)]));
    this.#rest = Buffer.from(chunk.subarray(end)); // a copy: the chunk is read into again
    this.#isTooLong = false;
  }

  end(): void {
    if (this.#rest.includes(this.#wanted)) this.#take(this.#rest.toString('utf8'));
  }

  #keep(chunk: Buffer): void {
    if (this.#isTooLong) return;
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (this.#rest.length <= MAX_LINE_BYTES) return;
    if (this.#rest.includes(this.#wanted)) this.tooLong++;
    this.#rest = Buffer.alloc(0);
    this.#isTooLong = true;
  }

  #search(lines: Buffer): void {
    this.first ??= lines.toString('utf8', 0, lines.indexOf(NEWLINE));
    for (let at = lines.indexOf(this.#wanted); at >= 0; ) {
      const begin = lines.lastIndexOf(NEWLINE, at) + 1;
      const end = lines.indexOf(NEWLINE, at);
      this.#take(lines.toString('utf8', begin, end));
      at = lines.indexOf(this.#wanted, end);
    }
  }
}
