/** The file under the audit log: append, rotate when full, forget old backups. 0600, in a 0700 folder; `-` is stdout. */
import { close, fstatSync, mkdirSync, openSync, write } from 'node:fs';
import { readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import { backupName, expiredBackups } from './rotation.ts';

const writeBytes = promisify(write);
const closeFile = promisify(close);
const STDOUT = 1;

export interface LogFileOptions {
  /** `-`: standard output, never rotated. */
  readonly path: string;
  /** Rotated before it would grow beyond; 0: never. */
  readonly maxSizeMB: number;
  /** Rotated files kept; 0: all. */
  readonly maxBackups: number;
  /** Rotated files older than this are deleted at the next rotation; 0: never. */
  readonly maxAgeDays: number;
  readonly clock: Clock;
  readonly log: Log;
}

export class LogFile {
  readonly #options: LogFileOptions;
  #descriptor: number;
  #sizeBytes: number;
  #torn = false;

  /** @throws the system's error when the file cannot be opened: an operator wants to know at start */
  constructor(options: LogFileOptions) {
    this.#options = options;
    if (this.#isStdout) {
      this.#descriptor = STDOUT;
      this.#sizeBytes = 0;
      return;
    }
    mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
    this.#descriptor = openSync(options.path, 'a', 0o600);
    this.#sizeBytes = fstatSync(this.#descriptor).size;
  }

  get #isStdout(): boolean {
    return this.#options.path === '-';
  }

  /** Appends whole lines. @throws the system's error; a torn line is then ended before the next append */
  async append(lines: string): Promise<void> {
    const bytes = Buffer.from(this.#torn ? `\n${lines}` : lines);
    if (this.#isFull(bytes.length)) await this.#rotate();
    this.#torn = true;
    for (let offset = 0; offset < bytes.length; ) {
      const { bytesWritten } = await writeBytes(this.#descriptor, bytes, offset, bytes.length - offset, null);
      offset += bytesWritten;
      this.#sizeBytes += bytesWritten;
    }
    this.#torn = false;
  }

  async close(): Promise<void> {
    if (!this.#isStdout) await closeFile(this.#descriptor);
  }

  #isFull(moreBytes: number): boolean {
    const maxBytes = this.#options.maxSizeMB * 1024 * 1024;
    return !this.#isStdout && maxBytes > 0 && this.#sizeBytes > 0 && this.#sizeBytes + moreBytes > maxBytes;
  }

  /** If it fails the old file grows on: a log too large is better than none. */
  async #rotate(): Promise<void> {
    const { path, clock, log } = this.#options;
    try {
      await rename(path, join(dirname(path), backupName(path, clock.nowMs())));
      const previous = this.#descriptor;
      this.#descriptor = openSync(path, 'a', 0o600);
      this.#sizeBytes = 0;
      await closeFile(previous);
      await this.#prune();
    } catch (error) {
      log.warn('audit log could not be rotated', { path, code: codeOf(error) });
    }
  }

  async #prune(): Promise<void> {
    const { path, clock } = this.#options;
    const folder = dirname(path);
    const expired = expiredBackups(path, await readdir(folder), this.#options, clock.nowMs());
    await Promise.all(expired.map((fileName) => unlink(join(folder, fileName))));
  }
}

/** `ENOSPC`, `EACCES` … : all a log line needs of a system error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
