/**
 * Every watch that is open, so that a server going down can end them, and a revocation those of its tokens.
 *
 * A watch ends as if its time were up: its client comes back, and is refused then.
 */
import { type Awaitable, whenThere } from '../../../awaitable.ts';
import type { EventStream } from '../../registry/rest.ts';
import { NOTHING_REVOKED, type RevocationChecker } from '../../serviceaccount/revocation/checker.ts';
import type { TokenCredential } from '../../serviceaccount/revocation/credential.ts';

/** The watches of one token. */
interface Holder {
  readonly credential: TokenCredential;
  readonly streams: Set<EventStream>;
}

export class WatchStreams {
  readonly #revocations: RevocationChecker;
  readonly #open = new Map<EventStream, TokenCredential | undefined>();
  readonly #holders = new Map<string, Holder>();
  #ended = false;

  constructor(revocations: RevocationChecker = NOTHING_REVOKED) {
    this.#revocations = revocations;
  }

  get size(): number {
    return this.#open.size;
  }

  /** @param credential   of the real caller, whoever the request acts as; undefined: not by a bound token */
  add(stream: EventStream, credential?: TokenCredential): void {
    if (this.#ended) {
      stream.cancel();
      return;
    }
    this.#open.set(stream, credential);
    if (credential === undefined) return;
    const holder = this.#holders.get(credential.id) ?? { credential, streams: new Set<EventStream>() };
    holder.streams.add(stream);
    this.#holders.set(credential.id, holder);
    void this.#endIfRevoked(holder); // the token may have ended while the watch was being opened
  }

  delete(stream: EventStream): void {
    const credential = this.#open.get(stream);
    this.#open.delete(stream);
    if (credential === undefined) return;
    const holder = this.#holders.get(credential.id);
    holder?.streams.delete(stream);
    if (holder?.streams.size === 0) this.#holders.delete(credential.id);
  }

  /** Ends every watch open now; whoever still may comes back. */
  interrupt(): void {
    for (const stream of this.#open.keys()) stream.cancel();
  }

  /** Ends every watch as if its time were up; clients come back elsewhere. Later ones end at once. */
  end(): void {
    this.#ended = true;
    for (const stream of this.#open.keys()) stream.cancel();
  }

  /**
   * Ends the watches of tokens that are revoked.
   *
   * @param credentialID   the only token that may be; undefined: each is looked at
   */
  endRevoked(credentialID: string | undefined): void {
    if (credentialID === undefined) {
      for (const holder of this.#holders.values()) void this.#endIfRevoked(holder);
      return;
    }
    const holder = this.#holders.get(credentialID);
    if (holder !== undefined) void this.#endIfRevoked(holder);
  }

  /** A server that cannot tell ends nothing: it lets nobody in either, and tells when it can. */
  #endIfRevoked({ credential, streams }: Holder): Awaitable<void> {
    return whenThere(this.#revocations.verdict(credential), (verdict) => {
      if (verdict !== 'revoked') return;
      for (const stream of streams) stream.cancel();
    });
  }
}
