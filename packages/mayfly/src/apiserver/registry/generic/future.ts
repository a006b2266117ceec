/** A revision this server has not reached: perhaps it is about to. */
import { tooLargeResourceVersionError } from '@mayfly/api/meta/v1/status-error';
import { prefixEnd } from '../../../storage/store.ts';
import { REGISTRY_PREFIX } from './keys.ts';
import type { RegistryDeps } from './kind.ts';

const PATIENCE_MS = 3_000;

/**
 * Waits until the store has reached `revision`, for 3 s at most.
 *
 * @throws StatusError Timeout with cause ResourceVersionTooLarge; clients list again without a version
 */
export async function awaitRevision(deps: RegistryDeps, revision: number): Promise<void> {
  let reached = await currentRevision(deps);
  if (reached >= revision) return;
  const watch = deps.store.watch({ key: REGISTRY_PREFIX, rangeEnd: prefixEnd(REGISTRY_PREFIX) });
  const timer = deps.clock.setTimer(PATIENCE_MS, () => watch.cancel());
  try {
    watch.requestProgress(); // what happened before the watch began
    for await (const batch of watch) {
      reached = batch.revision;
      if (reached >= revision) return;
    }
  } finally {
    timer.cancel();
    watch.cancel();
  }
  throw tooLargeResourceVersionError(revision, reached);
}

async function currentRevision({ store }: RegistryDeps): Promise<number> {
  const { revision } = await store.range({ key: REGISTRY_PREFIX, countOnly: true });
  return revision;
}
