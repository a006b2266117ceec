import type { Clock } from '../../clock/clock.ts';
import type { APIRequest } from '../endpoints/request.ts';
import type { Filter } from './filter.ts';

export interface RequestMetrics {
  /** Called once for each request, when it has been answered. */
  requestAnswered(request: APIRequest, durationMs: number): void;
}

/** Counts every request with what it was about, its code and how long it took. */
export function withMetrics({ metrics, clock }: { readonly metrics: RequestMetrics; readonly clock: Clock }): Filter {
  return (next) => (request) => {
    const startedMs = clock.monotonicMs();
    const pending = next(request);
    if (pending !== undefined) {
      return pending.finally(() => metrics.requestAnswered(request, clock.monotonicMs() - startedMs));
    }
    metrics.requestAnswered(request, clock.monotonicMs() - startedMs);
    return undefined;
  };
}
