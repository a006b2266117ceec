/**
 * Writes protobuf fields, for the few messages of ours that nothing but protobuf will do for.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import { WIRE_BYTES, WIRE_VARINT } from './reader.ts';

const utf8 = new TextEncoder();

/** A field holding a message made of `fields`, or bytes. */
export function message(field: number, ...fields: readonly Uint8Array[]): Uint8Array {
  const length = fields.reduce((sum, { length }) => sum + length, 0);
  return concat([varint((field << 3) | WIRE_BYTES), varint(length), ...fields]);
}

/** A field holding a string. */
export function text(field: number, value: string): Uint8Array {
  return message(field, utf8.encode(value));
}

/** A field holding a number or, as 0 or 1, a boolean. @param value a whole number from 0 to 2^53 */
export function number(field: number, value: number): Uint8Array {
  return concat([varint((field << 3) | WIRE_VARINT), varint(value)]);
}

/** A message of its own. */
export function concat(fields: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(fields.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const field of fields) {
    whole.set(field, position);
    position += field.length;
  }
  return whole;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
