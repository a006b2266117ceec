/** Searches of the ledger, for those who may wait for one: in pages, so that requests are served in between. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { type KeyValue, prefixEnd, type Store } from '../../../storage/store.ts';
import { decodeOnce } from '../generic/codec.ts';
import { keyLayout } from '../generic/keys.ts';
import { issuedTokenKeys } from './strategy.ts';

const PAGE = 500;
const KEYS_AT_ONCE = 100; // a transaction takes 128

export interface LedgerRow {
  readonly pair: KeyValue;
  readonly token: IssuedToken;
}

/** All rows of a namespace, or of all of them (empty). Rows that come and go meanwhile may be there or not. */
export async function* ledgerRows(store: Store, namespace: string): AsyncGenerator<LedgerRow> {
  for await (const page of ledgerPages(store, namespace, PAGE)) for (const pair of page) yield rowOf(pair);
}

/** The same, not decoded and some at a time: whoever takes a page may do with it what fits into one turn of the event loop. */
export async function* ledgerPages(
  store: Store,
  namespace: string,
  limit: number,
): AsyncGenerator<readonly KeyValue[]> {
  const prefix = issuedTokenKeys.prefix(namespace);
  const rangeEnd = prefixEnd(prefix);
  for (let key = prefix; ; await nextTurn()) {
    const { kvs, more } = await store.range({ key, rangeEnd, limit });
    yield kvs;
    const last = kvs.at(-1);
    if (!more || last === undefined) return;
    key = `${last.key}\0`;
  }
}

function rowOf(pair: KeyValue): LedgerRow {
  return { pair, token: decodeOnce(pair) as unknown as IssuedToken };
}

/**
 * The row of a token whose namespace is not known: one look in each.
 *
 * @param id   one path segment
 * @returns undefined also when its namespace is gone: no token is good there
 */
export async function findRow(store: Store, id: string): Promise<LedgerRow | undefined> {
  const namespaces = await namespaceNames(store);
  for (let start = 0; start < namespaces.length; start += KEYS_AT_ONCE) {
    const some = namespaces.slice(start, start + KEYS_AT_ONCE);
    const { results } = await store.txn({
      compare: [],
      success: some.map((namespace) => ({ type: 'range', request: { key: issuedTokenKeys.key(namespace, id) } })),
    });
    for (const result of results) {
      const pair = result.type === 'range' ? result.response.kvs[0] : undefined;
      if (pair !== undefined) return rowOf(pair);
    }
  }
  return undefined;
}

/** From the keys alone: there may be thousands, and nothing in them is of interest. */
async function namespaceNames(store: Store): Promise<readonly string[]> {
  const prefix = keyLayout('namespaces', false).prefix('');
  const { kvs } = await store.range({ key: prefix, rangeEnd: prefixEnd(prefix) });
  return kvs.map(({ key }) => key.slice(prefix.length));
}
