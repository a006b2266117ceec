import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TokenRevocation } from '@mayfly/api/identity/v1alpha1/token-revocation';
import { decodeJwt } from 'jose';
import { silentLog } from '../../../log/log.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { admitAll, newTokenFixture } from '../serviceaccount/token-fixture.ts';
import { newTokenRevocationStorage } from './storage.ts';

async function setUp() {
  const fixture = newTokenFixture();
  const { promise: enforced, resolve: enforce } = Promise.withResolvers<void>();
  const asked: number[] = [];
  const storage = newTokenRevocationStorage({
    store: fixture.store,
    clock: fixture.clock,
    random: new SeededRandom(1),
    log: silentLog,
    getter: fixture.getter,
    secrets: { list: async () => [] },
    revocations: {
      reached(revision) {
        asked.push(revision);
        return enforced;
      },
    },
  });
  const namespace = { type: 'put', key: '/registry/namespaces/ns1', value: new Uint8Array(1) } as const;
  await fixture.store.txn({ compare: [], success: [namespace] });
  const credentialID = decodeJwt(await fixture.token()).jti ?? '';
  const revocation = { spec: { credentialID } } as TokenRevocation;
  let isAnswered = false;
  const answer = storage.create?.(fixture.context(), revocation, { dryRun: false, validate: admitAll });
  answer?.then(
    () => (isAnswered = true),
    () => (isAnswered = true),
  );
  while (asked.length === 0) await nextTurn();
  return { fixture, storage, enforce, asked, answer, isAnswered: () => isAnswered };
}

test('a create answers only once this server enforces the revocation', async () => {
  const { enforce, asked, answer, isAnswered } = await setUp();
  for (let turns = 0; turns < 20; turns++) await nextTurn();
  assert.equal(isAnswered(), false);
  enforce();
  const stored = await answer;
  assert.deepEqual(asked, [Number(stored?.metadata?.resourceVersion)]);
});

test('a server that does not come to enforce it says so, and the revocation stands', async () => {
  const { fixture, answer } = await setUp();
  fixture.clock.advance(10_000);
  await assert.rejects(async () => await answer, /the revocation is stored, but this server does not enforce it yet/);
  const prefix = '/registry/identity.mayfly.dev/tokenrevocations/';
  assert.equal((await fixture.store.range({ key: prefix, rangeEnd: `${prefix}~`, countOnly: true })).count, 1);
});

test('there is no way to change one or to take one back', async () => {
  const { storage, enforce } = await setUp();
  enforce();
  assert.deepEqual([storage.update, storage.delete, storage.deleteCollection], [undefined, undefined, undefined]);
});
