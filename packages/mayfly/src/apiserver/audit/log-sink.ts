/**
 * The log backend: events are gathered for a moment and written together.
 *
 * Writing is off the request path. A crash of the process can lose the last `FLUSH_MS` of events; an orderly end loses
 * none. The buffer is bounded: past `MAX_PENDING_CHARS` `write` makes callers wait, so a slow disk slows the server and
 * never silently thins the log. A write that fails is logged once a streak and its events are counted as lost, while
 * requests go on (Kubernetes' `blocking` mode; `blocking-strict` is not offered yet).
 *
 * @see kubernetes/apiserver plugin/pkg/audit/log/backend.go; spec authorization §14.4
 */
import type { Timer } from '../../clock/clock.ts';
import type { AuditEvent } from './event.ts';
import { eventLine } from './event-line.ts';
import { codeOf, LogFile, type LogFileOptions } from './log-file.ts';
import type { AuditCounts, AuditSink } from './sink.ts';

const FLUSH_MS = 100;
const FLUSH_CHARS = 64 * 1024;
const MAX_PENDING_CHARS = 4 * 1024 * 1024;

/** @throws the system's error when the file cannot be opened */
export function newAuditLog(options: LogFileOptions): AuditSink {
  return new AuditLog(new LogFile(options), options);
}

class AuditLog implements AuditSink {
  readonly #file: LogFile;
  readonly #options: LogFileOptions;
  #pending: string[] = [];
  #pendingChars = 0;
  #timer: Timer | undefined;
  #draining: Promise<void> | undefined;
  #failing = false;
  #closed = false;
  readonly #counts = { written: 0, lost: 0 };

  constructor(file: LogFile, options: LogFileOptions) {
    this.#file = file;
    this.#options = options;
  }

  get counts(): AuditCounts {
    return this.#counts;
  }

  write(event: AuditEvent): Promise<void> | undefined {
    if (this.#closed) {
      this.#counts.lost++;
      return undefined;
    }
    const line = eventLine(event);
    this.#pending.push(line);
    this.#pendingChars += line.length;
    if (this.#pendingChars >= FLUSH_CHARS) this.#startDraining();
    else this.#timer ??= this.#options.clock.setTimer(FLUSH_MS, () => this.#startDraining());
    return this.#pendingChars > MAX_PENDING_CHARS ? this.#draining : undefined;
  }

  async flush(): Promise<void> {
    this.#startDraining();
    await this.#draining;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.flush();
    await this.#file.close();
  }

  #startDraining(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#pending.length > 0) this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const lines = this.#pending;
      this.#pending = [];
      this.#pendingChars = 0;
      await this.#append(lines);
    }
    this.#draining = undefined;
  }

  async #append(lines: readonly string[]): Promise<void> {
    try {
      await this.#file.append(lines.join(''));
      this.#counts.written += lines.length;
      this.#failing = false;
    } catch (error) {
      this.#counts.lost += lines.length;
      if (!this.#failing)
        this.#options.log.error('audit log cannot be written', { path: this.#options.path, code: codeOf(error) });
      this.#failing = true;
    }
  }
}
