/** Writes uses into ledger rows, many to a transaction. */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { StaleUse } from '../../../metrics/stale-uses.ts';
import type { KeyValue, Operation, OperationResult, Store } from '../../../storage/store.ts';
import { decodeOnce, encodeObject } from '../generic/codec.ts';
import { rememberDigest } from '../generic/digest.ts';
import type { Strategy } from '../generic/strategy.ts';
import type { TokenUses } from './noted-uses.ts';
import { staleUses, statusAfter } from './status.ts';
import { issuedTokenStrategy } from './strategy.ts';

const BATCH = 64; // a store takes at most 128 operations and compares at a time
const TRIES = 3;

/**
 * Rows that are gone are left alone.
 *
 * @param onStale told of each stale use once it is written
 */
export async function writeUses(
  store: Store,
  uses: readonly TokenUses[],
  onStale: (use: StaleUse) => void,
): Promise<void> {
  for (let start = 0; start < uses.length; start += BATCH) {
    for (const stale of await writeBatch(store, uses.slice(start, start + BATCH))) onStale(stale);
  }
}

/** A row may expire, or another server may write to it, between reading and writing: the batch is then read again. */
async function writeBatch(store: Store, uses: readonly TokenUses[]): Promise<readonly StaleUse[]> {
  for (let left = TRIES; left > 0; left--) {
    const writes = await plannedWrites(store, uses);
    if (writes.length === 0) return [];
    const { succeeded, results } = await store.txn({
      compare: writes.map(({ row }) => ({ key: row.key, target: 'modRevision', equals: row.modRevision })),
      success: writes.map(({ row, value }) => putOf(row, value)),
    });
    if (!succeeded) continue;
    for (const [i, { token }] of writes.entries()) rememberRow(results[i], token);
    return writes.flatMap(({ stale }) => stale);
  }
  return [];
}

/** A ledger in use is never decoded by its searches: what is written is known. */
export function rememberRow(result: OperationResult | undefined, token: IssuedToken): void {
  if (result?.type === 'put') rememberDigest(issuedTokenStrategy as Strategy, result.kv, token);
}

interface Write {
  readonly row: KeyValue;
  readonly token: IssuedToken;
  readonly value: Uint8Array;
  readonly stale: readonly StaleUse[];
}

async function plannedWrites(store: Store, uses: readonly TokenUses[]): Promise<readonly Write[]> {
  const { results } = await store.txn({
    compare: [],
    success: uses.map(({ key }) => ({ type: 'range', request: { key } })),
  });
  return uses.flatMap((each, index) => {
    const result = results[index];
    const row = result?.type === 'range' ? result.response.kvs[0] : undefined;
    return row === undefined ? [] : [plannedWrite(row, each)];
  });
}

function plannedWrite(row: KeyValue, { uses }: TokenUses): Write {
  const token = decodeOnce(row) as unknown as IssuedToken;
  const written: IssuedToken = { ...token, status: { ...token.status, ...statusAfter(token, uses) } };
  return { row, token: written, value: encodeObject(written), stale: staleUses(token.spec, uses).map(by(token)) };
}

function by({ metadata, spec }: IssuedToken): (use: { userAgent: string }) => StaleUse {
  const { serviceAccountName: serviceAccount, workload, nodeName: node = '' } = spec;
  const namespace = metadata?.namespace ?? '';
  const named = workload === undefined ? '' : `${workload.kind}/${workload.name}`;
  return ({ userAgent }) => ({ namespace, serviceAccount, workload: named, userAgent, node });
}

function putOf({ key, lease }: KeyValue, value: Uint8Array): Operation {
  return lease === 0 ? { type: 'put', key, value } : { type: 'put', key, value, lease };
}
