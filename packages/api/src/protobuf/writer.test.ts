import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, WIRE_BYTES, WIRE_VARINT } from './reader.ts';
import { concat, message, number, text } from './writer.ts';

for (const value of [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, 253_402_300_799, Number.MAX_SAFE_INTEGER]) {
  test(`the reader reads the number ${value} as it was written`, () => {
    const reader = new Reader(number(3, value));
    assert.equal(reader.tag(), (3 << 3) | WIRE_VARINT);
    assert.equal(reader.int64(), value);
    assert.ok(reader.done);
  });
}

for (const value of ['', 'a', 'größe', 'x'.repeat(1000)]) {
  test(`the reader reads a text of ${value.length} characters as it was written`, () => {
    const reader = new Reader(text(100, value));
    assert.equal(reader.tag(), (100 << 3) | WIRE_BYTES);
    assert.equal(reader.string(), value);
    assert.ok(reader.done);
  });
}

test('a message holds its fields in order, and the bytes are those of the encoding guide', () => {
  // protobuf.dev/programming-guides/encoding: 150 in field 1, inside a message in field 3
  assert.deepEqual([...message(3, number(1, 150))], [0x1a, 0x03, 0x08, 0x96, 0x01]);
  assert.deepEqual([...concat([text(2, 'testing')])], [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
});
