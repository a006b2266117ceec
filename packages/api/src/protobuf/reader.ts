/**
 * The protobuf wire format: varints, tags, lengths. Knows no message.
 *
 * Every read is checked against the end of its own message, so a hostile length cannot reach past it or make us reserve
 * memory: byte strings are views, texts are decoded only once their bytes are there.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
import { DecodeError } from '../decode/decode-error.ts';

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_START_GROUP = 3;
export const WIRE_END_GROUP = 4;
export const WIRE_FIXED32 = 5;

/** Only skipped groups nest here; messages nest as deep as the schema does. */
const MAX_GROUP_DEPTH = 100;
const MAX_VARINT_BYTES = 10;
/** Below this, character by character beats the decoder. */
const SHORT_TEXT = 32;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class Reader {
  readonly #bytes: Uint8Array;
  #position = 0;
  /** Low and high half of the last varint, unsigned. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** @returns field number times eight plus wire type; the number is at least 1 */
  tag(): number {
    this.#varint();
    if (this.#high !== 0 || this.#low >>> 3 === 0) throw new DecodeError('proto: illegal tag');
    return this.#low;
  }

  /** Only the low 32 bits count: a negative number comes in ten bytes. */
  int32(): number {
    this.#varint();
    return this.#low | 0;
  }

  /** @throws DecodeError beyond 2^53, where a number could not hold it exactly */
  int64(): number {
    this.#varint();
    const value = (this.#high | 0) * 2 ** 32 + this.#low;
    if (!Number.isSafeInteger(value)) throw new DecodeError('proto: integer beyond 2^53');
    return value;
  }

  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    this.#varint();
    const end = this.#position + this.#low;
    if (this.#high !== 0 || end > this.#bytes.length) throw truncated();
    const view = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return view;
  }

  /** Invalid UTF-8 becomes U+FFFD, as it would on its way to JSON in Go. */
  string(): string {
    const bytes = this.bytes();
    return (bytes.length < SHORT_TEXT ? asciiText(bytes) : undefined) ?? utf8.decode(bytes);
  }

  skip(tag: number): void {
    let depth = 0;
    let current = tag;
    for (;;) {
      depth += this.#skipOne(current & 7);
      if (depth === 0) return;
      if (depth < 0 || depth > MAX_GROUP_DEPTH) throw new DecodeError('proto: unbalanced or too deep groups');
      current = this.tag();
    }
  }

  /** @returns by how much the group depth changes */
  #skipOne(wireType: number): number {
    switch (wireType) {
      case WIRE_VARINT:
        this.#varint();
        return 0;
      case WIRE_FIXED64:
        this.#advance(8);
        return 0;
      case WIRE_BYTES:
        this.bytes();
        return 0;
      case WIRE_START_GROUP:
        return 1;
      case WIRE_END_GROUP:
        return -1;
      case WIRE_FIXED32:
        this.#advance(4);
        return 0;
      default:
        throw new DecodeError(`proto: illegal wireType ${wireType}`);
    }
  }

  #advance(count: number): void {
    if (this.#position + count > this.#bytes.length) throw truncated();
    this.#position += count;
  }

  #varint(): void {
    let low = 0;
    let high = 0;
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw truncated();
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw new DecodeError('proto: integer overflow');
  }
}

function asciiText(bytes: Uint8Array): string | undefined {
  let text = '';
  for (const byte of bytes) {
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

function truncated(): DecodeError {
  return new DecodeError('unexpected EOF');
}
