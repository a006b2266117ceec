/** What runs beside the requests: controllers, which are clients of the server itself, and compaction. */
import { newKubeClient } from '@mayfly/sdk/kube/client';
import type { Clock } from '../../clock/clock.ts';
import { newFetcher } from '../../httpclient/fetch.ts';
import type { Log } from '../../log/log.ts';
import { startCompactor } from '../../storage/compaction.ts';
import type { Store } from '../../storage/store.ts';
import { VERSION } from '../../version.ts';
import { startClusterRoleAggregationController } from '../controllers/clusterroleaggregation/cluster-role-aggregation.ts';
import { type LegacyTokenOptions, startLegacyTokenControllers } from '../controllers/legacytoken/legacy-tokens.ts';
import { startNamespaceController } from '../controllers/namespace/namespace-controller.ts';
import { LOOPBACK_SERVER_NAME } from './pki.ts';

export interface LoopOptions {
  readonly url: string;
  /** PEM of the CA that signed the loopback certificate. */
  readonly caPEM: string;
  readonly loopbackToken: string;
  readonly legacyTokens: Omit<LegacyTokenOptions, 'rootCA'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

const TIMEOUT_MS = 30_000;
const MAX_RESPONSE_BYTES = 2 ** 28; // a list of a hundred thousand objects

/** @returns a function that ends them all and waits for the work under way */
export function startLoops(options: LoopOptions): () => Promise<void> {
  const { url, caPEM, loopbackToken, legacyTokens, store, clock, log } = options;
  const fetcher = newFetcher({
    clock,
    ca: caPEM,
    serverName: LOOPBACK_SERVER_NAME,
    timeoutMs: TIMEOUT_MS,
    maxResponseBytes: MAX_RESPONSE_BYTES,
  });
  const client = newKubeClient({
    baseURL: url,
    fetch: fetcher.fetch,
    token: () => loopbackToken,
    userAgent: `mayfly-controllers/${VERSION}`,
  });
  const loops = [
    startNamespaceController({ client, clock, log }),
    startClusterRoleAggregationController({ client, clock, log }),
    ...startLegacyTokenControllers({ client, clock, log }, { ...legacyTokens, rootCA: caPEM }),
    startCompactor({ store, clock, log }),
  ];
  return async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
    fetcher.close();
  };
}
