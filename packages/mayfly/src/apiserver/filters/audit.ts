import type { APIRequest, Handler } from '../endpoints/request.ts';
import type { Filter } from './filter.ts';
import { isLongRunning } from './long-running.ts';

/** What a recorder of requests is told. It reads the request and changes nothing; it never throws. */
export interface AuditRecorder {
  /**
   * Before the handler. False: the policy records nothing of this request, so nothing more is told of it. A promise: the
   * log is full, and the request waits so that nobody is served faster than the log can be kept.
   */
  received(request: APIRequest): boolean | Promise<boolean>;
  /** Headers of a long-running answer have been written. */
  responseStarted(request: APIRequest): void;
  /** The handler is done; the caller may be gone. */
  completed(request: APIRequest): void;
  /** A 401. @param attempted methods such as `bearer`, `x509`; empty when no credential was sent */
  authenticationFailed(request: APIRequest, attempted: readonly string[]): void;
}

/** Records nothing. */
export const NO_AUDIT: AuditRecorder = {
  received: () => false,
  responseStarted: () => undefined,
  completed: () => undefined,
  authenticationFailed: () => undefined,
};

/**
 * Tells the recorder of each authenticated request and of its end, however it ends.
 *
 * @see kubernetes/apiserver pkg/endpoints/filters/audit.go; spec authorization §14
 */
export function withAudit({ audit }: { readonly audit: AuditRecorder }): Filter {
  return (next) => (request) => {
    const recorded = audit.received(request);
    if (typeof recorded === 'boolean') return proceed(audit, request, recorded, next);
    return recorded.then((isRecorded) => proceed(audit, request, isRecorded, next));
  };
}

function proceed(audit: AuditRecorder, request: APIRequest, isRecorded: boolean, next: Handler): Promise<void> | void {
  if (isRecorded) {
    if (isLongRunning(request.requestInfo)) request.onStreamStart = () => audit.responseStarted(request);
    request.onAnswered = () => audit.completed(request);
  }
  return next(request);
}
