/**
 * Finds the tokens that a revocation of many ended, and writes down how many, until when, and their status list entries.
 *
 * A revocation is in force before this begins, and stands without a lease until it is done: were the server to end in
 * between, it would not vanish early. Rows written after the revocation are of tokens it does not mean, so one search finds
 * all.
 */
import type { RevokedEntries, TokenRevocation } from '@mayfly/api/identity/v1alpha1/token-revocation';
import { formatTime, parseTime } from '@mayfly/api/meta/v1/time';
import type { KeyValue, Store } from '../../../storage/store.ts';
import { type GroupRevocation, matchOf } from '../../serviceaccount/revocation/revocation.ts';
import { compressBits, entryOf, listOf, newBitmap, setBit } from '../../serviceaccount/statuslist/bitmap.ts';
import { encodeObject } from '../generic/codec.ts';
import type { LedgerLeases } from '../issuedtoken/leases.ts';
import { type LedgerRow, ledgerRows } from '../issuedtoken/search.ts';
import { decodeRevocation, revocationOf } from './decode.ts';
import { leaseForRevocation } from './lease.ts';

export interface SettleDeps {
  readonly store: Store;
  readonly leases: LedgerLeases;
}

/** Whether a revocation was searched for; that of a single token is from the start. */
export function isSettled({ status }: TokenRevocation): boolean {
  return status?.expirationTimestamp !== undefined;
}

/**
 * Settles one revocation, unless somebody else has.
 *
 * @returns its last state; undefined when it is gone
 * @throws StorageError when the store cannot answer
 */
export async function settle({ store, leases }: SettleDeps, key: string): Promise<KeyValue | undefined> {
  const [pair] = (await store.range({ key })).kvs;
  if (pair === undefined) return undefined;
  const object = decodeRevocation(pair);
  const revocation = revocationOf(object);
  if (isSettled(object) || revocation.by === 'credential') return pair;
  const found = await search(store, revocation, object, pair.createRevision);
  const status = { ...object.status, ...found } as TokenRevocation['status'] & {};
  const { succeeded, results } = await store.txn({
    compare: [{ key, target: 'modRevision', equals: pair.modRevision }],
    success: [
      {
        type: 'put',
        key,
        value: encodeObject({ ...object, status } as TokenRevocation),
        lease: await leaseForRevocation(leases, found.expirationTimestamp),
      },
    ],
    failure: [{ type: 'range', request: { key } }],
  });
  const [result] = results;
  if (result?.type === 'put') return result.kv;
  return succeeded || result?.type !== 'range' ? undefined : result.response.kvs[0];
}

interface Found {
  readonly expirationTimestamp: string;
  readonly tokens: number;
  readonly statusLists?: RevokedEntries[];
}

async function search(
  store: Store,
  revocation: GroupRevocation,
  { metadata, spec }: TokenRevocation,
  madeAt: number,
): Promise<Found> {
  const namespace = spec.serviceAccount?.namespace ?? spec.pod?.namespace ?? '';
  const lists = new Map<number, Uint8Array>();
  let tokens = 0;
  let endsAt = metadata?.creationTimestamp ?? formatTime(0);
  for await (const row of ledgerRows(store, namespace)) {
    if (!isMeant(revocation, row, madeAt)) continue;
    const { expirationTimestamp, statusListIndex } = row.token.spec;
    tokens++;
    if (expirationTimestamp > endsAt) endsAt = expirationTimestamp; // RFC 3339 in UTC sorts as text
    if (statusListIndex !== undefined) setBit(bitsOf(lists, listOf(statusListIndex)), entryOf(statusListIndex));
  }
  const statusLists = [...lists].map(([id, bits]) => ({ id, revoked: compressBits(bits).toString('base64') }));
  return { expirationTimestamp: endsAt, tokens, ...(statusLists.length > 0 && { statusLists }) };
}

function bitsOf(lists: Map<number, Uint8Array>, id: number): Uint8Array {
  const bits = lists.get(id) ?? newBitmap();
  lists.set(id, bits);
  return bits;
}

/** The ledger's answer to what `RevocationIndex` and `Precedence` say of a token that is presented. */
function isMeant(revocation: GroupRevocation, { pair, token }: LedgerRow, madeAt: number): boolean {
  if (!hangsOn(revocation, token.spec)) return false;
  const issuedAt = (parseTime(token.spec.issuedAt) ?? 0) / 1000;
  const match = matchOf(revocation, { issuedAt });
  return match === 'yes' || (match === 'ask' && pair.createRevision < madeAt);
}

function hangsOn({ by, uid }: GroupRevocation, spec: LedgerRow['token']['spec']): boolean {
  if (by === 'serviceAccount') return spec.serviceAccountUID === uid;
  if (by === 'node') return spec.nodeUID === uid;
  return spec.boundObjectRef?.kind === 'Pod' && spec.boundObjectRef.uid === uid;
}
