/** What a caller is told when the store could not answer. The store's own words stay in the log (`cause`). */
import { formatGroupResource, type GroupResource } from '@mayfly/api/meta/v1/group-version';
import { internalError, StatusError } from '@mayfly/api/meta/v1/status-error';
import { StorageError } from '../../../storage/errors.ts';

/** The verb as Kubernetes names it in a `ServerTimeout`. */
export type Operation = 'get' | 'list' | 'watch' | 'create' | 'update' | 'delete';

/** Narrows a caught error to what may leave: a StatusError stays itself, anything else is a fault of ours. */
export function storageStatus(error: unknown, resource: GroupResource, operation: Operation): unknown {
  if (!(error instanceof StorageError)) return error;
  switch (error.code) {
    case 'ERR_COMPACTED':
      return expiredError('The resourceVersion for the provided list is too old.', error);
    case 'ERR_STORE_CLOSED':
      return new StatusError('ServiceUnavailable', 'the server is shutting down', { cause: error });
    case 'ERR_STORE_BUSY':
    case 'ERR_STORE_FULL':
    case 'ERR_FUTURE_REVISION':
    case 'ERR_SLOW_WATCHER':
      return serverTimeoutError(resource, operation, error);
    case 'ERR_STORE_FAULT':
      return error.retryable
        ? serverTimeoutError(resource, operation, error)
        : internalError('the store failed; the server log says why', error);
    default:
      return internalError('the store failed; the server log says why', error);
  }
}

export function expiredError(message: string, cause: unknown, continueToken?: string): StatusError {
  return new StatusError('Expired', message, { cause, ...(continueToken === undefined ? {} : { continueToken }) });
}

function serverTimeoutError(resource: GroupResource, operation: Operation, cause: unknown): StatusError {
  const text = `The ${operation} operation against ${formatGroupResource(resource)} could not be completed at this time, please try again.`;
  const group = resource.group === '' ? {} : { group: resource.group };
  const details = { name: operation, ...group, kind: resource.resource, retryAfterSeconds: 2 };
  return new StatusError('ServerTimeout', text, { details, cause });
}
