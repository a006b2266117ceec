/**
 * Was a token revoked? Answered from the token status list it names, fetched now and then and kept.
 *
 * A token without a `status` claim has no entry anywhere, and passes: its service account did not ask for one. What is asked
 * of the network is decided by the caller, who hands in `fetch`; nothing else is trusted than the issuer's signature.
 *
 * ```ts
 * const status = newStatusLists({ fetch, keys, algorithms: ['RS256'], nowMs: Date.now, leewaySeconds: 30,
 *   allows: (uri) => uri.startsWith('https://id.example.com/'), whenUnknown: 'refuse' });
 * const verifier = newJWTVerifier({ …, status });
 * ```
 *
 * @see draft-ietf-oauth-status-list-17 §6, §8
 */
import type { Fetch, FetchResponse } from '../kube/fetch.ts';
import type { VerifiedClaims } from './claims.ts';
import { joined } from './inflate.ts';
import type { SignatureOptions } from './signature.ts';
import { readStatusList, type StatusList, type StatusListFault, statusAt } from './status-list-token.ts';
import { isJSONObject } from './strict-json.ts';

export type StatusFault =
  | StatusListFault
  | 'claim-malformed' // the token has a status, and not one that can be read
  | 'address-not-allowed'
  | 'list-unreachable'
  | 'index-out-of-range';

export type StatusVerdict =
  | { readonly outcome: 'good' | 'revoked' }
  | { readonly outcome: 'unknown'; readonly fault: StatusFault };

export interface TokenStatus {
  /** Never rejects. */
  verdict(claims: VerifiedClaims): Promise<StatusVerdict>;
}

export interface StatusListOptions extends SignatureOptions {
  readonly fetch: Fetch;
  /** Which addresses may be fetched. Those that are not https never are. */
  readonly allows: (uri: string) => boolean;
  /**
   * When no list within its `ttl` can be had. `refuse`: nobody passes whose status is not known. `use-last`: the last list
   * counts until it expires. `accept`: so it does, and without one the token passes. An entry that says "revoked" always counts,
   * and so does a claim that cannot be read.
   */
  readonly whenUnknown: 'refuse' | 'use-last' | 'accept';
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  readonly leewaySeconds: number;
  /** Of a list as fetched, in bytes; default 1 MiB. */
  readonly maxFetchedBytes?: number;
  /** Of a list once inflated, in bytes; default 1 MiB, which is 8 million entries. */
  readonly maxBytes?: number;
  /** Lists kept; default 64. */
  readonly maxLists?: number;
  /** For one fetch; default 5 s. */
  readonly timeoutMs?: number;
}

const DEFAULTS = { maxFetchedBytes: 2 ** 20, maxBytes: 2 ** 20, maxLists: 64, timeoutMs: 5_000 };
const DEFAULT_TTL_SECONDS = 300;
const MAX_TTL_SECONDS = 24 * 3600;
/** After a failure, until the next try. */
const RETRY_MS = 5_000;

const GOOD: StatusVerdict = { outcome: 'good' };
const REVOKED: StatusVerdict = { outcome: 'revoked' };
const unknown = (fault: StatusFault): StatusVerdict => ({ outcome: 'unknown', fault });

/** Follows token status lists, any number of them. */
export function newStatusLists(options: StatusListOptions): TokenStatus {
  const lists = new ListCache({ ...DEFAULTS, ...options });
  return {
    async verdict(claims) {
      const reference = referenceOf(claims);
      if (reference === undefined) return GOOD;
      if (reference === 'malformed') return unknown('claim-malformed');
      const { uri, idx } = reference;
      if (!isHTTPS(uri) || !options.allows(uri)) return unknown('address-not-allowed');
      const list = await lists.find(uri);
      if (typeof list === 'string') return options.whenUnknown === 'accept' ? GOOD : unknown(list);
      const status = statusAt(list, idx);
      if (status === undefined) return unknown('index-out-of-range');
      return status === 0 ? GOOD : REVOKED; // suspended is not good either
    },
  };
}

interface Reference {
  readonly uri: string;
  readonly idx: number;
}

function referenceOf({ all }: VerifiedClaims): Reference | undefined | 'malformed' {
  const { status } = all;
  if (status === undefined) return undefined;
  const reference = isJSONObject(status) ? status.status_list : undefined;
  if (!isJSONObject(reference)) return 'malformed'; // a mechanism this code does not know is no reason to accept
  const { uri, idx } = reference;
  const isIndex = typeof idx === 'number' && Number.isSafeInteger(idx) && idx >= 0;
  return typeof uri === 'string' && isIndex ? { uri, idx } : 'malformed';
}

function isHTTPS(uri: string): boolean {
  return URL.canParse(uri) && new URL(uri).protocol === 'https:';
}

interface Kept {
  readonly list: StatusList | undefined;
  /** What the last try ended with. */
  readonly fault: StatusFault | undefined;
  readonly nextTryMs: number;
}

class ListCache {
  readonly #options: StatusListOptions & typeof DEFAULTS;
  readonly #kept = new Map<string, Kept>();
  readonly #fetching = new Map<string, Promise<Kept>>();

  constructor(options: StatusListOptions & typeof DEFAULTS) {
    this.#options = options;
  }

  async find(uri: string): Promise<StatusList | StatusFault> {
    let kept = this.#kept.get(uri);
    if (kept === undefined || kept.nextTryMs <= this.#options.nowMs()) kept = await this.#refresh(uri, kept?.list);
    const { list, fault = 'list-unreachable' } = kept;
    if (list === undefined) return fault;
    if (this.#isExpired(list)) return 'list-expired';
    return kept.fault === undefined || this.#options.whenUnknown !== 'refuse' ? list : fault;
  }

  #isExpired({ expiresAt }: StatusList): boolean {
    const { nowMs, leewaySeconds } = this.#options;
    return nowMs() > (expiresAt + leewaySeconds) * 1000;
  }

  /** Callers who come at the same time share a fetch. */
  #refresh(uri: string, last: StatusList | undefined): Promise<Kept> {
    let fetching = this.#fetching.get(uri);
    if (fetching === undefined) {
      fetching = this.#fetch(uri, last).finally(() => this.#fetching.delete(uri));
      this.#fetching.set(uri, fetching);
    }
    return fetching;
  }

  async #fetch(uri: string, last: StatusList | undefined): Promise<Kept> {
    const got = await this.#get(uri).catch((): StatusFault => 'list-unreachable');
    const nowMs = this.#options.nowMs();
    const kept: Kept =
      typeof got === 'string'
        ? { list: last, fault: got, nextTryMs: nowMs + RETRY_MS }
        : { list: got, fault: undefined, nextTryMs: nowMs + ttlOf(got) * 1000 };
    this.#keep(uri, kept);
    return kept;
  }

  async #get(uri: string): Promise<StatusList | StatusFault> {
    const { fetch, timeoutMs, maxFetchedBytes } = this.#options;
    const response = await fetch(uri, {
      method: 'GET',
      headers: { accept: 'application/statuslist+jwt' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) return 'list-unreachable';
    const text = await readText(response, maxFetchedBytes);
    if (text === undefined) return 'list-too-large';
    return readStatusList(text.trim(), uri, { ...this.#options, maxCharacters: maxFetchedBytes });
  }

  #keep(uri: string, kept: Kept): void {
    this.#kept.delete(uri); // moves it to the end
    this.#kept.set(uri, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#options.maxLists && oldest !== undefined) this.#kept.delete(oldest);
  }
}

function ttlOf({ ttl = DEFAULT_TTL_SECONDS }: StatusList): number {
  return Math.min(ttl, MAX_TTL_SECONDS);
}

/** @returns undefined past the limit */
async function readText(response: FetchResponse, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) return undefined; // leaving the loop ends the download
    chunks.push(chunk);
  }
  return new TextDecoder().decode(joined(chunks, size));
}
