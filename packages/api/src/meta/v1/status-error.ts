/**
 * `metav1.Status` and the error that leaves as one.
 *
 * Reasons, codes and texts are Kubernetes': clients match on them (spec kubernetes-wire §7).
 *
 * @see kubernetes/apimachinery pkg/api/errors/errors.go
 */
import type { FieldError } from '../../validation/field-error.ts';
import { formatGroupKind, formatGroupResource, type GroupKind, type GroupResource } from './group-version.ts';

export type StatusReason =
  | ''
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServerTimeout'
  | 'StorageReadError'
  | 'NotImplemented'
  | 'ServiceUnavailable'
  | 'Timeout';

export const HTTP_CODE: Readonly<Record<StatusReason, number>> = {
  '': 500,
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  StorageReadError: 500,
  NotImplemented: 501,
  ServiceUnavailable: 503,
  Timeout: 504,
};

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  /** The resource (plural), except for `Invalid` and uid conflicts, where it is the Kind. */
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** Key order is the wire's: kind, apiVersion, metadata, status, message, reason, details, code. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason;
  details?: StatusDetails;
  code?: number;
}

/** A refusal that leaves as a `metav1.Status`. `message` is for the caller; `cause` is for our log and never leaves. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly reason: StatusReason;
  readonly code: number;
  readonly details: StatusDetails | undefined;
  /** Set on a list whose page expired: a token that continues at the newest state. */
  readonly continueToken: string | undefined;

  constructor(
    reason: StatusReason,
    message: string,
    options: { details?: StatusDetails; cause?: unknown; continueToken?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.code = HTTP_CODE[reason];
    this.details = options.details;
    this.continueToken = options.continueToken;
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

function detailsOf(resource: GroupResource, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.resource,
  };
}

export function notFoundError(resource: GroupResource, name: string): StatusError {
  return new StatusError('NotFound', `${formatGroupResource(resource)} "${name}" not found`, {
    details: detailsOf(resource, name),
  });
}

export function alreadyExistsError(resource: GroupResource, name: string): StatusError {
  return new StatusError('AlreadyExists', `${formatGroupResource(resource)} "${name}" already exists`, {
    details: detailsOf(resource, name),
  });
}

/** The text of a lost optimistic-concurrency race; kubectl and client-go retry on it. */
export const STALE_VERSION_CAUSE =
  'the object has been modified; please apply your changes to the latest version and try again';

/** @param cause text after `Operation cannot be fulfilled on G "name": ` */
export function conflictError(resource: GroupResource, name: string, cause: string): StatusError {
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${formatGroupResource(resource)} "${name}": ${cause}`,
    { details: detailsOf(resource, name) },
  );
}

/** 422 from field errors: one prints bare, several in brackets; duplicates are dropped. `details.kind` is the Kind. */
export function invalidError(kind: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const texts = [...new Set(errors.map(({ field, body }) => `${field}: ${body}`))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new StatusError('Invalid', `${formatGroupKind(kind)} "${name}" is invalid: ${list}`, {
    details: {
      ...(name === '' ? {} : { name }),
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.kind,
      causes: errors.map(({ type, field, body }) => ({ reason: type, message: body, field })),
    },
  });
}

export function badRequestError(message: string, cause?: unknown): StatusError {
  return new StatusError('BadRequest', message, cause === undefined ? {} : { cause });
}

/** @param why text after `G "name" is forbidden: ` (admission) */
export function forbiddenError(resource: GroupResource, name: string, why: string): StatusError {
  const what = name === '' ? formatGroupResource(resource) : `${formatGroupResource(resource)} "${name}"`;
  return new StatusError('Forbidden', `${what} is forbidden: ${why}`, { details: detailsOf(resource, name) });
}

export function methodNotSupportedError(resource: GroupResource, action: string): StatusError {
  return new StatusError(
    'MethodNotAllowed',
    `${action} is not supported on resources of kind "${formatGroupResource(resource)}"`,
    { details: detailsOf(resource, '') },
  );
}

/** Of a path that knows the method for no kind. */
export function methodNotAllowedError(): StatusError {
  return new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

export function internalError(text: string, cause?: unknown): StatusError {
  return new StatusError('InternalError', `Internal error occurred: ${text}`, {
    details: { causes: [{ message: text }] },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** 504 for a resourceVersion that this server has not reached; clients retry after a second. */
export function tooLargeResourceVersionError(requested: number, current: number): StatusError {
  return new StatusError('Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}
