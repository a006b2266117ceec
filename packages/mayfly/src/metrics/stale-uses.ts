/**
 * Counts stale uses by who would have to act: account, workload, program, node.
 *
 * The names are others' to choose, the program's even freely, by whoever holds a good token. So there are at most a
 * thousand series for the life of the process; what comes after them is counted under `other`, and the ledger has it all.
 */
import type { Metrics } from './metrics.ts';
import type { Value } from './series.ts';
import { productOf } from './user-agent.ts';

export const MAX_STALE_SERIES = 1000;
const OVERFLOW = 'other';

/** What the ledger tells of each stale use it has written. */
export interface StaleUse {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** `Deployment/web`; empty when the token is not bound to a pod. */
  readonly workload: string;
  /** As sent. */
  readonly userAgent: string;
  /** Empty when unknown. */
  readonly node: string;
}

export function staleUseObserver(metrics: Metrics, maxSeries = MAX_STALE_SERIES): (use: StaleUse) => void {
  const series = new Map<string, Value>();
  const overflow = Array.from({ length: 5 }, () => OVERFLOW);
  return ({ namespace, serviceAccount, workload, userAgent, node }) => {
    const labels = [namespace, serviceAccount, workload, productOf(userAgent), node];
    const key = labels.join('\u0000');
    let value = series.get(key);
    if (value === undefined) {
      const isFull = series.size >= maxSeries;
      value = metrics.value('mayfly_stale_token_uses_total', ...(isFull ? overflow : labels));
      if (!isFull) series.set(key, value);
    }
    value.value++;
  };
}
