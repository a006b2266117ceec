/** Months of rotations over one store, by servers that are killed, that differ in their clocks, and whose clocks are set. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import type { Store } from '../../../storage/store.ts';
import { PUBLICATION_MS } from '../../serviceaccount/key-rotation.ts';
import { DAY_MS, type KeyServer, KillingStore, NOW_MS, startKeyServer } from './fixture.ts';
import { readSigningKeys } from './records.ts';
import { nameOf } from './steps.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LEEWAY_MS = MINUTE_MS;

/** Looks at the store after every step, on a clock that nobody sets, and objects to what must never be. */
class Witness {
  readonly #store: Store;
  readonly #publishedMs = new Map<string, number>();
  readonly #tokens: { readonly kid: string; readonly endMs: number }[] = [];
  readonly signers: string[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  async look(nowMs: number): Promise<void> {
    const { objects, privateKeys } = await readSigningKeys(this.#store);
    const live = objects.filter(({ status }) => status.state !== 'Retired').map(nameOf);
    for (const kid of live) if (!this.#publishedMs.has(kid)) this.#publishedMs.set(kid, nowMs);
    const active = objects.filter(({ status }) => status.state === 'Active').map(nameOf);
    assert.equal(active.length, 1, 'one key is active');
    const [kid = ''] = active;
    const holders = objects.filter(({ status }) => ['Announced', 'Active'].includes(status.state)).map(nameOf);
    assert.deepEqual(
      [...privateKeys.keys()].sort(),
      holders.sort(),
      'private halves are those of keys that sign or will',
    );
    if (this.signers.at(-1) !== kid) this.#judgeSigner(kid, nowMs);
    for (const token of this.#tokens)
      if (nowMs <= token.endMs + LEEWAY_MS)
        assert.ok(live.includes(token.kid), 'a key verifies while a token of it lives');
  }

  #judgeSigner(kid: string, nowMs: number): void {
    const publishedForMs = nowMs - (this.#publishedMs.get(kid) ?? nowMs);
    if (this.signers.length > 0) assert.ok(publishedForMs >= PUBLICATION_MS, `published for ${publishedForMs} ms`);
    this.signers.push(kid);
  }

  async sign({ clock, sign }: KeyServer, seconds: number): Promise<void> {
    this.#tokens.push({ kid: await sign(seconds), endMs: clock.nowMs() + seconds * 1000 });
  }
}

describe('a server killed', () => {
  for (const when of ['before', 'after'] as const) {
    for (let write = 1; write <= 10; write++) {
      test(`${when} its write ${write}: another takes over where it was`, async () => {
        const store = newMemoryStore({ clock: new FakeClock(NOW_MS) });
        const witness = new Witness(store);
        const killing = new KillingStore(store, write, when);
        const start = (on: Store, nowMs: number) =>
          startKeyServer({ store: on, clock: new FakeClock(nowMs), intervalMs: DAY_MS });
        let server = await start(killing, NOW_MS).catch(() => start(store, NOW_MS));
        let isSecond = killing.isKilled;
        for (let nowMs = NOW_MS; nowMs < NOW_MS + 4 * DAY_MS; nowMs += 10 * MINUTE_MS) {
          await work(server, witness).catch((error: Error) => assert.equal(error.message, 'killed'));
          if (killing.isKilled && !isSecond) {
            isSecond = true;
            server = await start(store, nowMs);
            await work(server, witness);
          }
          await witness.look(nowMs);
          server.clock.advance(10 * MINUTE_MS);
        }
        assert.ok(killing.isKilled);
        assert.equal(witness.signers.length, 4, 'a rotation each day');
      });
    }
  }
});

async function work(server: KeyServer, witness: Witness): Promise<void> {
  await server.rotator.run();
  await witness.sign(server, 3600);
}

describe('two servers', () => {
  for (const { name, skewMs } of [
    { name: 'of one time', skewMs: 0 },
    { name: '30 s apart', skewMs: 30_000 },
  ]) {
    test(`${name} rotate once in an interval, at the same moment or one after the other`, async () => {
      const { store, witness, first, second } = await pair(skewMs, 30 * DAY_MS);
      for (let nowMs = NOW_MS; nowMs < NOW_MS + 100 * DAY_MS; nowMs += HOUR_MS) {
        await Promise.all([first, second].map((server) => work(server, witness)));
        await witness.look(nowMs);
        for (const { clock } of [first, second]) clock.advance(HOUR_MS);
      }
      assert.equal(witness.signers.length, 4);
      assert.equal(first.rotator.activations + second.rotator.activations, 3);
      assert.equal((await readSigningKeys(store)).objects.length, 4); // retired ones are still shown
    });
  }

  for (let seed = 1; seed <= 5; seed++) {
    test(`whose clocks are set forward and back by an hour, seed ${seed}`, async () => {
      const { witness, first, second } = await pair(30_000, DAY_MS);
      const random = new SeededRandom(seed);
      const offsets = new Map([first, second].map((server) => [server, 0]));
      for (let nowMs = NOW_MS; nowMs < NOW_MS + 12 * DAY_MS; nowMs += 5 * MINUTE_MS) {
        for (const server of [first, second]) {
          if (random.int(40) === 0) {
            const wanted = (random.int(3) - 1) * HOUR_MS;
            server.clock.set(server.clock.nowMs() + wanted - (offsets.get(server) ?? 0));
            offsets.set(server, wanted);
          }
          if (random.int(3) > 0) await server.rotator.run();
          await witness.sign(server, [600, 3600, 86_400][random.int(3)] ?? 600);
          await witness.look(nowMs);
        }
        for (const { clock } of [first, second]) clock.advance(5 * MINUTE_MS);
      }
      assert.ok(witness.signers.length >= 10, `${witness.signers.length} keys signed`);
    });
  }
});

async function pair(skewMs: number, intervalMs: number) {
  const store = newMemoryStore({ clock: new FakeClock(NOW_MS) });
  const first = await startKeyServer({ store, intervalMs });
  const second = await startKeyServer({ store, intervalMs, clock: new FakeClock(NOW_MS + skewMs) });
  return { store, first, second, witness: new Witness(store) };
}
