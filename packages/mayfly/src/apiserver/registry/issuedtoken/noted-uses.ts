/**
 * Uses of tokens between the request and the ledger: in memory, coarse, bounded.
 *
 * The same token from the same address with the same program is noted once a minute, so that a busy one costs its requests
 * a map look-up and a comparison. Another address or program is noted at once: that is what one looks for after a leak.
 */
import type { IssuedTokenUse } from '@mayfly/api/identity/v1alpha1/issued-token';
import { formatTime } from '@mayfly/api/meta/v1/time';
import { MAX_USER_AGENT } from './requester.ts';

const COARSENESS_MS = 60_000;

/** Tokens with a use still to be written, and tokens whose last notes are remembered. Beyond it uses go unrecorded. */
const MAX_TRACKED = 131_072;

/** Addresses and programs of one token that are told apart at a time; a row keeps as many. */
export const MAX_SIGHTINGS = 8;

export interface UsedBy {
  readonly sourceIP: string;
  readonly userAgent: string;
  /** Name of the user who asked about the token; empty: it was used. */
  readonly reviewedBy: string;
}

/** Uses of one token, oldest first. */
export interface TokenUses {
  /** Of the row. */
  readonly key: string;
  readonly uses: readonly IssuedTokenUse[];
}

/** One way a token was seen. A list without an array: nearly every token has one. */
interface Noted extends UsedBy {
  atMs: number;
  next: Noted | undefined;
}

export class NotedUses {
  /** Least recently noted token first. */
  readonly #noted = new Map<string, Noted>();
  #pending = new Map<string, { key: string; uses: IssuedTokenUse[] }>();
  #unrecorded = 0;

  /**
   * Never throws, never waits.
   *
   * @param key of the row, asked for only when the use is noted
   * @returns whether it was noted
   */
  note(id: string, by: UsedBy, atMs: number, key: () => string): boolean {
    const first = this.#noted.get(id);
    const same = first && find(first, by);
    if (same !== undefined && Math.abs(atMs - same.atMs) < COARSENESS_MS) return false;
    const pending = this.#pending.get(id);
    if (pending === undefined ? this.#pending.size >= MAX_TRACKED : pending.uses.length >= MAX_SIGHTINGS) {
      this.#unrecorded++;
      return false;
    }
    this.#remember(id, first, same, by, atMs);
    if (pending === undefined) this.#pending.set(id, { key: key(), uses: [useOf(by, atMs)] });
    else pending.uses.push(useOf(by, atMs));
    return true;
  }

  /** Hands over what is to be written, and how many uses found no room since. */
  take(): { readonly uses: readonly TokenUses[]; readonly unrecorded: number } {
    const taken = { uses: [...this.#pending.values()], unrecorded: this.#unrecorded };
    this.#pending = new Map();
    this.#unrecorded = 0;
    return taken;
  }

  #remember(id: string, first: Noted | undefined, same: Noted | undefined, by: UsedBy, atMs: number): void {
    if (same === undefined) first = cut({ ...by, atMs, next: first });
    else same.atMs = atMs;
    this.#noted.delete(id); // moves it to the end
    this.#noted.set(id, first ?? cut({ ...by, atMs, next: undefined }));
    if (this.#noted.size <= MAX_TRACKED) return;
    const [oldest] = this.#noted.keys();
    if (oldest !== undefined) this.#noted.delete(oldest);
  }
}

function find(first: Noted, { sourceIP, userAgent, reviewedBy }: UsedBy): Noted | undefined {
  for (let each: Noted | undefined = first; each !== undefined; each = each.next)
    if (each.sourceIP === sourceIP && each.userAgent === userAgent && each.reviewedBy === reviewedBy) return each;
  return undefined;
}

/** Forgets the way that was noted first of too many. */
function cut(first: Noted): Noted {
  let last = first;
  for (let length = 1; last.next !== undefined && length < MAX_SIGHTINGS; length++) last = last.next;
  last.next = undefined;
  return first;
}

function useOf({ sourceIP, userAgent, reviewedBy }: UsedBy, atMs: number): IssuedTokenUse {
  return {
    time: formatTime(atMs),
    sourceIP,
    userAgent: userAgent.slice(0, MAX_USER_AGENT),
    ...(reviewedBy !== '' && { reviewedBy }),
  };
}
