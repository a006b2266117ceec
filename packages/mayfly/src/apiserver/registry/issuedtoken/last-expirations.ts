import { parseTime } from '@mayfly/api/meta/v1/time';
import type { Store } from '../../../storage/store.ts';
import { ledgerRows } from './search.ts';

/**
 * When the last token of each key ends, as the ledger knows it. It reads every row: for once, not for every request.
 *
 * @returns epoch milliseconds by key id
 */
export async function lastExpirations(store: Store): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>();
  for await (const { token } of ledgerRows(store, '')) {
    const { keyID, expirationTimestamp } = token.spec;
    last.set(keyID, Math.max(last.get(keyID) ?? 0, parseTime(expirationTimestamp) ?? 0));
  }
  return last;
}
