/**
 * Whether a token gets an entry in the token status lists: only where its service account asks for it, so that every other
 * token stays as Kubernetes has it.
 */
import { forbiddenError } from '@mayfly/api/meta/v1/status-error';
import { goQuote } from '@mayfly/api/validation/field-error';
import type { StatusClaim } from '../../serviceaccount/claims.ts';
import type { ReferencedObject } from '../../serviceaccount/getter.ts';
import { entryOf, listOf } from '../../serviceaccount/statuslist/bitmap.ts';

export const STATUS_LIST_ANNOTATION = 'identity.mayfly.dev/token-status-list';

/** Where entries come from. */
export interface StatusEntries {
  /** @param expiresAt   epoch seconds. @returns an entry that no other token has or had, counted through all lists */
  take(expiresAt: number): Promise<number>;
  /** Address of a list. */
  uriOf(list: number): string;
}

export interface StatusEntry {
  /** For the ledger. */
  readonly index: number;
  /** For the token. */
  readonly claim: StatusClaim;
}

/**
 * @param entries   undefined: relying parties could not fetch the lists
 * @throws StatusError Forbidden when the annotation cannot be honoured: a token that looks revocable and is not would be worse
 */
export async function statusEntryOf(
  entries: StatusEntries | undefined,
  { metadata }: ReferencedObject,
  expiresAt: number,
): Promise<StatusEntry | undefined> {
  const value = metadata.annotations?.[STATUS_LIST_ANNOTATION];
  if (value === undefined || value === 'false') return undefined;
  const refused = (why: string) =>
    forbiddenError(
      { group: '', resource: 'serviceaccounts' },
      metadata.name ?? '',
      `its annotation ${STATUS_LIST_ANNOTATION} ${why}`,
    );
  if (value !== 'true') throw refused(`must be "true" or "false", found: ${goQuote(value)}`);
  if (entries === undefined)
    throw refused(
      'cannot be honoured: set --service-account-status-list-uri, or an https --service-account-issuer (with --service-account-signing-endpoint there are no lists)',
    );
  const index = await entries.take(expiresAt);
  return { index, claim: { idx: entryOf(index), uri: entries.uriOf(listOf(index)) } };
}
