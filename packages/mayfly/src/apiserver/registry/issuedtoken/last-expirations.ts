import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { parseTime } from '@mayfly/api/meta/v1/time';
import { prefixEnd, type Store } from '../../../storage/store.ts';
import { decodeOnce } from '../generic/codec.ts';
import { keyLayout } from '../generic/keys.ts';
import { ISSUED_TOKEN_STORAGE_PATH } from './strategy.ts';

const PAGE = 1000;

/**
 * When the last token of each key ends, as the ledger knows it. It reads every row: for once, not for every request.
 *
 * @returns epoch milliseconds by key id
 */
export async function lastExpirations(store: Store): Promise<ReadonlyMap<string, number>> {
  const prefix = keyLayout(ISSUED_TOKEN_STORAGE_PATH, true).prefix('');
  const last = new Map<string, number>();
  for (let key: string | undefined = prefix; key !== undefined; ) {
    const { kvs, more }: Awaited<ReturnType<Store['range']>> = await store.range({
      key,
      rangeEnd: prefixEnd(prefix),
      limit: PAGE,
    });
    for (const kv of kvs) {
      const { spec } = decodeOnce(kv) as unknown as IssuedToken;
      last.set(spec.keyID, Math.max(last.get(spec.keyID) ?? 0, parseTime(spec.expirationTimestamp) ?? 0));
    }
    key = more ? `${kvs.at(-1)?.key}\0` : undefined;
  }
  return last;
}
