/**
 * Which entries of the token status lists are set, in step with the revocations.
 *
 * An entry stays set here when its revocation ends: the token has ended before it, so nobody asks. Lists without a
 * revocation cost nothing.
 */
import type { KeyValue } from '../../../storage/store.ts';
import {
  decompressBits,
  entryOf,
  listOf,
  mergeBits,
  newBitmap,
  setBit,
} from '../../serviceaccount/statuslist/bitmap.ts';
import type { KeySink } from '../generic/follower.ts';
import { decodeRevocation } from '../tokenrevocation/decode.ts';

export interface Entries {
  /** Grows with each change of this list. */
  readonly version: number;
  readonly bits: Uint8Array;
}

interface Counted {
  version: number;
  readonly bits: Uint8Array;
}

export class StatusListEntries implements KeySink {
  readonly #lists = new Map<number, Counted>();

  /** Of a list without revocations undefined: all clear. */
  of(list: number): Entries | undefined {
    return this.#lists.get(list);
  }

  /** Forgets a list that is no more. */
  forget(list: number): void {
    this.#lists.delete(list);
  }

  replace(pairs: readonly KeyValue[]): void {
    for (const pair of pairs) this.put(pair); // what is set stays set
  }

  put(pair: KeyValue): void {
    const { statusListIndex, statusLists = [] } = decodeRevocation(pair).status ?? {};
    if (statusListIndex !== undefined)
      this.#change(listOf(statusListIndex), (bits) => setBit(bits, entryOf(statusListIndex)));
    for (const { id, revoked } of statusLists)
      this.#change(id, (bits) => mergeBits(bits, decompressBits(Buffer.from(revoked, 'base64'))));
  }

  remove(): void {
    // the tokens ended before
  }

  #change(list: number, change: (bits: Uint8Array) => boolean): void {
    const known = this.#lists.get(list) ?? { version: 0, bits: newBitmap() };
    if (change(known.bits)) known.version++;
    this.#lists.set(list, known);
  }
}
