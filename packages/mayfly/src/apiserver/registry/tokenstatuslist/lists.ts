/**
 * The token status lists there are, and which of their entries are taken: what the servers over a store agree on.
 *
 * Entries are handed out in blocks, by compare-and-swap on one key, and never twice: a list whose tokens have all ended goes
 * with its lease, and its number with it. Within a block the order is shuffled, so that neighbours in a list are not
 * neighbours in time. What a server has not used of its block when it ends stays unused: less than a hundredth of a list.
 *
 * Lists are numbered from a random start, so that a store that is lost and begun anew does not publish other lists under
 * numbers that relying parties know.
 */
import type { Random } from '../../../random/random.ts';
import { prefixEnd, type Store } from '../../../storage/store.ts';
import { LIST_SIZE, listOf } from '../../serviceaccount/statuslist/bitmap.ts';
import type { LedgerLeases } from '../issuedtoken/leases.ts';

const ROOT = '/mayfly/token-status-lists/';
const NEXT_KEY = `${ROOT}next`;
const LISTS = `${ROOT}lists/`;

export const BLOCK_SIZE = 1024;
const FIRST_LIST_BELOW = 2 ** 31;

/** The life of a list is lengthened in steps of this, and not for each token. */
const STEP_SECONDS = 300;

export interface StatusListsDeps {
  readonly store: Store;
  readonly leases: LedgerLeases;
  readonly random: Random;
}

export class StatusLists {
  readonly #deps: StatusListsDeps;
  #free: number[] = [];
  #taking: Promise<void> | undefined;
  /** Epoch seconds until which the key of a list is known to stay, in the order of the lists. */
  readonly #staysUntil = new Map<number, number>();

  constructor(deps: StatusListsDeps) {
    this.#deps = deps;
  }

  /**
   * An entry for a token, counted through all lists. Nearly always from memory.
   *
   * @param expiresAt   epoch seconds: the list is published at least that long
   * @throws StorageError when the store cannot answer
   */
  async take(expiresAt: number): Promise<number> {
    let index = this.#free.pop();
    while (index === undefined) {
      this.#taking ??= this.#takeBlock().finally(() => (this.#taking = undefined));
      await this.#taking;
      index = this.#free.pop();
    }
    await this.#keepUntil(listOf(index), expiresAt);
    return index;
  }

  async exists(list: number): Promise<boolean> {
    const { count } = await this.#deps.store.range({ key: listKey(list), countOnly: true });
    return count > 0;
  }

  /** Numbers of all lists. */
  async all(): Promise<readonly number[]> {
    const { kvs } = await this.#deps.store.range({ key: LISTS, rangeEnd: prefixEnd(LISTS) });
    return kvs.map(({ key }) => Number(key.slice(LISTS.length)));
  }

  async #takeBlock(): Promise<void> {
    const { store, random } = this.#deps;
    for (;;) {
      const [pair] = (await store.range({ key: NEXT_KEY })).kvs;
      const start = pair === undefined ? random.int(FIRST_LIST_BELOW) * LIST_SIZE : readNumber(pair.value);
      const { succeeded } = await store.txn({
        compare: [{ key: NEXT_KEY, target: 'modRevision', equals: pair?.modRevision ?? 0 }],
        success: [{ type: 'put', key: NEXT_KEY, value: writeNumber(start + BLOCK_SIZE) }],
      });
      if (!succeeded) continue; // another server was first
      this.#free = shuffled(start, random);
      return;
    }
  }

  /** Durable before the token that needs it leaves. */
  async #keepUntil(list: number, expiresAt: number): Promise<void> {
    if ((this.#staysUntil.get(list) ?? 0) >= expiresAt) return;
    const { store, leases } = this.#deps;
    const until = Math.ceil(expiresAt / STEP_SECONDS) * STEP_SECONDS;
    const key = listKey(list);
    for (;;) {
      const [pair] = (await store.range({ key })).kvs;
      const stays = pair === undefined ? 0 : readNumber(pair.value);
      if (stays >= until) return this.#remember(list, stays);
      const { succeeded } = await store.txn({
        compare: [{ key, target: 'modRevision', equals: pair?.modRevision ?? 0 }],
        success: [{ type: 'put', key, value: writeNumber(until), lease: await leases.leaseFor(until) }],
      });
      if (succeeded) return this.#remember(list, until);
    }
  }

  /** Only the list being filled is asked for, and perhaps the one before it. */
  #remember(list: number, until: number): void {
    this.#staysUntil.set(list, until);
    const [oldest] = this.#staysUntil.keys();
    if (this.#staysUntil.size > 2 && oldest !== undefined) this.#staysUntil.delete(oldest);
  }
}

function shuffled(start: number, random: Random): number[] {
  const block = Array.from({ length: BLOCK_SIZE }, (_, i) => start + i);
  for (let i = block.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [block[i], block[j]] = [block[j] as number, block[i] as number];
  }
  return block;
}

function listKey(list: number): string {
  return `${LISTS}${list}`;
}

function writeNumber(value: number): Uint8Array {
  return new TextEncoder().encode(String(value));
}

/** @throws Error when it is none: no entry may then be handed out */
function readNumber(value: Uint8Array): number {
  const number = Number(new TextDecoder().decode(value));
  if (!Number.isSafeInteger(number) || number < 0) throw new Error('the state of the token status lists is damaged');
  return number;
}
