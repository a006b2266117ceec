import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import type { Store } from '../../../storage/store.ts';
import { LIST_SIZE, listOf } from '../../serviceaccount/statuslist/bitmap.ts';
import { LedgerLeases } from '../issuedtoken/leases.ts';
import { BLOCK_SIZE, StatusLists } from './lists.ts';

function newServer(store: Store, clock: FakeClock, seed: number): StatusLists {
  return new StatusLists({ store, leases: new LedgerLeases({ store, clock }), random: new SeededRandom(seed) });
}

function newWorld() {
  const clock = new FakeClock();
  const store = newMemoryStore({ clock });
  return { clock, store, inAnHour: clock.nowMs() / 1000 + 3600 };
}

test('servers over one store never give out the same entry, and fill lists without gaps but for their last blocks', async () => {
  const { clock, store, inAnHour } = newWorld();
  const servers = [newServer(store, clock, 1), newServer(store, clock, 2), newServer(store, clock, 3)];
  const takers = Array.from({ length: 10_000 }, (_, i) => servers[i % 3] as StatusLists);
  const indexes = await Promise.all(takers.map((server) => server.take(inAnHour)));
  assert.equal(new Set(indexes).size, 10_000);
  const range = Math.max(...indexes) - Math.min(...indexes) + 1;
  assert.ok(range <= 10_000 + 3 * BLOCK_SIZE, `${range}`);
});

test('neighbours in time are not neighbours in the list', async () => {
  const { clock, store, inAnHour } = newWorld();
  const server = newServer(store, clock, 1);
  const indexes: number[] = [];
  for (let i = 0; i < 100; i++) indexes.push(await server.take(inAnHour));
  const neighbours = indexes.filter((index, i) => Math.abs(index - (indexes[i - 1] ?? 0)) === 1);
  assert.ok(neighbours.length < 10, `${neighbours.length}`);
});

test('a list is there before its first token, as long as its last, and then goes', async () => {
  const { clock, store, inAnHour } = newWorld();
  const server = newServer(store, clock, 1);
  const list = listOf(await server.take(inAnHour));
  assert.deepEqual([await server.exists(list), await server.all()], [true, [list]]);
  await server.take(inAnHour + 7200);
  clock.advance(3 * 3_600_000);
  await nextTurn();
  assert.equal(await server.exists(list), true);
  clock.advance(1_200_000);
  for (let turns = 0; turns < 50; turns++) await nextTurn();
  assert.deepEqual([await server.exists(list), await server.all()], [false, []]);
  const later = clock.nowMs() / 1000 + 600;
  assert.equal(listOf(await server.take(later)), list);
  assert.equal(await server.exists(list), true, 'entries that were left are listed again');
});

test('one token in five minutes at most costs a write, beside the blocks', async () => {
  const { clock, store, inAnHour } = newWorld();
  const server = newServer(store, clock, 1);
  await server.take(inAnHour);
  const before = (await store.range({ key: '/' })).revision;
  for (let i = 0; i < 500; i++) await server.take(inAnHour - (i % 200));
  assert.equal((await store.range({ key: '/' })).revision, before);
});

test('a full list is followed by the next', async () => {
  const { clock, store, inAnHour } = newWorld();
  const server = newServer(store, clock, 1);
  const first = await server.take(inAnHour);
  const nextBlock = (Math.floor(first / BLOCK_SIZE) + 1) * BLOCK_SIZE;
  const end = (listOf(first) + 1) * LIST_SIZE;
  const value = new TextEncoder().encode(String(end));
  await store.txn({ compare: [], success: [{ type: 'put', key: '/mayfly/token-status-lists/next', value }] });
  for (let i = 1; i < BLOCK_SIZE; i++) assert.ok((await server.take(inAnHour)) < nextBlock);
  assert.equal(listOf(await server.take(inAnHour)), listOf(first) + 1);
});

test('damaged state gives out nothing', async () => {
  const { clock, store, inAnHour } = newWorld();
  const value = new TextEncoder().encode('x');
  await store.txn({ compare: [], success: [{ type: 'put', key: '/mayfly/token-status-lists/next', value }] });
  await assert.rejects(newServer(store, clock, 1).take(inAnHour), /the state of the token status lists is damaged/);
});
