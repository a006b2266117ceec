import type { AuditEvent } from './event.ts';

/** Where audit events go. A sink is named by its plugin in metrics; today there is `log`. */
export interface AuditSink {
  /**
   * Takes an event. Undefined: taken, go on. A promise: the sink is full; wait for it before answering the request, so
   * that nobody is served faster than the log can be kept. It never rejects.
   */
  write(event: AuditEvent): Promise<void> | undefined;
  /** Resolves when everything taken so far is written, or counted as lost. */
  flush(): Promise<void>;
  /** Flushes and lets go of the file; later events are counted as lost. */
  close(): Promise<void>;
  readonly counts: AuditCounts;
}

export interface AuditCounts {
  readonly written: number;
  readonly lost: number;
}

/** For servers without `--audit-log-path`. */
export const noAuditSink: AuditSink = {
  write: () => undefined,
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
  counts: { written: 0, lost: 0 },
};
