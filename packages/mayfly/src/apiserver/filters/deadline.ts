/**
 * No request waits for ever: past its deadline it is answered with 504 and its work is told to stop.
 *
 * Most requests share the default deadline, so one sweep a second finds the late ones; a timer for each would cost more
 * than many requests do. Only an explicit `timeout` gets a timer of its own.
 *
 * @see kubernetes/apiserver pkg/endpoints/filters/request_deadline.go, pkg/server/filters/timeout.go; spec kubernetes-wire §3
 */
import { badRequestError, StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import { parseDuration } from '../endpoints/duration.ts';
import type { APIRequest } from '../endpoints/request.ts';
import { writeFailure } from '../endpoints/status.ts';
import type { Filter } from './filter.ts';
import { isLongRunning } from './long-running.ts';

interface DeadlineDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: { readonly requestTimeoutMs: number };
}

const SWEEP_MS = 1000;

export function withDeadline(deps: DeadlineDependencies): Filter {
  return (next) => {
    const sweep = new DeadlineSweep(deps);
    return (request) => {
      if (isLongRunning(request.requestInfo)) return next(request);
      const timeoutMs = requestedTimeoutMs(request);
      if (timeoutMs === undefined || timeoutMs === 0 || timeoutMs >= deps.limits.requestTimeoutMs) {
        sweep.add(request);
      } else {
        const timer = deps.clock.setTimer(timeoutMs, () => expire(request, deps.log));
        request.atEnd(() => timer.cancel());
      }
      return next(request);
    };
  };
}

/** @throws StatusError 400 */
function requestedTimeoutMs(request: APIRequest): number | undefined {
  const text = request.query.get('timeout');
  if (text === null || text === '') return undefined;
  const { durationMs, error } = parseDuration(text);
  if (error !== undefined) throw badRequestError(`invalid timeout specified in the request URL - ${error}`);
  if (durationMs < 0) return 0;
  return durationMs;
}

function expire(request: APIRequest, log: Log): void {
  request.abort();
  if (request.unanswered) writeFailure(request, timedOut(), log);
}

function timedOut(): StatusError {
  return new StatusError('Timeout', 'Timeout: request did not complete within the allotted timeout');
}

/** Requests under the default deadline, in order of arrival, which is the order in which they expire. */
class DeadlineSweep {
  readonly #deps: DeadlineDependencies;
  readonly #running = new Set<APIRequest>();
  readonly #forget = (request: APIRequest): void => void this.#running.delete(request);
  #sweeping = false;

  constructor(deps: DeadlineDependencies) {
    this.#deps = deps;
  }

  add(request: APIRequest): void {
    this.#running.add(request);
    request.atEnd(this.#forget);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#sweeping || this.#running.size === 0) return;
    this.#sweeping = true;
    this.#deps.clock.setTimer(SWEEP_MS, () => {
      this.#sweeping = false;
      this.#expireLate();
      this.#schedule();
    });
  }

  #expireLate(): void {
    const oldestMs = this.#deps.clock.nowMs() - this.#deps.limits.requestTimeoutMs;
    for (const request of this.#running) {
      if (request.receivedAtMs > oldestMs) return;
      this.#running.delete(request);
      expire(request, this.#deps.log);
    }
  }
}
