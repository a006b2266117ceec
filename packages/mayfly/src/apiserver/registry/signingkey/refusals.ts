/** Why the signing keys cannot be changed as asked, with what to do instead. */
import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import { conflictError, StatusError } from '@mayfly/api/meta/v1/status-error';
import { MAX_LIVE_KEYS } from '../../serviceaccount/key-rotation.ts';
import { SIGNING_KEY_DEFINITION } from './strategy.ts';

export function needed(kid: string, why: string): StatusError {
  return conflictError(SIGNING_KEY_DEFINITION, kid, why);
}

export function heldText(count: number): string {
  if (count === Number.POSITIVE_INFINITY)
    return 'legacy tokens it signed never end where --service-account-lookup is off';
  return count === 1 ? '1 Secret holds a token it signed' : `${count} Secrets hold tokens it signed`;
}

export function otherAlgorithm(pending: SigningKey): StatusError {
  const kid = pending.metadata?.name ?? '';
  const { algorithm } = pending.spec;
  return needed(
    kid,
    `a rotation to ${algorithm} is under way; wait until ${pending.status.activateAt}, or take it back with "mayfly keys retire ${kid}"`,
  );
}

export function tooMany(): StatusError {
  return new StatusError(
    'Conflict',
    `${MAX_LIVE_KEYS} keys still verify, which is the most there may be: their tokens live too long (--service-account-max-token-expiration)`,
  );
}

export function keptChanging(): StatusError {
  return new StatusError('Conflict', 'the signing keys kept changing; try again');
}
