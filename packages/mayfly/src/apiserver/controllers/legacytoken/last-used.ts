/**
 * Writes the date of the last use on the Secret of a legacy token, after the request that used it was answered.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/legacy.go, patchSecretWithLastUsedDate; spec service-account-tokens §8.5
 */
import type { Secret } from '@mayfly/api/core/v1/secret';
import { LAST_USED_LABEL } from '../../serviceaccount/legacy/labels.ts';
import type { LegacyTokenUse, LegacyTokenUses } from '../../serviceaccount/legacy/uses.ts';
import type { Controller, ControllerDeps } from '../controller.ts';
import { isOutrun, SECRETS } from './objects.ts';

export interface LastUsedWriterDeps extends Pick<ControllerDeps, 'client' | 'log'> {
  readonly uses: LegacyTokenUses;
}

export function startLastUsedWriter({ client, log, uses }: LastUsedWriterDeps): Controller {
  const write = async (use: LegacyTokenUse): Promise<void> => {
    const { namespace, secretName: name } = use;
    try {
      await client.patch<Secret>(SECRETS, { namespace, name }, lastUsedPatch(use), { type: 'merge' });
    } catch (error) {
      if (!isOutrun(error)) log.warn('the last use of a legacy token was not written', { namespace, name, error });
    }
  };
  return { stop: uses.consume(write) };
}

/** The uid is a precondition: a new Secret of the name was not used. */
function lastUsedPatch({ namespace, secretName: name, secretUID: uid, date }: LegacyTokenUse): object {
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name, namespace, uid, labels: { [LAST_USED_LABEL]: date } },
  };
}
