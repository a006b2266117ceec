import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TokenRevocation, TokenRevocationStatus } from '@mayfly/api/identity/v1alpha1/token-revocation';
import { formatTime } from '@mayfly/api/meta/v1/time';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { silentLog } from '../../../log/log.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import type { Store, StoreWatch } from '../../../storage/store.ts';
import type { TokenCredential } from '../../serviceaccount/revocation/credential.ts';
import { encodeObject } from '../generic/codec.ts';
import { LedgerLeases } from '../issuedtoken/leases.ts';
import { issuedTokenKeys } from '../issuedtoken/strategy.ts';
import { decodeRevocation } from './decode.ts';
import { Revocations } from './revocations.ts';
import { settle } from './settle.ts';
import { Settler } from './settler.ts';
import { tokenRevocationKeys } from './strategy.ts';

const KEY = tokenRevocationKeys.key('', 'r1');

interface World {
  readonly clock: FakeClock;
  readonly store: Store;
  /** What the server under test sees; its members can be replaced. */
  readonly seen: { -readonly [K in keyof Store]: Store[K] };
  readonly watches: readonly StoreWatch[];
  readonly revocations: Revocations;
}

function newWorld(): World {
  const clock = new FakeClock();
  const store = newMemoryStore({ clock });
  const watches: StoreWatch[] = [];
  const seen: World['seen'] = {
    range: (request) => store.range(request),
    txn: (request) => store.txn(request),
    watch(request) {
      const watch = store.watch(request);
      watches.push(watch);
      return watch;
    },
    compact: (revision) => store.compact(revision),
    grantLease: (ttlSeconds) => store.grantLease(ttlSeconds),
    close: () => store.close(),
  };
  return {
    clock,
    store,
    seen,
    watches,
    revocations: new Revocations({ store: seen, clock, log: silentLog, sinks: [] }),
  };
}

function credential(clock: FakeClock, parts: Partial<TokenCredential> = {}): TokenCredential {
  const issuedAt = Math.floor(clock.nowMs() / 1000);
  return {
    id: 'j1',
    namespace: 'ns1',
    issuedAt,
    serviceAccountUID: 'S1',
    podUID: undefined,
    nodeUID: undefined,
    ...parts,
  };
}

async function put(store: Store, key: string, object: object): Promise<number> {
  const value = encodeObject(object as TokenRevocation);
  return (await store.txn({ compare: [], success: [{ type: 'put', key, value }] })).revision;
}

/** A row of the ledger, as far as anybody here looks. */
function putRow(store: Store, clock: FakeClock, name: string, more: object = {}): Promise<number> {
  const issuedAt = formatTime(clock.nowMs());
  const expirationTimestamp = formatTime(clock.nowMs() + 600_000);
  const spec = { serviceAccountUID: 'S1', issuedAt, expirationTimestamp, ...more };
  return put(store, issuedTokenKeys.key('ns1', name), { metadata: { name, namespace: 'ns1' }, spec });
}

function putRevocation(store: Store, clock: FakeClock, more: Partial<TokenRevocation['spec']> = {}): Promise<number> {
  const serviceAccount = { namespace: 'ns1', name: 'app', uid: 'S1' };
  return put(store, KEY, {
    metadata: { name: 'r1', creationTimestamp: formatTime(clock.nowMs()) },
    spec: { serviceAccount, ...more },
    status: { requestedBy: { username: 'admin', sourceIP: '', userAgent: '' } },
  });
}

test('before it knows every revocation a server knows of no good token', async () => {
  const { clock, revocations } = newWorld();
  assert.equal(revocations.verdict(credential(clock)), 'unknown');
  await revocations.synced;
  assert.equal(revocations.verdict(credential(clock)), 'good');
  await revocations.stop();
});

test('the ledger says which came first, row or revocation', async () => {
  const { clock, store, revocations } = newWorld();
  await revocations.synced;
  await putRow(store, clock, 'before');
  await revocations.reached(await putRevocation(store, clock));
  await putRow(store, clock, 'after');
  const verdict = async (id: string) => await revocations.verdict(credential(clock, { id }));
  assert.deepEqual(
    [await verdict('before'), await verdict('after'), await verdict('absent')],
    ['revoked', 'good', 'revoked'],
  );
  await putRow(store, clock, 'before'); // its use was noted: the row is as old as it was
  assert.equal(await verdict('before'), 'revoked');
  assert.equal(await verdict(''), 'revoked');
  await revocations.stop();
});

test('the ledger is asked once for each token', async () => {
  const { clock, store, seen, revocations } = newWorld();
  await putRow(store, clock, 'j1');
  await revocations.synced;
  await revocations.reached(await putRevocation(store, clock));
  let reads = 0;
  seen.range = (request) => {
    reads++;
    return store.range(request);
  };
  for (let i = 0; i < 3; i++) assert.equal(await revocations.verdict(credential(clock)), 'revoked');
  assert.equal(reads, 2);
  await revocations.stop();
});

test('a ledger that cannot answer has not said that a token is good', async () => {
  const { clock, store, seen, revocations } = newWorld();
  await revocations.synced;
  await revocations.reached(await putRevocation(store, clock));
  await putRow(store, clock, 'j1');
  seen.range = () => Promise.reject(new Error('down'));
  assert.equal(await revocations.verdict(credential(clock)), 'unknown');
  seen.range = (request) => store.range(request);
  assert.equal(await revocations.verdict(credential(clock)), 'good');
  await revocations.stop();
});

test('a server that may have missed a revocation is not ready after two seconds and blind after ten', async () => {
  const { clock, store, seen, watches, revocations } = newWorld();
  await revocations.synced;
  assert.equal(revocations.verdict(credential(clock)), 'good');
  let isDown = true;
  seen.range = (request) => (isDown ? Promise.reject(new Error('down')) : store.range(request));
  for (const watch of watches) watch.cancel();
  await nextTurn();
  clock.advance(2_000);
  revocations.requireInStep();
  clock.advance(1);
  assert.throws(() => revocations.requireInStep(), /token revocations are 2 s behind/);
  clock.advance(7_999);
  assert.equal(revocations.verdict(credential(clock)), 'good');
  clock.advance(1);
  assert.equal(revocations.verdict(credential(clock)), 'unknown');
  isDown = false;
  while (revocations.behindMs() > 0) {
    clock.advance(100);
    await nextTurn();
  }
  revocations.requireInStep();
  assert.equal(revocations.verdict(credential(clock)), 'good');
  await revocations.stop();
});

test('settling counts the tokens that are meant, and sets the lease that ends with the last of them', async () => {
  const { clock, store, revocations } = newWorld();
  await putRow(store, clock, 'a', { statusListIndex: 3 });
  await putRow(store, clock, 'b', { expirationTimestamp: formatTime(clock.nowMs() + 900_000) });
  await putRow(store, clock, 'other', { serviceAccountUID: 'S2' });
  await putRevocation(store, clock);
  await putRow(store, clock, 'after');
  const leases = new LedgerLeases({ store, clock });
  const pair = await settle({ store, leases }, KEY);
  assert.ok(pair);
  const { tokens, expirationTimestamp, statusLists } = decodeRevocation(pair).status as TokenRevocationStatus;
  assert.deepEqual([tokens, expirationTimestamp], [2, formatTime(clock.nowMs() + 900_000)]);
  assert.deepEqual(
    statusLists?.map(({ id }) => id),
    [0],
  );
  assert.notEqual(pair.lease, 0);
  assert.equal((await settle({ store, leases }, KEY))?.modRevision, pair.modRevision, 'once is enough');
  clock.advance(900_000 + 3_600_000);
  await nextTurn();
  assert.equal((await store.range({ key: KEY })).kvs.length, 1, 'a clock set back by an hour revives nothing');
  clock.advance(600_000);
  for (let turns = 0; turns < 50; turns++) await nextTurn();
  assert.equal((await store.range({ key: KEY })).kvs.length, 0);
  await revocations.stop();
});

test('a revocation whose server ended is settled by another, and until then it does not vanish', async () => {
  const clock = new FakeClock();
  const store = newMemoryStore({ clock });
  await putRow(store, clock, 'a');
  await putRevocation(store, clock);
  const [unsettled] = (await store.range({ key: KEY })).kvs;
  assert.ok(unsettled);
  assert.equal(unsettled.lease, 0);
  const settler = new Settler({
    store,
    leases: new LedgerLeases({ store, clock }),
    clock,
    random: new SeededRandom(1),
    log: silentLog,
  });
  settler.replace([unsettled]);
  clock.advance(29_999);
  await nextTurn();
  assert.equal(
    (await store.range({ key: KEY })).kvs[0]?.modRevision,
    unsettled.modRevision,
    'its own server comes first',
  );
  clock.advance(10_001);
  for (let turns = 0; turns < 50; turns++) await nextTurn();
  const [settled] = (await store.range({ key: KEY })).kvs;
  assert.equal(settled && decodeRevocation(settled).status?.tokens, 1);
  settler.stop();
});
