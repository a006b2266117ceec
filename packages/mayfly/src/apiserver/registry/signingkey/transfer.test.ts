import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseTime } from '@mayfly/api/meta/v1/time';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import type { Store } from '../../../storage/store.ts';
import { PUBLICATION_MS } from '../../serviceaccount/key-rotation.ts';
import { DAY_MS, type KeyServer, KillingStore, NOW_MS, startKeyServer } from './fixture.ts';
import { exportKeys, importKeys, KeyTransferError } from './transfer.ts';

const newStore = (): Store => newMemoryStore({ clock: new FakeClock(NOW_MS) });
const importInto = (store: Store, keySet: string, nowMs = NOW_MS) =>
  importKeys(keySet, { store, clock: new FakeClock(nowMs), random: new SeededRandom(2) });

/** A store with a key in each state: verifying, active, announced. */
async function threeKeys(): Promise<{ server: KeyServer; store: Store; kids: string[] }> {
  const store = newStore();
  const server = await startKeyServer({ store });
  await server.sign(3600);
  await server.rotator.rotate({}, false);
  await server.keyring.refresh();
  server.clock.advance(PUBLICATION_MS + 60_000);
  await server.rotator.run();
  await server.keyring.refresh();
  await server.rotator.rotate({}, false);
  await server.keyring.refresh();
  return { server, store, kids: server.keyring.records.objects.map(({ metadata }) => metadata?.name ?? '') };
}

interface Exported {
  readonly kid: string;
  readonly 'identity.mayfly.dev/status': { readonly verifyUntil?: string };
}

describe('keys that move', () => {
  test('a new store signs with the same key, verifies with the same, and announces the same', async () => {
    const { server, store, kids } = await threeKeys();
    const { keySet, keys } = await exportKeys(store);
    assert.deepEqual(
      keys.map(({ kid, state }) => [kid, state]),
      [
        [kids[0], 'Verifying'],
        [kids[1], 'Active'],
        [kids[2], 'Announced'],
      ],
    );
    const next = newStore();
    const { imported, present } = await importInto(next, keySet, server.clock.nowMs());
    assert.deepEqual([imported, present], [keys, 0]);
    const successor = await startKeyServer({ store: next, clock: server.clock });
    const entriesOf = (s: KeyServer) => s.keyring.snapshot.entries.map(({ key, state }) => [key.kid, state]);
    assert.deepEqual(entriesOf(successor), entriesOf(server));
    assert.equal(await successor.sign(600), kids[1]);
    assert.equal(successor.keyring.records.root?.configuredAlgorithm, 'ES256');
  });

  test('only keys that sign or will sign bring a private half', async () => {
    const { store } = await threeKeys();
    const { keys } = JSON.parse((await exportKeys(store)).keySet) as { keys: { d?: string; use: string }[] };
    assert.deepEqual(
      keys.map(({ d, use }) => [d !== undefined, use]),
      [
        [false, 'sig'],
        [true, 'sig'],
        [true, 'sig'],
      ],
    );
  });

  test('a second import writes nothing', async () => {
    const { keySet } = await exportKeys((await threeKeys()).store);
    const next = newStore();
    await importInto(next, keySet);
    const { revision } = await next.range({ key: '/' });
    assert.deepEqual(await importInto(next, keySet), { imported: [], present: 3 });
    assert.equal((await next.range({ key: '/' })).revision, revision);
  });

  test('where a key signs already it goes on, and those that come only verify, without private halves', async () => {
    const { server, store, kids } = await threeKeys();
    const { keySet } = await exportKeys(store);
    const next = newStore();
    const own = await startKeyServer({ store: next, clock: server.clock });
    const { imported } = await importInto(next, keySet, server.clock.nowMs());
    assert.deepEqual(
      imported.map(({ state }) => state),
      ['Verifying', 'Verifying', 'Verifying'],
    );
    await own.keyring.refresh();
    assert.equal(own.keyring.records.privateKeys.size, 1);
    for (const kid of kids) assert.equal(own.keyring.candidates(kid).length, 1);
    assert.ok(!kids.includes(await own.sign(600)));
  });

  test('a key that may have signed since is kept for a year, one that could not for as long as it was', async () => {
    const { server, store, kids } = await threeKeys();
    const before = server.keyring.records.objects[0]?.status.verifyUntil;
    const { keySet } = await exportKeys(store);
    const next = newStore();
    await startKeyServer({ store: next });
    await importInto(next, keySet, server.clock.nowMs());
    const { keys } = JSON.parse((await exportKeys(next)).keySet) as { keys: Exported[] };
    const untilOf = (kid: string | undefined) =>
      keys.find((key) => key.kid === kid)?.['identity.mayfly.dev/status'].verifyUntil;
    assert.equal(untilOf(kids[0]), before);
    for (const kid of kids.slice(1)) {
      assert.ok((parseTime(untilOf(kid) ?? '') ?? 0) >= server.clock.nowMs() + 365 * DAY_MS);
    }
  });

  test('keys that were ended do not come back', async () => {
    const { server, store, kids } = await threeKeys();
    await server.rotator.rotate({ panic: true }, false);
    const { keySet, keys } = await exportKeys(store);
    assert.equal(keys.length, 1);
    for (const kid of kids) assert.ok(!keySet.includes(kid));
  });

  for (const when of ['before', 'after'] as const) {
    test(`an import that is killed ${when} its write is whole or not there, and can be repeated`, async () => {
      const { keySet } = await exportKeys((await threeKeys()).store);
      const next = newStore();
      await assert.rejects(importInto(new KillingStore(next, 1, when), keySet), /killed/);
      const { imported, present } = await importInto(next, keySet);
      assert.deepEqual([imported.length, present], when === 'before' ? [3, 0] : [0, 3]);
    });
  }

  test('a store without keys has nothing to export', async () => {
    await assert.rejects(exportKeys(newStore()), {
      name: 'KeyTransferError',
      message: 'there are no signing keys: no server has run there yet',
    });
  });
});

const STATUS = 'identity.mayfly.dev/status';
type JWK = Record<string, unknown>;
const { keySet: GOOD } = await exportKeys((await threeKeys()).store);

for (const { name, change, want } of [
  { name: 'no set', change: () => ({}), want: 'it holds no key set' },
  { name: 'an empty set', change: () => ({ keys: [] }), want: 'it holds no key set' },
  {
    name: 'a key of unknown life',
    change: ([a]: JWK[]) => ({ keys: [{ ...a, [STATUS]: undefined }] }),
    want: 'it holds a key without a known life',
  },
  {
    name: 'a key that was ended',
    change: ([a]: JWK[]) => ({ keys: [{ ...a, [STATUS]: { ...(a?.[STATUS] as object), state: 'Retired' } }] }),
    want: 'it holds a key without a known life',
  },
  {
    name: 'a time that is none',
    change: ([a]: JWK[]) => ({ keys: [{ ...a, [STATUS]: { ...(a?.[STATUS] as object), verifyUntil: 'soon' } }] }),
    want: 'it holds a key without a known life',
  },
  {
    name: 'a key under another name',
    change: ([a, b]: JWK[]) => ({ keys: [{ ...a, kid: b?.kid }] }),
    want: 'it holds a key under the name of another',
  },
  {
    name: 'a signing key without its private half',
    change: ([, b]: JWK[]) => ({ keys: [{ ...b, d: undefined }] }),
    want: 'it holds a key that cannot be used',
  },
  { name: 'a key twice', change: ([a]: JWK[]) => ({ keys: [a, a] }), want: 'its keys contradict each other' },
  {
    name: 'two keys that sign',
    change: ([, b, c]: JWK[]) => ({ keys: [b, { ...c, [STATUS]: b?.[STATUS] }] }),
    want: 'its keys contradict each other',
  },
  { name: 'no key that signs', change: ([a]: JWK[]) => ({ keys: [a] }), want: 'none of the keys signs' },
]) {
  test(`a set with ${name} is refused, and nothing is written`, async () => {
    const store = newStore();
    const { revision } = await store.range({ key: '/' });
    const { keys } = JSON.parse(GOOD) as { keys: JWK[] };
    await assert.rejects(importInto(store, JSON.stringify(change(keys))), new KeyTransferError(want));
    assert.equal((await store.range({ key: '/' })).revision, revision);
  });
}

test('a text that is no JSON is refused without being quoted', async () => {
  await assert.rejects(importInto(newStore(), '{"d":"secret"'), new KeyTransferError('it holds no key set'));
});
