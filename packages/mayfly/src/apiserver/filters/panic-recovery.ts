import type { Log } from '../../log/log.ts';
import type { APIRequest } from '../endpoints/request.ts';
import { writeFailure } from '../endpoints/status.ts';
import type { Filter } from './filter.ts';

/**
 * Answers whatever was thrown and not answered further in: a refusal as its Status, anything else as a 500 and a log line.
 *
 * @see kubernetes/apiserver pkg/server/filters/wrap.go
 */
export function withPanicRecovery({ log }: { readonly log: Log }): Filter {
  return (next) => (request) => {
    try {
      const pending = next(request);
      return pending instanceof Promise ? pending.catch((error: unknown) => recover(request, error, log)) : undefined;
    } catch (error) {
      recover(request, error, log);
      return undefined;
    }
  };
}

/** Nothing may escape from here: it would end the process, or leave a client waiting. */
function recover(request: APIRequest, error: unknown, log: Log): void {
  try {
    writeFailure(request, error, log);
  } catch (second) {
    log.error('a failure could not be answered', { auditID: request.auditID, error: second });
    request.outgoing.destroy();
  }
}
