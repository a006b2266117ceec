import { MASTERS_GROUP } from '@mayfly/api/user/user';
import type { Awaitable } from '../../awaitable.ts';
import type { APIRequest, Handler } from '../endpoints/request.ts';
import { TOO_MANY_REQUESTS, writeStatus } from '../endpoints/status.ts';
import type { Filter } from './filter.ts';
import { isLongRunning } from './long-running.ts';

export type RequestKind = 'readOnly' | 'mutating';

export interface InFlightMetrics {
  /** Reads `count` when the metrics are scraped. */
  watchInFlight(kind: RequestKind, count: () => number): void;
  requestRefused(kind: RequestKind): void;
}

interface InFlightDependencies {
  readonly limits: { readonly maxRequestsInFlight: number; readonly maxMutatingRequestsInFlight: number };
  readonly metrics: InFlightMetrics;
}

/**
 * Keeps an overloaded server answering: past the limit a request is told to come back in a second.
 *
 * Administrators (`system:masters`) always get through, so that they can repair what overloads it.
 *
 * @see kubernetes/apiserver pkg/server/filters/maxinflight.go; spec kubernetes-wire §3
 */
export function withInFlightLimits({ limits, metrics }: InFlightDependencies): Filter {
  return (next) => {
    const reading = new Gate('readOnly', limits.maxRequestsInFlight, metrics);
    const writing = new Gate('mutating', limits.maxMutatingRequestsInFlight, metrics);
    return (request) => {
      if (isLongRunning(request.requestInfo)) return next(request);
      return (isReading(request) ? reading : writing).pass(request, next);
    };
  };
}

function isReading(request: APIRequest): boolean {
  const { verb } = request.requestInfo;
  return verb === 'get' || verb === 'list';
}

class Gate {
  readonly #kind: RequestKind;
  readonly #limit: number;
  readonly #metrics: InFlightMetrics;
  readonly #leave = (): void => void this.#count--;
  #count = 0;

  constructor(kind: RequestKind, limit: number, metrics: InFlightMetrics) {
    this.#kind = kind;
    this.#limit = limit;
    this.#metrics = metrics;
    metrics.watchInFlight(kind, () => this.#count);
  }

  pass(request: APIRequest, next: Handler): Awaitable<void> {
    if (this.#count >= this.#limit && !request.user.groups.includes(MASTERS_GROUP)) {
      this.#metrics.requestRefused(this.#kind);
      writeStatus(request, TOO_MANY_REQUESTS);
      return;
    }
    this.#count++;
    request.atEnd(this.#leave);
    return next(request);
  }
}
