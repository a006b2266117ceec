/** Writes length-delimited protobuf fields, the only wire type the OpenAPI v2 document needs. @see protobuf.dev/programming-guides/encoding */

const LENGTH_DELIMITED = 2;

/** A field holding a message made of `fields`. */
export function message(field: number, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  return Buffer.concat([varint((field << 3) | LENGTH_DELIMITED), varint(body.length), body]);
}

/** A field holding a string. */
export function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

/** @param value below 2^31 */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
