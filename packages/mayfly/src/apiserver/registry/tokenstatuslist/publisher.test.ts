import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { generateSigningKey } from '../../../jose/keys.ts';
import { newKeySigner } from '../../../jose/sign.ts';
import { Keyring, newFileKeyring } from '../../serviceaccount/keyring.ts';
import { newBitmap, setBit } from '../../serviceaccount/statuslist/bitmap.ts';
import { StatusListPublisher } from './publisher.ts';

const key = await generateSigningKey('P-256');

function setUp() {
  const clock = new FakeClock();
  const keys = newFileKeyring({ signingKey: key, verificationKeys: [key] });
  const bits = newBitmap();
  const state = { version: 0, bits };
  const publisher = new StatusListPublisher({
    base: 'https://iss/lists',
    lists: { exists: async (list) => list === 7, all: async () => [7] },
    entries: { of: () => state },
    keys,
    clock,
  });
  const bodyOf = async () => (await publisher.find(7))?.body.toString() ?? '';
  return { clock, keys, state, publisher, bodyOf };
}

test('a list is signed once, until it changes, and then at most once a second', async () => {
  const { clock, state, bodyOf } = setUp();
  const first = await bodyOf();
  clock.advance(10_000);
  assert.equal(await bodyOf(), first);
  setBit(state.bits, 3);
  state.version++;
  const second = await bodyOf();
  assert.notEqual(second, first);
  setBit(state.bits, 4);
  state.version++;
  clock.advance(999);
  assert.equal(await bodyOf(), second);
  clock.advance(1);
  assert.notEqual(await bodyOf(), second);
});

test('a list is signed anew when half its life is over', async () => {
  const { clock, bodyOf } = setUp();
  const first = await bodyOf();
  clock.advance(6 * 3_600_000 - 1);
  assert.equal(await bodyOf(), first);
  clock.advance(1);
  assert.ok(Number(decodeJwt(await bodyOf()).exp) - Number(decodeJwt(first).exp) === 6 * 3600);
});

test('a list is signed anew, at once, when another key signs', async () => {
  const { keys, bodyOf } = setUp();
  const first = await bodyOf();
  const next = await generateSigningKey('P-256');
  keys.replace({ entries: keys.snapshot.entries, signer: newKeySigner(next) });
  const header = Buffer.from((await bodyOf()).split('.')[0] ?? '', 'base64url').toString();
  assert.deepEqual(JSON.parse(header), { alg: 'ES256', kid: next.kid, typ: 'statuslist+jwt' });
  assert.notEqual(await bodyOf(), first);
});

test('callers who come together share a signature', async () => {
  const { publisher } = setUp();
  const [one, two] = await Promise.all([publisher.find(7), publisher.find(7)]);
  assert.equal(one?.etag, two?.etag);
});

test('what is no list is not signed', async () => {
  const { publisher } = setUp();
  assert.equal(await publisher.find(8), undefined);
  assert.deepEqual(await publisher.uris(), ['https://iss/lists/7']);
});

test('a server that signs nothing says so', async () => {
  const { publisher, keys } = setUp();
  keys.replace({ entries: [], signer: undefined });
  await assert.rejects(publisher.find(7), /no signing key is configured/);
  assert.ok(keys instanceof Keyring);
});
