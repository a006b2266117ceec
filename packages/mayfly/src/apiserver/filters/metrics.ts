import type { Clock } from '../../clock/clock.ts';
import type { APIRequest } from '../endpoints/request.ts';
import type { Filter } from './filter.ts';

export interface RequestMetrics {
  /** Called once for each request, when it has been answered. */
  requestAnswered(request: APIRequest, durationMs: number): void;
}

/** Counts every request with what it was about, its code and how long it took. */
export function withMetrics({ metrics, clock }: { readonly metrics: RequestMetrics; readonly clock: Clock }): Filter {
  const count = (request: APIRequest): void =>
    metrics.requestAnswered(request, clock.monotonicMs() - request.receivedMonotonicMs);
  return (next) => (request) => {
    request.atEnd(count);
    return next(request);
  };
}
