import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, message, number, text } from '@mayfly/api/protobuf/writer';
import {
  decodeFetchKeysResponse,
  decodeMetadataResponse,
  decodeSignResponse,
  encodeSignRequest,
  SERVICE,
} from './messages.ts';

test('the service has the name of the published proto', () => {
  assert.equal(SERVICE, 'v1.ExternalJWTSigner');
});

test('a request to sign is the claims in field 1', () => {
  assert.deepEqual([...encodeSignRequest('e30')], [0x0a, 3, 0x65, 0x33, 0x30]);
});

test('a signature is header and signature, other fields are skipped', () => {
  const bytes = concat([text(7, 'later'), text(2, 'sig'), number(9, 1), text(1, 'head')]);
  assert.deepEqual(decodeSignResponse(bytes), { header: 'head', signature: 'sig' });
  assert.deepEqual(decodeSignResponse(new Uint8Array()), { header: '', signature: '' });
});

test('keys come with their names, in order, excluded or not', () => {
  const bytes = concat([
    message(1, text(1, 'a'), message(2, Uint8Array.of(1, 2)), text(8, 'later')),
    message(2, number(1, 1_767_225_600), number(2, 5)),
    message(1, text(1, 'b'), message(2, Uint8Array.of(3)), number(3, 1)),
    number(3, 300),
  ]);
  assert.deepEqual(decodeFetchKeysResponse(bytes), {
    keys: [
      { keyID: 'a', der: Uint8Array.of(1, 2), isExcluded: false },
      { keyID: 'b', der: Uint8Array.of(3), isExcluded: true },
    ],
    dataTimestamp: { seconds: 1_767_225_600, nanos: 5 },
    refreshHintSeconds: 300,
  });
});

test('what is left out is empty, and a hint below zero stays below zero', () => {
  assert.deepEqual(decodeFetchKeysResponse(new Uint8Array()), {
    keys: [],
    dataTimestamp: undefined,
    refreshHintSeconds: 0,
  });
  const minusOne = Uint8Array.of(0x18, ...new Array<number>(9).fill(0xff), 0x01);
  assert.equal(decodeFetchKeysResponse(minusOne).refreshHintSeconds, -1);
});

test('the longest life is field 1', () => {
  assert.deepEqual(decodeMetadataResponse(number(1, 7200)), { maxTokenExpirationSeconds: 7200 });
});

for (const [name, bytes] of [
  ['a length beyond the end', Uint8Array.of(0x0a, 100, 1)],
  ['half a number', Uint8Array.of(0x18, 0x80)],
  ['a number beyond 2^53', Uint8Array.of(0x18, ...new Array<number>(8).fill(0xff), 0x7f)],
] as const) {
  test(`${name} is an error`, () => {
    assert.throws(() => decodeFetchKeysResponse(bytes), { name: 'DecodeError' });
  });
}
