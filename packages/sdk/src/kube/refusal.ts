import { HTTP_CODE, type Status, StatusError, type StatusReason } from '@mayfly/api/meta/v1/status-error';

const MAX_TEXT = 1024;

/** What a server said no with. A body that is no Status becomes one by its HTTP code. */
export function refusalOf(httpStatus: number, body: string): StatusError {
  const status = parseStatus(body);
  if (status === undefined)
    return new StatusError(reasonOf(httpStatus), body.slice(0, MAX_TEXT) || `HTTP ${httpStatus}`);
  return statusRefusal(status);
}

/** The error a `Status` object stands for, be it a body or an ERROR event. */
export function statusRefusal(status: Partial<Status>): StatusError {
  const { reason = reasonOf(status.code ?? 500), message = '', details, metadata } = status;
  const known = reason in HTTP_CODE ? reason : reasonOf(status.code ?? 500);
  const next = metadata?.continue;
  return new StatusError(known, message, {
    ...(details === undefined ? {} : { details }),
    ...(typeof next === 'string' ? { continueToken: next } : {}),
  });
}

function parseStatus(body: string): Partial<Status> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status')
      return parsed as Partial<Status>;
  } catch {
    // not JSON: a proxy or a plain-text 404
  }
  return undefined;
}

function reasonOf(code: number): StatusReason {
  const found = Object.entries(HTTP_CODE).find(([reason, known]) => reason !== '' && known === code);
  return found === undefined ? 'InternalError' : (found[0] as StatusReason);
}
