/**
 * Signs the token status lists and keeps each until it changes, its key stops signing, or half its life is over.
 *
 * Anybody may ask, as often as they like: a list is signed at most once a second however often it changes, and numbers that
 * are no lists cost a look into the store's memory.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../clock/clock.ts';
import type { Signer } from '../../../jose/sign.ts';
import type { KeySource } from '../../serviceaccount/keyring.ts';
import { newBitmap } from '../../serviceaccount/statuslist/bitmap.ts';
import {
  STATUS_LIST_LIFETIME_SECONDS,
  STATUS_LIST_TTL_SECONDS,
  signStatusList,
} from '../../serviceaccount/statuslist/status-list-token.ts';
import type { StatusListEntries } from './entries.ts';
import type { StatusLists } from './lists.ts';

const RESIGN_MS = 1000;
/** About 30 MiB at worst. One that is forgotten is signed again. */
const MAX_KEPT = 1024;
const REFRESH_MS = (STATUS_LIST_LIFETIME_SECONDS * 1000) / 2;

export interface PublishedList {
  readonly body: Buffer;
  readonly etag: string;
  readonly maxAgeSeconds: number;
}

interface Signed extends PublishedList {
  readonly version: number;
  readonly signer: Signer;
  readonly signedAtMs: number;
}

export interface PublisherDeps {
  /** See `statusListBase`. */
  readonly base: string;
  readonly lists: Pick<StatusLists, 'exists' | 'all'>;
  readonly entries: Pick<StatusListEntries, 'of'>;
  readonly keys: KeySource;
  readonly clock: Clock;
}

export class StatusListPublisher {
  readonly #deps: PublisherDeps;
  readonly #signed = new Map<number, Signed>();
  /** Callers who come together share the work. */
  readonly #renewing = new Map<number, Promise<PublishedList | undefined>>();

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  uriOf(list: number): string {
    return `${this.#deps.base}/${list}`;
  }

  /** Addresses of all lists. @see draft-ietf-oauth-status-list-17 §9 */
  async uris(): Promise<readonly string[]> {
    return (await this.#deps.lists.all()).map((list) => this.uriOf(list));
  }

  /**
   * @returns undefined when there is no such list
   * @throws Error when this server signs nothing, or signing fails
   */
  async find(list: number): Promise<PublishedList | undefined> {
    const known = this.#signed.get(list);
    if (known !== undefined && this.#isCurrent(list, known)) return known;
    let renewing = this.#renewing.get(list);
    if (renewing === undefined) {
      renewing = this.#renew(list).finally(() => this.#renewing.delete(list));
      this.#renewing.set(list, renewing);
    }
    return renewing;
  }

  async #renew(list: number): Promise<PublishedList | undefined> {
    if (await this.#deps.lists.exists(list)) {
      const signed = await this.#sign(list);
      this.#keep(list, signed);
      return signed;
    }
    this.#signed.delete(list);
    return undefined;
  }

  #keep(list: number, signed: Signed): void {
    this.#signed.delete(list); // moves it to the end
    this.#signed.set(list, signed);
    const [oldest] = this.#signed.keys();
    if (this.#signed.size > MAX_KEPT && oldest !== undefined) this.#signed.delete(oldest);
  }

  #isCurrent(list: number, { version, signer, signedAtMs }: Signed): boolean {
    const { entries, keys, clock } = this.#deps;
    if (signer !== keys.snapshot.signer) return false;
    const ageMs = clock.monotonicMs() - signedAtMs;
    return ageMs < RESIGN_MS || (ageMs < REFRESH_MS && version === (entries.of(list)?.version ?? 0));
  }

  async #sign(list: number): Promise<Signed> {
    const { entries, keys, clock } = this.#deps;
    const [signedAtMs, issuedAt] = [clock.monotonicMs(), Math.floor(clock.nowMs() / 1000)];
    const signer = await keys.signerFor(issuedAt + STATUS_LIST_LIFETIME_SECONDS);
    const { version, bits } = entries.of(list) ?? { version: 0, bits: newBitmap() };
    const body = Buffer.from(await signStatusList(signer, { uri: this.uriOf(list), bits, issuedAt }));
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
    return { body, etag, maxAgeSeconds: STATUS_LIST_TTL_SECONDS, version, signer, signedAtMs };
  }
}
