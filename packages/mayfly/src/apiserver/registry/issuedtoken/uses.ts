/** Writes last uses into ledger rows, many to a transaction. */
import type { IssuedToken, IssuedTokenUse } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { KeyValue, Operation, Store } from '../../../storage/store.ts';
import { decodeOnce, encodeObject } from '../generic/codec.ts';

export interface TokenUse {
  /** Of the row. */
  readonly key: string;
  readonly lastUsed: IssuedTokenUse;
}

const BATCH = 64; // a store takes at most 128 operations and compares at a time
const TRIES = 3;

/** Rows that are gone, or that know a later use, are left alone. */
export async function writeUses(store: Store, uses: readonly TokenUse[]): Promise<void> {
  for (let start = 0; start < uses.length; start += BATCH) {
    await writeBatch(store, uses.slice(start, start + BATCH));
  }
}

/** A row may expire between reading and writing, which fails the batch: it is read again, without that row. */
async function writeBatch(store: Store, uses: readonly TokenUse[]): Promise<void> {
  for (let left = TRIES; left > 0; left--) {
    const writes = await plannedWrites(store, uses);
    if (writes.length === 0) return;
    const { succeeded } = await store.txn({
      compare: writes.map(({ row }) => ({ key: row.key, target: 'modRevision', equals: row.modRevision })),
      success: writes.map(({ row, value }) => putOf(row, value)),
    });
    if (succeeded) return;
  }
}

interface Write {
  readonly row: KeyValue;
  readonly value: Uint8Array;
}

async function plannedWrites(store: Store, uses: readonly TokenUse[]): Promise<readonly Write[]> {
  const { results } = await store.txn({
    compare: [],
    success: uses.map(({ key }) => ({ type: 'range', request: { key } })),
  });
  return uses.flatMap(({ lastUsed }, index) => {
    const result = results[index];
    const row = result?.type === 'range' ? result.response.kvs[0] : undefined;
    return row === undefined ? [] : plannedWrite(row, lastUsed);
  });
}

function plannedWrite(row: KeyValue, lastUsed: IssuedTokenUse): readonly Write[] {
  const token = decodeOnce(row) as unknown as IssuedToken;
  const known = token.status?.lastUsed?.time ?? '';
  if (known >= lastUsed.time) return []; // RFC 3339 in UTC sorts as text
  return [{ row, value: encodeObject({ ...token, status: { ...token.status, lastUsed } } as IssuedToken) }];
}

function putOf({ key, lease }: KeyValue, value: Uint8Array): Operation {
  return lease === 0 ? { type: 'put', key, value } : { type: 'put', key, value, lease };
}
