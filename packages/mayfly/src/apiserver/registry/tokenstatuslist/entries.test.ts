import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenRevocation, TokenRevocationStatus } from '@mayfly/api/identity/v1alpha1/token-revocation';
import type { KeyValue } from '../../../storage/store.ts';
import { compressBits, LIST_SIZE, newBitmap, setBit } from '../../serviceaccount/statuslist/bitmap.ts';
import { encodeObject } from '../generic/codec.ts';
import { StatusListEntries } from './entries.ts';

function revocation(name: string, status: Partial<TokenRevocationStatus>): KeyValue {
  const object = { metadata: { name }, spec: {}, status } as unknown as TokenRevocation;
  return { key: name, value: encodeObject(object), createRevision: 1, modRevision: 1, version: 1, lease: 0 };
}

function bitsWith(...entries: number[]): string {
  const bits = newBitmap();
  for (const entry of entries) setBit(bits, entry);
  return compressBits(bits).toString('base64');
}

const firstByte = (entries: StatusListEntries, list: number) => entries.of(list)?.bits[0];

test('entries of one token and of many are set, each in its list', () => {
  const entries = new StatusListEntries();
  entries.put(revocation('one', { statusListIndex: 3 * LIST_SIZE + 1 }));
  entries.put(
    revocation('many', {
      statusLists: [
        { id: 3, revoked: bitsWith(2) },
        { id: 4, revoked: bitsWith(0, 1) },
      ],
    }),
  );
  entries.put(revocation('none', {}));
  assert.deepEqual([firstByte(entries, 3), firstByte(entries, 4), entries.of(5)], [0b110, 0b11, undefined]);
});

test('a version is never that of another state', () => {
  const entries = new StatusListEntries();
  const [a, b] = [revocation('a', { statusListIndex: 1 }), revocation('b', { statusListIndex: 2 })];
  entries.put(a);
  const first = entries.of(0)?.version;
  entries.put(a);
  assert.equal(entries.of(0)?.version, first, 'nothing changed');
  entries.remove(a);
  assert.equal(entries.of(0), undefined, 'nothing to remember');
  entries.put(b);
  assert.notEqual(entries.of(0)?.version, first);
});

test('what is set stays while another revocation needs the list, and goes with the last', () => {
  const entries = new StatusListEntries();
  const [a, b] = [
    revocation('a', { statusListIndex: 1 }),
    revocation('b', { statusLists: [{ id: 0, revoked: bitsWith(2) }] }),
  ];
  entries.replace([a, b]);
  entries.remove(a);
  assert.equal(firstByte(entries, 0), 0b110);
  entries.remove(b);
  assert.equal(entries.of(0), undefined);
});

test('a new beginning sets what it is told, and no more', () => {
  const entries = new StatusListEntries();
  entries.put(revocation('a', { statusListIndex: 1 }));
  entries.replace([revocation('b', { statusListIndex: 2 })]);
  assert.equal(firstByte(entries, 0), 0b100);
});
