import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import type { Store } from '../../../storage/store.ts';
import { activeKey, PUBLICATION_MS } from '../../serviceaccount/key-rotation.ts';
import { DAY_MS, type KeyServer, NOW_MS, startKeyServer } from './fixture.ts';
import { readSigningKeys, SIGNING_KEYS_PREFIX, writeSigningKeys } from './records.ts';
import { activation, nameOf } from './steps.ts';

const newStore = (): Store => newMemoryStore({ clock: new FakeClock(NOW_MS) });

async function rotate({ rotator, clock }: KeyServer): Promise<string> {
  const { keyID = '' } = await rotator.rotate({}, false);
  clock.advance(PUBLICATION_MS);
  await rotator.run();
  return keyID;
}

describe('a server that is late to hear of a rotation', () => {
  test('signs with the old key what is covered by how long others verify with it', async () => {
    const store = newStore();
    const [first, late] = [await startKeyServer({ store }), await startKeyServer({ store })];
    const old = await late.sign(3600);
    const next = await rotate(first);
    assert.equal(await first.sign(600), next);
    assert.equal(await late.sign(3600), old); // its clock has not moved: covered
    const { status } = (await readSigningKeys(store)).objects.find((key) => nameOf(key) === old) ?? assert.fail();
    assert.ok(Date.parse(status.verifyUntil ?? '') > late.clock.nowMs() + 3600_000);
  });

  test('and with the new one what is not', async () => {
    const store = newStore();
    const [first, late] = [await startKeyServer({ store }), await startKeyServer({ store })];
    await late.sign(3600);
    const next = await rotate(first);
    assert.equal(await late.sign(86_400), next);
  });

  test('verifies with a key before anybody signs with it', async () => {
    const store = newStore();
    const [first, other] = [await startKeyServer({ store }), await startKeyServer({ store })];
    const { keyID = '' } = await first.rotator.rotate({}, false);
    await other.keyring.refresh();
    assert.equal(other.keyring.candidates(keyID).length, 1);
    assert.notEqual(other.keyring.snapshot.signer?.key.kid, keyID);
  });
});

describe('the bound of a key', () => {
  test('is written once for many tokens that ask for it at the same time', async () => {
    const server = await startKeyServer({ store: newStore() });
    const before = server.keyring.records.revision;
    await Promise.all(Array.from({ length: 200 }, () => server.sign(3600)));
    assert.equal(server.keyring.records.revision, before + 1);
    const signer = server.keyring.signerFor(NOW_MS / 1000 + 3600);
    assert.ok(!(signer instanceof Promise), 'a covered token waits for nothing');
  });

  test('reaches to the longest of them', async () => {
    const server = await startKeyServer({ store: newStore() });
    await Promise.all([600, 2 ** 32, 3600, 31_536_000].map((seconds) => server.sign(seconds)));
    const { tokensExpireBy = '' } = activeKey(server.keyring.records.objects)?.status ?? {};
    assert.ok(Date.parse(tokensExpireBy) >= NOW_MS + 2 ** 32 * 1000);
  });

  test('is not raised for a key by who did not see that it signs no more', async () => {
    const store = newStore();
    const [first, late] = [await startKeyServer({ store }), await startKeyServer({ store })];
    const old = await late.sign(600);
    await rotate(first);
    await late.sign(86_400);
    const bound = (await readSigningKeys(store)).objects.find((key) => nameOf(key) === old)?.status.tokensExpireBy;
    assert.ok(Date.parse(bound ?? '') < NOW_MS + DAY_MS);
  });

  test('raised meanwhile, stops the step that would not have known it', async () => {
    const store = newStore();
    const [first, other] = [await startKeyServer({ store }), await startKeyServer({ store })];
    await first.rotator.rotate({}, false);
    const records = await readSigningKeys(store);
    await other.keyring.refresh();
    await other.sign(86_400);
    const next = records.objects.find(({ status }) => status.state === 'Announced') ?? assert.fail();
    const root = records.root ?? assert.fail();
    assert.equal(await writeSigningKeys(store, records, activation(root, records.objects, next, NOW_MS)), false);
  });

  test('of a token without end is a mark', async () => {
    const server = await startKeyServer({ store: newStore() });
    const kid = await server.sign(Number.POSITIVE_INFINITY);
    const key = server.keyring.records.objects[0] ?? assert.fail();
    assert.deepEqual([nameOf(key), key.status.signedLegacyTokens], [kid, true]);
    assert.equal(key.status.tokensExpireBy, undefined);
  });
});

describe('what changes', () => {
  test('a raised bound is no change of the keyring', async () => {
    const server = await startKeyServer({ store: newStore() });
    const heard: number[] = [];
    server.keyring.onChange(({ generation }) => heard.push(generation));
    await server.sign(3600);
    assert.deepEqual(heard, []);
    await rotate(server);
    assert.deepEqual(heard, [2, 3]);
  });

  for (const { name, end, isWithdrawn } of [
    {
      name: 'of a key ended in a panic, what is remembered must be forgotten',
      end: (server: KeyServer) => server.rotator.rotate({ panic: true }, false),
      isWithdrawn: true,
    },
    {
      name: 'of a key whose tokens have ended, nothing is remembered',
      async end(server: KeyServer) {
        await rotate(server);
        server.clock.advance(DAY_MS);
        await server.rotator.run();
      },
      isWithdrawn: false,
    },
  ]) {
    test(name, async () => {
      const store = newStore();
      const [server, other] = [await startKeyServer({ store }), await startKeyServer({ store })];
      const kid = await server.sign(3600);
      const withdrawn: string[] = [];
      other.keyring.onChange((_keys, kids) => withdrawn.push(...kids));
      await end(server);
      await other.keyring.refresh();
      assert.deepEqual(other.keyring.candidates(kid), []);
      assert.deepEqual(withdrawn, isWithdrawn ? [kid] : []);
    });
  }
});

describe('a damaged record', () => {
  const PRIVATE = '/mayfly/signingkeys/private/';
  for (const { name, key, value, line } of [
    {
      name: 'of all keys',
      key: () => '/mayfly/signingkeys/root',
      value: '{',
      line: 'the record of all signing keys is damaged',
    },
    {
      name: 'of a newer version',
      key: () => '/mayfly/signingkeys/root',
      value: '{"version":2,"configuredAlgorithm":"ES256"}',
      line: 'the signing keys were written by a newer version',
    },
    {
      name: 'of a key',
      key: (kid: string) => SIGNING_KEYS_PREFIX + kid,
      value: '{}',
      line: 'the stored signing key "KID" is damaged',
    },
    {
      name: 'of a public half that is another key’s',
      key: (kid: string) => SIGNING_KEYS_PREFIX + kid,
      value: (text: string) => text.replace('ES256', 'ES384'),
      line: 'the stored signing key "KID" is damaged: the public half belongs to another key',
    },
    {
      name: 'of a private half',
      key: (kid: string) => PRIVATE + kid,
      value: '{"privateKey":',
      line: 'the stored signing key "KID" is damaged: the private half is damaged',
    },
    {
      name: 'of a private half that is no key',
      key: (kid: string) => PRIVATE + kid,
      value: '{"version":1,"privateKey":"x"}',
      line: 'the stored signing key "KID" is damaged: data does not contain a valid RSA or ECDSA private key',
    },
    {
      name: 'that is not there, of a private half',
      key: (kid: string) => PRIVATE + kid,
      value: undefined,
      line: 'the stored signing key "KID" is damaged: its private half is missing',
    },
  ] as {
    name: string;
    key: (kid: string) => string;
    value: string | undefined | ((text: string) => string);
    line: string;
  }[]) {
    test(`${name} is one clear line at the start, and leaves a running server its keys`, async () => {
      const store = newStore();
      const running = await startKeyServer({ store });
      const kid = await running.sign(600);
      await damage(store, key(kid), value);
      await assert.rejects(startKeyServer({ store }), {
        name: 'SigningKeyRecordError',
        message: line.replace('KID', kid),
      });
      await running.keyring.refresh().catch(() => undefined);
      assert.equal(running.keyring.snapshot.signer?.key.kid, kid);
    });
  }

  async function damage(
    store: Store,
    key: string,
    value: string | undefined | ((text: string) => string),
  ): Promise<void> {
    const { kvs } = await store.range({ key });
    const text = new TextDecoder().decode(kvs[0]?.value);
    const bytes = new TextEncoder().encode(typeof value === 'function' ? value(text) : value);
    const write =
      value === undefined ? ({ type: 'delete', key } as const) : ({ type: 'put', key, value: bytes } as const);
    await store.txn({ compare: [], success: [write] });
  }
});
