/**
 * Marks auto-generated legacy tokens that nobody used for the clean-up period, and deletes them after as long again.
 *
 * Once a day. A refused token that turns out to be needed is brought back by taking the label off its Secret.
 *
 * @see kubernetes/kubernetes pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go; spec
 *   service-account-tokens §8.6
 */
import type { ConfigMap } from '@mayfly/api/core/v1/config-map';
import type { Pod } from '@mayfly/api/core/v1/pod';
import { podSecretNames } from '@mayfly/api/core/v1/pod-secret-names';
import { SERVICE_ACCOUNT_TOKEN_TYPE, type Secret } from '@mayfly/api/core/v1/secret';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { DAY_MS, INVALID_SINCE_LABEL, utcDate } from '../../serviceaccount/legacy/labels.ts';
import type { Controller, ControllerDeps } from '../controller.ts';
import { startPeriodic } from '../periodic.ts';
import { accountNameOf, type CleanUpWindow, cleanUpWindow, isCleanable, isUnused, verdictOf } from './cleaning.ts';
import { CONFIG_MAPS, isOutrun, listAll, PODS, present, SECRETS, SERVICE_ACCOUNTS } from './objects.ts';
import { TRACKING_CONFIG_MAP, TRACKING_NAMESPACE, trackedSinceMs } from './tracking.ts';

export interface LegacyTokenCleanerDeps extends ControllerDeps {
  /** `--legacy-service-account-token-clean-up-period`, above zero. */
  readonly cleanUpPeriodMs: number;
}

export function startLegacyTokenCleaner(deps: LegacyTokenCleanerDeps): Controller {
  return startPeriodic({
    clock: deps.clock,
    intervalMs: DAY_MS,
    run: () => cleanUp(deps),
    failed: (error) => deps.log.warn('unused legacy tokens could not be cleaned up', { error }),
  });
}

/** One round. */
async function cleanUp(deps: LegacyTokenCleanerDeps): Promise<void> {
  const { client, clock, cleanUpPeriodMs } = deps;
  const target = { namespace: TRACKING_NAMESPACE, name: TRACKING_CONFIG_MAP };
  const tracking = await present<ConfigMap>(client, CONFIG_MAPS, target);
  const sinceMs = tracking && trackedSinceMs(tracking);
  const window = sinceMs === undefined ? undefined : cleanUpWindow(sinceMs, cleanUpPeriodMs, clock.nowMs());
  if (window === undefined) return;
  const unused: Secret[] = [];
  for await (const secret of listAll<Secret>(client, SECRETS, { fieldSelector: `type=${SERVICE_ACCOUNT_TOKEN_TYPE}` }))
    if (isUnused(secret, window)) unused.push(secret);
  for (const [namespace, secrets] of Map.groupBy(unused, ({ metadata }) => metadata?.namespace ?? ''))
    await cleanUpNamespace(deps, namespace, secrets, window);
}

async function cleanUpNamespace(
  deps: LegacyTokenCleanerDeps,
  namespace: string,
  secrets: readonly Secret[],
  window: CleanUpWindow,
): Promise<void> {
  const mounted = new Set<string>();
  for await (const pod of listAll<Pod>(deps.client, PODS, { namespace }))
    for (const name of podSecretNames(pod)) mounted.add(name);
  for (const secret of secrets) {
    if (mounted.has(secret.metadata?.name ?? '')) continue;
    const account = await accountOf(deps, namespace, secret);
    if (!isCleanable(secret, account)) continue;
    await cleanUpSecret(deps, secret, window).catch((error: unknown) => {
      if (isOutrun(error)) return;
      deps.log.warn('an unused legacy token was not cleaned up', { namespace, name: secret.metadata?.name, error });
    });
  }
}

async function accountOf(
  { client }: LegacyTokenCleanerDeps,
  namespace: string,
  secret: Secret,
): Promise<ServiceAccount | undefined> {
  const name = accountNameOf(secret);
  return name === '' ? undefined : present<ServiceAccount>(client, SERVICE_ACCOUNTS, { namespace, name });
}

async function cleanUpSecret(deps: LegacyTokenCleanerDeps, secret: Secret, window: CleanUpWindow): Promise<void> {
  const { client, clock, log } = deps;
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = secret.metadata ?? {};
  const target = { namespace, name };
  const verdict = verdictOf(secret, window);
  if (verdict === 'mark') {
    const labels = { [INVALID_SINCE_LABEL]: utcDate(clock.nowMs()) };
    await client.patch<Secret>(SECRETS, target, { metadata: { name, namespace, uid, labels } }, { type: 'merge' });
    log.info('an unused legacy token is marked invalid', target);
  } else if (verdict === 'delete') {
    await client.delete(SECRETS, target, { preconditions: { uid, resourceVersion } });
    log.info('an unused legacy token is deleted', target);
  }
}
