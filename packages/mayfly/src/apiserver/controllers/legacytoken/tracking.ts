/**
 * Keeps the ConfigMap that says since when uses of legacy tokens are tracked. The cleaner trusts no label before.
 *
 * A date that stands there stays; one that is none becomes today. Made once in half an hour at most, so that a fight
 * with whoever deletes it stays slow.
 *
 * @see kubernetes/kubernetes pkg/controlplane/controller/legacytokentracking/controller.go; spec
 *   service-account-tokens §8.5
 */
import type { ConfigMap } from '@mayfly/api/core/v1/config-map';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { startInformer } from '@mayfly/sdk/kube/informer';
import type { Timer } from '../../../clock/clock.ts';
import { parseUTCDate, utcDate } from '../../serviceaccount/legacy/labels.ts';
import type { Controller, ControllerDeps } from '../controller.ts';
import { startPeriodic } from '../periodic.ts';
import { sleepOn } from '../sleep.ts';
import { WorkQueue } from '../work-queue.ts';
import { CONFIG_MAPS, isOutrun } from './objects.ts';

export const TRACKING_NAMESPACE = 'kube-system';
export const TRACKING_CONFIG_MAP = 'kube-apiserver-legacy-service-account-token-tracking';

const CREATE_INTERVAL_MS = 30 * 60_000;
const RESYNC_MS = 12 * 3_600_000;

export interface LegacyTokenTracking extends Controller {
  /** Resolves when the first look is over. */
  readonly settled: Promise<void>;
}

export function startLegacyTokenTracking({ client, clock, log }: ControllerDeps): LegacyTokenTracking {
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
  let createdAtMs = Number.NEGATIVE_INFINITY;
  let later: Timer | undefined;
  const create = async (nowMs: number): Promise<void> => {
    const elapsedMs = clock.monotonicMs() - createdAtMs;
    later?.cancel();
    if (elapsedMs < CREATE_INTERVAL_MS) {
      later = clock.setTimer(CREATE_INTERVAL_MS - elapsedMs, sync);
      return;
    }
    createdAtMs = clock.monotonicMs();
    await client.create<ConfigMap>(CONFIG_MAPS, trackingConfigMap(nowMs)).catch((error: unknown) => {
      if (!(error instanceof StatusError && error.reason === 'AlreadyExists')) throw error; // another server made it
    });
  };
  const work = async (): Promise<'done'> => {
    const known = informer.get(TRACKING_NAMESPACE, TRACKING_CONFIG_MAP);
    const nowMs = clock.nowMs();
    if (known === undefined) {
      await create(nowMs);
    } else if (trackedSinceMs(known) === undefined) {
      const repaired = { ...known, data: { ...known.data, since: utcDate(nowMs) } };
      await client.update(CONFIG_MAPS, repaired).catch((error: unknown) => {
        if (!isOutrun(error)) throw error; // its event is coming
      });
    }
    return 'done';
  };
  const failed = (_key: string, error: unknown) =>
    log.warn('the date since when legacy tokens are tracked could not be written', { error });
  const queue = new WorkQueue({ clock, work, failed });
  const sync = (): void => {
    if (informer.isSynced()) queue.add(TRACKING_CONFIG_MAP);
  };
  const informer = startInformer<ConfigMap>({
    client,
    resource: CONFIG_MAPS,
    select: { namespace: TRACKING_NAMESPACE, fieldSelector: `metadata.name=${TRACKING_CONFIG_MAP}` },
    handler: {
      changed: sync,
      deleted: sync,
      synced() {
        sync();
        void queue.idle().then(settle);
      },
    },
    sleep: sleepOn(clock),
    failed: (error) => log.warn('the legacy token tracking ConfigMap could not be watched', { error }),
  });
  const resync = startPeriodic({ clock, intervalMs: RESYNC_MS, run: async () => sync(), failed: () => undefined });
  return {
    settled,
    async stop() {
      settle();
      later?.cancel();
      await resync.stop();
      await informer.stop();
      await queue.stop();
      later?.cancel(); // the last work may have set it again
    },
  };
}

/** Midnight UTC, epoch milliseconds; undefined when the date is missing or is none. */
export function trackedSinceMs({ data }: ConfigMap): number | undefined {
  return parseUTCDate(data?.since ?? '');
}

function trackingConfigMap(nowMs: number): ConfigMap {
  return {
    metadata: { name: TRACKING_CONFIG_MAP, namespace: TRACKING_NAMESPACE },
    data: { since: utcDate(nowMs) },
  };
}
