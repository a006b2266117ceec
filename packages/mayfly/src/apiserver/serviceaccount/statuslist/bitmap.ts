/**
 * The bits of a token status list: one for each entry, the first in the lowest bit of the first byte.
 *
 * @see draft-ietf-oauth-status-list-17 §4
 */
import { deflateSync, inflateSync } from 'node:zlib';

/**
 * Entries of each list. A list with no entry set is 40 bytes compressed, one with every eighth set about 10 KiB; the
 * herd a token hides in is this large.
 */
export const LIST_SIZE = 2 ** 17;

const LIST_BYTES = LIST_SIZE / 8;

/** Entry numbers count through all lists. */
export function listOf(index: number): number {
  return Math.floor(index / LIST_SIZE);
}

/** Place of an entry within its list. */
export function entryOf(index: number): number {
  return index % LIST_SIZE;
}

export function newBitmap(): Uint8Array {
  return new Uint8Array(LIST_BYTES);
}

/** @returns whether the bit was clear */
export function setBit(bits: Uint8Array, entry: number): boolean {
  const byte = entry >> 3;
  const mask = 1 << (entry & 7);
  const before = bits[byte] ?? 0;
  bits[byte] = before | mask;
  return (before & mask) === 0;
}

/** Sets every bit that `more` has set. @returns whether one of them was clear */
export function mergeBits(bits: Uint8Array, more: Uint8Array): boolean {
  let changed = false;
  for (const [i, byte] of more.entries()) {
    const before = bits[i] ?? 0;
    if ((byte & ~before) === 0) continue;
    bits[i] = before | byte;
    changed = true;
  }
  return changed;
}

export function compressBits(bits: Uint8Array): Buffer {
  return deflateSync(bits, { level: 9 });
}

/** @throws Error when it is not the bits of one list */
export function decompressBits(compressed: Uint8Array): Uint8Array {
  const bits = inflateSync(compressed, { maxOutputLength: LIST_BYTES });
  if (bits.length !== LIST_BYTES) throw new Error('not the bits of a token status list');
  return bits;
}
