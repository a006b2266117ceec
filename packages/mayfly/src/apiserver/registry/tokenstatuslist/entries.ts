/**
 * Which entries of the token status lists are set, in step with the revocations.
 *
 * An entry stays set when its revocation ends, as long as another revocation has one in the same list: the token has ended
 * before, so nobody asks. Lists without a revocation cost nothing.
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
  /** Another one for each change, of any list: a list that is forgotten and comes back is not taken for the old one. */
  readonly version: number;
  readonly bits: Uint8Array;
}

interface Followed {
  version: number;
  readonly bits: Uint8Array;
  /** Keys of the revocations that set entries of it. */
  readonly by: Set<string>;
}

export class StatusListEntries implements KeySink {
  readonly #lists = new Map<number, Followed>();
  #changes = 0;

  /** Of a list without revocations undefined: all clear. */
  of(list: number): Entries | undefined {
    return this.#lists.get(list);
  }

  replace(pairs: readonly KeyValue[]): void {
    this.#lists.clear();
    for (const pair of pairs) this.put(pair);
  }

  put(pair: KeyValue): void {
    const { statusListIndex, statusLists = [] } = decodeRevocation(pair).status ?? {};
    if (statusListIndex !== undefined)
      this.#change(listOf(statusListIndex), pair.key, (bits) => setBit(bits, entryOf(statusListIndex)));
    for (const { id, revoked } of statusLists)
      this.#change(id, pair.key, (bits) => mergeBits(bits, decompressBits(Buffer.from(revoked, 'base64'))));
  }

  remove(last: KeyValue): void {
    const { statusListIndex, statusLists = [] } = decodeRevocation(last).status ?? {};
    const lists = statusLists.map(({ id }) => id);
    if (statusListIndex !== undefined) lists.push(listOf(statusListIndex));
    for (const list of lists) {
      const followed = this.#lists.get(list);
      followed?.by.delete(last.key);
      if (followed?.by.size === 0) this.#lists.delete(list);
    }
  }

  #change(list: number, key: string, change: (bits: Uint8Array) => boolean): void {
    const followed = this.#lists.get(list) ?? { version: 0, bits: newBitmap(), by: new Set<string>() };
    followed.by.add(key);
    if (change(followed.bits)) followed.version = ++this.#changes;
    this.#lists.set(list, followed);
  }
}
