/**
 * Finds a pod's service account. `default` is waited for: its controller makes it a moment after the namespace, and pods
 * are created in the same breath as their namespace.
 *
 * Differs: upstream asks for `default` up to ten times at 100 to 199 ms; we are told of it by a watch, and give up after
 * five seconds, so that a slow machine does not refuse what a second try would allow.
 */
import { DEFAULT_SERVICE_ACCOUNT, type ServiceAccount } from '@mayfly/api/core/v1/service-account';
import type { Clock } from '../../../clock/clock.ts';

/** Part of `Registry.reader<ServiceAccount>('serviceaccounts')`: every read sees the newest state. */
export interface ServiceAccountReader {
  get(namespace: string, name: string): Promise<ServiceAccount | undefined>;
  /** ADDED if it exists, then every change of it. */
  watchOne(namespace: string, name: string): ServiceAccountWatch;
}

export interface ServiceAccountWatch
  extends AsyncIterable<readonly { readonly type: string; readonly object: ServiceAccount }[]> {
  cancel(): void;
}

export const MAX_WAIT_MS = 5_000;

interface LookupDeps {
  readonly serviceAccounts: ServiceAccountReader;
  readonly clock: Clock;
}

/**
 * @param context   of the request: when its caller is gone, nobody waits any more
 * @returns undefined when there is none
 */
export async function findServiceAccount(
  deps: LookupDeps,
  namespace: string,
  name: string,
  context: { readonly signal: AbortSignal },
): Promise<ServiceAccount | undefined> {
  const found = await deps.serviceAccounts.get(namespace, name);
  if (found !== undefined || name !== DEFAULT_SERVICE_ACCOUNT) return found;
  return await firstSeen(deps, namespace, context.signal);
}

async function firstSeen(
  { serviceAccounts, clock }: LookupDeps,
  namespace: string,
  signal: AbortSignal,
): Promise<ServiceAccount | undefined> {
  const watch = serviceAccounts.watchOne(namespace, DEFAULT_SERVICE_ACCOUNT);
  const giveUp = () => watch.cancel();
  const timer = clock.setTimer(MAX_WAIT_MS, giveUp);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  try {
    for await (const events of watch) {
      const seen = events.find(({ type }) => type === 'ADDED' || type === 'MODIFIED');
      if (seen !== undefined) return seen.object;
    }
    return undefined;
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', giveUp);
    giveUp();
  }
}
