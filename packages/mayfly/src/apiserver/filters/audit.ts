import { type Awaitable, whenThere } from '../../awaitable.ts';
import type { APIRequest, Recording } from '../endpoints/request.ts';
import type { Filter } from './filter.ts';

/** What a recorder of requests is told. It reads the request and changes nothing; it never throws. */
export interface AuditRecorder {
  /**
   * Before the handler. Undefined: the policy records nothing of this request, so nothing more is told of it. A promise:
   * the log is full, and the request waits so that nobody is served faster than the log can be kept.
   */
  received(request: APIRequest): Awaitable<Recording | undefined>;
  /** A 401. */
  authenticationFailed(request: APIRequest): void;
}

/** Records nothing. */
export const NO_AUDIT: AuditRecorder = {
  received: () => undefined,
  authenticationFailed: () => undefined,
};

/**
 * Tells the recorder of each authenticated request and of its end, however it ends.
 *
 * @see kubernetes/apiserver pkg/endpoints/filters/audit.go; spec authorization §14
 */
export function withAudit({ audit }: { readonly audit: AuditRecorder }): Filter {
  return (next) => (request) =>
    whenThere(audit.received(request), (recording) => {
      request.recording = recording;
      return next(request);
    });
}
