import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { keyID } from '../../../jose/keys.ts';
import { acceptKeys } from './fetched-keys.ts';
import { EXTERNAL_KEY, keyOf } from './fixture.ts';
import type { FetchKeysResponse } from './messages.ts';

const KEY = { isExcluded: false, ...keyOf(EXTERNAL_KEY, 'k') };
const GOOD: FetchKeysResponse = {
  keys: [KEY],
  dataTimestamp: { seconds: 10, nanos: 500_000_000 },
  refreshHintSeconds: 1,
};
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });

test('keys keep their order and are called what the signer calls them', () => {
  const keys = [
    { ...KEY, keyID: 'b' },
    { ...KEY, keyID: 'a', isExcluded: true },
  ];
  const { entries, dataTimestamp, refreshHintSeconds } = acceptKeys({ ...GOOD, keys });
  assert.deepEqual(
    entries.map(({ key, isPublished }) => [key.kid, isPublished, key.alg]),
    [
      ['b', true, 'ES256'],
      ['a', false, 'ES256'],
    ],
  );
  assert.equal(keyID(entries[0]?.key.publicKey ?? EXTERNAL_KEY.publicKey), EXTERNAL_KEY.kid);
  assert.deepEqual([dataTimestamp, refreshHintSeconds], [10.5, 1]);
});

for (const { name, answer, want } of [
  { name: 'E8: a hint of 0', answer: { refreshHintSeconds: 0 }, want: 'found invalid refresh hint (0s)' },
  { name: 'a hint below 0', answer: { refreshHintSeconds: -1 }, want: 'found invalid refresh hint (-1s)' },
  { name: 'no key', answer: { keys: [] }, want: 'found no keys' },
  {
    name: 'no timestamp',
    answer: { dataTimestamp: undefined },
    want: 'invalid data timestamp: proto: invalid nil Timestamp',
  },
  {
    name: 'a timestamp before the year 1',
    answer: { dataTimestamp: { seconds: -62_135_596_801, nanos: 0 } },
    want: 'invalid data timestamp: proto: timestamp (seconds:-62135596801 nanos:0) before 0001-01-01',
  },
  {
    name: 'a timestamp after the year 9999',
    answer: { dataTimestamp: { seconds: 253_402_300_800, nanos: 0 } },
    want: 'invalid data timestamp: proto: timestamp (seconds:253402300800 nanos:0) after 9999-12-31',
  },
  {
    name: 'a second of more than a second',
    answer: { dataTimestamp: { seconds: 0, nanos: 1e9 } },
    want: 'invalid data timestamp: proto: timestamp (seconds:0 nanos:1000000000) has out-of-range nanos',
  },
  {
    name: 'a key without name',
    answer: { keys: [KEY, { ...KEY, keyID: '' }] },
    want: 'found invalid public key id ""',
  },
  {
    name: 'a name of 1025 bytes',
    answer: { keys: [{ ...KEY, keyID: 'k'.repeat(1025) }] },
    want: `found invalid public key id "${'k'.repeat(1025)}"`,
  },
  { name: 'an empty key', answer: { keys: [{ ...KEY, der: new Uint8Array() }] }, want: 'found empty public key' },
  {
    name: 'a key that is none',
    answer: { keys: [KEY, { ...KEY, der: Uint8Array.of(0x30, 0) }] },
    want: /^while parsing external public keys: /,
  },
  {
    name: 'a key no algorithm fits',
    answer: { keys: [{ ...KEY, der: ed25519 }] },
    want: /^while parsing external public keys: unknown private key type ed25519/,
  },
] satisfies readonly { name: string; answer: Partial<FetchKeysResponse>; want: string | RegExp }[]) {
  test(`an answer with ${name} is refused as a whole`, () => {
    assert.throws(() => acceptKeys({ ...GOOD, ...answer }), { message: want });
  });
}

test('a key with a name of 1024 bytes, and times at the edges, are accepted', () => {
  acceptKeys({ ...GOOD, keys: [{ ...KEY, keyID: 'k'.repeat(1024) }] });
  acceptKeys({ ...GOOD, dataTimestamp: { seconds: -62_135_596_800, nanos: 0 } });
  acceptKeys({ ...GOOD, dataTimestamp: { seconds: 253_402_300_799, nanos: 999_999_999 } });
});
