import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import type { Store } from '../../../storage/store.ts';
import { MAX_LIVE_KEYS, PUBLICATION_MS } from '../../serviceaccount/key-rotation.ts';
import { DAY_MS, type KeyServer, NOW_MS, startKeyServer } from './fixture.ts';
import { deletePrivateKey } from './private-keys.ts';
import { nameOf } from './steps.ts';

const newStore = (): Store => newMemoryStore({ clock: new FakeClock(NOW_MS) });
const states = ({ keyring }: KeyServer) => keyring.records.objects.map(({ status }) => status.state);
const algorithms = ({ keyring }: KeyServer) => keyring.records.objects.map(({ spec }) => spec.algorithm);
const allow = async (): Promise<void> => undefined;

async function after(server: KeyServer, ms: number): Promise<void> {
  server.clock.advance(ms);
  await server.rotator.run();
}

test('the first key ever signs at once; the next is announced, signs, and the old one goes when its tokens have ended', async () => {
  const server = await startKeyServer({ store: newStore() });
  assert.deepEqual(states(server), ['Active']);
  await after(server, 30 * DAY_MS - PUBLICATION_MS);
  assert.deepEqual(states(server), ['Active', 'Announced']);
  await server.sign(86_400);
  await after(server, PUBLICATION_MS);
  assert.deepEqual(states(server), ['Verifying', 'Active']);
  await after(server, DAY_MS - PUBLICATION_MS);
  assert.deepEqual(states(server), ['Verifying', 'Active']);
  await after(server, 3 * PUBLICATION_MS);
  assert.deepEqual(states(server), ['Retired', 'Active']);
});

describe('another algorithm', () => {
  test('asked for by the flag is introduced by a rotation, once', async () => {
    const store = newStore();
    const before = await startKeyServer({ store });
    const server = await startKeyServer({ store, algorithm: 'ES384' });
    await server.rotator.run();
    assert.deepEqual(algorithms(server), ['ES256', 'ES384']);
    await after(server, PUBLICATION_MS);
    await before.rotator.run(); // it was started with the other flag, and does not turn back
    await after(server, PUBLICATION_MS);
    assert.deepEqual(
      [states(server), algorithms(server)],
      [
        ['Retired', 'Active'],
        ['ES256', 'ES384'],
      ],
    );
  });

  test('that is in use already when the flag asks for it is only noted', async () => {
    const store = newStore();
    const before = await startKeyServer({ store });
    await before.rotator.rotate({ algorithm: 'ES384' }, false);
    await after(before, PUBLICATION_MS);
    const server = await startKeyServer({ store, clock: before.clock, algorithm: 'ES384', intervalMs: 0 });
    await server.rotator.run();
    await server.rotator.rotate({ algorithm: 'ES512' }, false);
    await after(server, PUBLICATION_MS);
    await after(server, PUBLICATION_MS);
    assert.equal(algorithms(server).at(-1), 'ES512'); // and the flag does not turn it back
  });

  test('asked for by command stays, whatever the flag said before', async () => {
    const store = newStore();
    const server = await startKeyServer({ store });
    await server.rotator.rotate({ algorithm: 'ES384' }, false);
    await after(server, PUBLICATION_MS);
    const again = await startKeyServer({ store, clock: server.clock });
    await after(again, 30 * DAY_MS);
    assert.deepEqual(algorithms(again).slice(1), ['ES384', 'ES384']);
  });
});

describe('rotate', () => {
  test('answers with the key under way, and writes nothing, when there is one', async () => {
    const server = await startKeyServer({ store: newStore() });
    const first = await server.rotator.rotate({}, false);
    const { revision } = server.keyring.records;
    assert.deepEqual(await server.rotator.rotate({ algorithm: 'ES256' }, false), { ...first, isUnderWay: true });
    assert.equal(server.keyring.records.revision, revision);
  });

  test('of two servers at once announces one key', async () => {
    const store = newStore();
    const servers = [await startKeyServer({ store }), await startKeyServer({ store })];
    const rotations = await Promise.all(servers.map(({ rotator }) => rotator.rotate({}, false)));
    assert.equal(new Set(rotations.map(({ keyID }) => keyID)).size, 1);
    assert.equal(rotations.filter(({ isUnderWay }) => isUnderWay).length, 1);
  });

  test('says when the key signs', async () => {
    const server = await startKeyServer({ store: newStore() });
    const { activateAt, state } = await server.rotator.rotate({}, false);
    assert.deepEqual([activateAt, state], ['2026-01-01T01:05:01Z', 'Announced']);
  });

  test('is refused for another algorithm than the one under way', async () => {
    const server = await startKeyServer({ store: newStore() });
    const { keyID } = await server.rotator.rotate({}, false);
    await assert.rejects(server.rotator.rotate({ algorithm: 'RS256' }, false), {
      code: 409,
      message: `Operation cannot be fulfilled on signingkeys.identity.mayfly.dev "${keyID}": a rotation to ES256 is under way; wait until 2026-01-01T01:05:01Z, or take it back with "mayfly keys retire ${keyID}"`,
    });
  });

  for (const panic of [false, true]) {
    test(`as a dry run${panic ? ' of a panic' : ''} writes nothing`, async () => {
      const server = await startKeyServer({ store: newStore() });
      const { revision } = server.keyring.records;
      const { keyID, algorithm } = await server.rotator.rotate({ panic }, true);
      assert.deepEqual([keyID, algorithm], [undefined, 'ES256']);
      await server.keyring.refresh();
      assert.equal(server.keyring.records.revision, revision);
    });
  }
});

describe('a panic', () => {
  test('ends every key but a new one, and no private half of them is left', async () => {
    const server = await startKeyServer({ store: newStore() });
    await server.rotator.rotate({}, false);
    await after(server, PUBLICATION_MS);
    await server.sign(2 ** 32);
    await server.rotator.rotate({}, false);
    const before = server.keyring.records.objects.map(nameOf);
    assert.equal(before.length, 3);
    const { keyID = '', retiredKeyIDs } = await server.rotator.rotate({ panic: true }, false);
    assert.deepEqual(retiredKeyIDs, before);
    assert.deepEqual([...server.keyring.records.privateKeys.keys()], [keyID]);
    assert.equal(await server.sign(600), keyID);
    for (const kid of before) assert.deepEqual(server.keyring.candidates(kid), []);
    const ended = server.keyring.records.objects.filter(({ status }) => status.retiredBecause === 'Compromised');
    assert.equal(ended.length, 3);
  });

  test('ends as many keys as there may be, and no more are announced', async () => {
    const server = await startKeyServer({ store: newStore(), intervalMs: 0 });
    for (let keys = 1; keys < MAX_LIVE_KEYS; keys++) {
      await server.sign(2 ** 31);
      await server.rotator.rotate({}, false);
      await after(server, PUBLICATION_MS);
    }
    await assert.rejects(server.rotator.rotate({}, false), { code: 409, message: /^100 keys still verify/ });
    const { retiredKeyIDs } = await server.rotator.rotate({ panic: true }, false);
    assert.equal(retiredKeyIDs?.length, MAX_LIVE_KEYS);
    assert.equal(server.keyring.snapshot.entries.length, 1);
  });

  test('of two servers at once leaves one key', async () => {
    const store = newStore();
    const servers = [await startKeyServer({ store }), await startKeyServer({ store })];
    await Promise.all(servers.map(({ rotator }) => rotator.rotate({ panic: true }, false)));
    for (const server of servers) await server.keyring.refresh();
    assert.deepEqual(states(servers[0] ?? assert.fail()).sort(), ['Active', 'Retired', 'Retired']);
  });

  test('wins over a step that was about to be taken', async () => {
    const store = newStore();
    const [first, second] = [await startKeyServer({ store }), await startKeyServer({ store })];
    await first.rotator.rotate({}, false);
    for (const { clock } of [first, second]) clock.advance(PUBLICATION_MS);
    const [, { keyID = '' }] = await Promise.all([first.rotator.run(), second.rotator.rotate({ panic: true }, false)]);
    await first.keyring.refresh();
    assert.equal(first.keyring.snapshot.signer?.key.kid, keyID);
    assert.equal(states(first).filter((state) => state === 'Active').length, 1);
  });
});

describe('retire', () => {
  test('takes back an announced key', async () => {
    const server = await startKeyServer({ store: newStore() });
    const { keyID = '' } = await server.rotator.rotate({}, false);
    await server.rotator.retire(keyID, false, allow);
    assert.deepEqual(
      [states(server), [...server.keyring.records.privateKeys.keys()].includes(keyID)],
      [['Active'], false],
    );
  });

  for (const { name, prepare, code, line } of [
    {
      name: 'a key that signs',
      prepare: async (server: KeyServer) => server.sign(600),
      code: 409,
      line: /it signs; announce another with "mayfly keys rotate" first$/,
    },
    {
      name: 'a key of which tokens live',
      async prepare(server: KeyServer) {
        const kid = await server.sign(2 * 86_400);
        await server.rotator.rotate({}, false);
        await after(server, PUBLICATION_MS);
        return kid;
      },
      code: 409,
      line: /tokens it signed may live until 2026-01-03T01:40:01Z; only "mayfly keys rotate --panic" ends them$/,
    },
    {
      name: 'a key of which a Secret holds a token',
      async prepare(server: KeyServer) {
        const kid = await server.sign(Number.POSITIVE_INFINITY);
        await server.rotator.rotate({}, false);
        await after(server, PUBLICATION_MS);
        server.clock.advance(DAY_MS);
        return kid;
      },
      code: 409,
      line: /1 Secret holds a token it signed$/,
    },
    {
      name: 'a key there is not',
      prepare: async () => 'x',
      code: 404,
      line: /^signingkeys.identity.mayfly.dev "x" not found$/,
    },
  ]) {
    test(`refuses ${name}`, async () => {
      const server = await startKeyServer({ store: newStore(), countLegacyTokens: async () => 1 });
      const kid = await prepare(server);
      await assert.rejects(server.rotator.retire(kid, false, allow), { code, message: line });
    });
  }

  test('writes nothing when it is a dry run, or admission refuses', async () => {
    const server = await startKeyServer({ store: newStore() });
    const { keyID = '' } = await server.rotator.rotate({}, false);
    await server.rotator.retire(keyID, true, allow);
    await assert.rejects(
      server.rotator.retire(keyID, false, () => Promise.reject(new Error('no'))),
      /^Error: no$/,
    );
    await server.keyring.refresh();
    assert.deepEqual(states(server), ['Active', 'Announced']);
  });
});

test('a key that signed legacy tokens stays until no Secret holds one, which is looked up once an hour', async () => {
  let held = 1;
  let counted = 0;
  const countLegacyTokens = async () => {
    counted++;
    return held;
  };
  const server = await startKeyServer({ store: newStore(), intervalMs: 0, countLegacyTokens });
  await server.sign(Number.POSITIVE_INFINITY);
  await server.rotator.rotate({}, false);
  await after(server, PUBLICATION_MS);
  for (let hour = 0; hour < 5; hour++) for (let minute = 0; minute < 60; minute++) await after(server, 60_000);
  assert.deepEqual([states(server), counted], [['Verifying', 'Active'], 5]);
  held = 0;
  await after(server, 3_600_000);
  assert.deepEqual(states(server), ['Retired', 'Active']);
});

test('an announced key whose private half is lost never signs: another takes its place', async () => {
  const store = newStore();
  const server = await startKeyServer({ store });
  const { keyID = '' } = await server.rotator.rotate({}, false);
  await store.txn({ compare: [], success: [deletePrivateKey(keyID)] });
  await after(server, PUBLICATION_MS);
  assert.deepEqual(states(server), ['Active']);
  assert.ok(server.logged.includes('error an announced signing key cannot sign and is given up'));
});
