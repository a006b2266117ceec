/**
 * What one request leaves in the audit log while it passes the filters; events are cut from it at each stage.
 *
 * @see kubernetes/apiserver pkg/audit/{context,request}.go
 */
import type { UserInfo } from '@mayfly/api/user/user';
import type { Log } from '../../log/log.ts';
import type { RequestInfo } from '../requestinfo/request-info.ts';
import {
  type AuditEvent,
  type AuditLevel,
  type AuditStage,
  auditUserAgent,
  type ObjectReference,
  objectReferenceOf,
  type ResponseStatus,
  redactURI,
} from './event.ts';

export interface RequestAuditSource {
  readonly auditID: string;
  readonly level: AuditLevel;
  /** As sent; masked here. */
  readonly requestURI: string;
  readonly requestInfo: RequestInfo;
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  /** Wall clock, epoch milliseconds, and the monotonic clock at the same moment. */
  readonly receivedAtMs: number;
  readonly receivedMonotonicMs: number;
}

/** Slower requests than this carry their latency as an annotation. */
const SLOW_MS = 500;
const LATENCY_TOTAL = 'apiserver.latency.k8s.io/total';

export class RequestAudit {
  /** The authenticated user; stays undefined for a 401. */
  user: UserInfo | undefined;
  impersonatedUser: UserInfo | undefined;
  /** Create fills in name, uid and namespace of the new object. */
  objectRef: ObjectReference | undefined;
  level: AuditLevel;
  readonly #source: RequestAuditSource;
  readonly #annotations = new Map<string, string>();
  readonly #log: Log;

  constructor(source: RequestAuditSource, log: Log) {
    this.#source = source;
    this.#log = log;
    this.level = source.level;
    this.objectRef = objectReferenceOf(source.requestInfo);
  }

  get auditID(): string {
    return this.#source.auditID;
  }

  /** Sets a key once; another value later is refused and noted in the log, which names the key only. */
  annotate(key: string, value: string): void {
    const present = this.#annotations.get(key);
    if (present === undefined) this.#annotations.set(key, value);
    else if (present !== value)
      this.#log.warn('audit annotation is set already', { auditID: this.#source.auditID, key });
  }

  /** @param monotonicMs now, on the clock of `receivedMonotonicMs` */
  event(stage: AuditStage, responseStatus: ResponseStatus | undefined, monotonicMs: number): AuditEvent {
    const source = this.#source;
    const tookMs = Math.max(0, monotonicMs - source.receivedMonotonicMs);
    if (stage === 'ResponseComplete' && tookMs > SLOW_MS) this.annotate(LATENCY_TOTAL, `${tookMs.toFixed(6)}ms`);
    const receivedMicros = Math.round(source.receivedAtMs * 1000);
    return {
      level: this.level,
      auditID: source.auditID,
      stage,
      requestURI: redactURI(source.requestURI),
      verb: source.requestInfo.verb,
      user: this.user,
      impersonatedUser: this.impersonatedUser,
      sourceIPs: source.sourceIPs,
      userAgent: auditUserAgent(source.userAgent),
      objectRef: this.objectRef,
      responseStatus,
      requestReceivedMicros: receivedMicros,
      stageMicros: receivedMicros + Math.round(tookMs * 1000),
      annotations: this.#annotations,
    };
  }
}
