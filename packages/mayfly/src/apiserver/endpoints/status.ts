/**
 * Turns every failure into a `metav1.Status` on the wire. Nothing else in the API server writes a failure.
 *
 * The caller is told what a `StatusError` says and of anything else only that it happened; the log gets the cause.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/responsewriters/{errors,status}.go; spec kubernetes-wire §7
 */
import { internalError, type Status, StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Log } from '../../log/log.ts';
import type { APIRequest } from './request.ts';
import { wantsPretty, writeAnswer } from './response.ts';

/** Answers with `error`, unless an answer has already begun: then the connection is cut, for half an answer is none. */
export function writeFailure(request: APIRequest, error: unknown, log: Log): void {
  const failure = asStatusError(error);
  if (failure.code >= 500 && failure !== error) {
    log.error('request failed', { auditID: request.auditID, method: request.method, path: request.path, error });
  } else if (failure.cause !== undefined) {
    log.debug('request refused', { auditID: request.auditID, code: failure.code, cause: failure.cause });
  }
  if (!request.unanswered) {
    if (!request.outgoing.writableEnded) request.outgoing.destroy();
    return;
  }
  writeStatus(request, failure.toStatus());
}

/** Writes a Status, failure or success, as JSON with `nosniff`. */
export function writeStatus(request: APIRequest, status: Status): void {
  const code = status.code ?? 200;
  const text = wantsPretty(request) ? `${JSON.stringify(status, undefined, 2)}\n` : `${JSON.stringify(status)}\n`;
  const retryAfter = status.details?.retryAfterSeconds;
  request.responseObject = status;
  writeAnswer(request, code, 'application/json', text, [
    'X-Content-Type-Options',
    'nosniff',
    ...(retryAfter === undefined ? [] : ['Retry-After', String(retryAfter)]),
    ...(code === 413 ? ['Connection', 'close'] : []), // the rest of the body is not read
  ]);
}

/** The one failure that is no Status: when judging failed, the body is plain text. */
export function writeTextFailure(request: APIRequest, code: number, text: string): void {
  writeAnswer(request, code, 'text/plain; charset=utf-8', text, NOSNIFF);
}

const NOSNIFF = ['X-Content-Type-Options', 'nosniff'];

function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return internalError('an unexpected error, see the server log', error);
}

/** The caller's error is ours to name: every untyped error becomes this 500. */
export const UNAUTHORIZED: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'Unauthorized',
  reason: 'Unauthorized',
  code: 401,
};

export const TOO_MANY_REQUESTS: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'Too many requests, please try again later.',
  reason: 'TooManyRequests',
  details: { retryAfterSeconds: 1 },
  code: 429,
};
