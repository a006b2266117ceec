/**
 * The revocations as this server enforces them: all in memory, in step with the store.
 *
 * Fail closed: a server that cannot be sure to know every revocation says `unknown` of every token, once its doubt is older
 * than the token cache's ten seconds. That long a good token is believed without the store anyway.
 */
import type { Awaitable } from '../../../awaitable.ts';
import type { Clock } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { KeyValue, Store } from '../../../storage/store.ts';
import type { RevocationChecker, RevocationVerdict } from '../../serviceaccount/revocation/checker.ts';
import type { TokenCredential } from '../../serviceaccount/revocation/credential.ts';
import type { Revocation } from '../../serviceaccount/revocation/revocation.ts';
import { RevocationIndex } from '../../serviceaccount/revocation/revocation-index.ts';
import { Follower, type KeySink } from '../generic/follower.ts';
import { decodeRevocation, revocationOf } from './decode.ts';
import { Precedence } from './precedence.ts';
import { tokenRevocationKeys } from './strategy.ts';

/** From then on no bound token is let in. Milliseconds. */
export const BLIND_AFTER_MS = 10_000;
/** From then on the server is not ready. Milliseconds. */
const LATE_AFTER_MS = 2_000;

/** Undefined: any number of tokens may be meant. */
export type RevocationListener = (credentialID: string | undefined) => void;

export interface RevocationsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Others who follow the same objects: told of each after it is enforced. */
  readonly sinks: readonly KeySink[];
}

export class Revocations implements RevocationChecker, KeySink {
  readonly #options: RevocationsOptions;
  readonly #follower: Follower;
  readonly #precedence: Precedence;
  readonly #listeners = new Set<RevocationListener>();
  #index = new RevocationIndex();

  /** Starts to follow the store at once. */
  constructor(options: RevocationsOptions) {
    this.#options = options;
    this.#precedence = new Precedence(options.store);
    this.#follower = new Follower({ ...options, prefix: tokenRevocationKeys.prefix(''), sink: this });
  }

  /** Resolves when every revocation there was at the start is enforced. */
  get synced(): Promise<void> {
    return this.#follower.synced;
  }

  /** Revocations in force. */
  get size(): number {
    return this.#index.size;
  }

  /** How long this server may have missed a revocation; 0 while all is well. */
  behindMs(): number {
    return this.#follower.behindMs();
  }

  /** @throws Error when revocations may have been missed */
  requireInStep(): void {
    const behindMs = this.behindMs();
    if (behindMs > LATE_AFTER_MS) throw new Error(`token revocations are ${Math.round(behindMs / 1000)} s behind`);
  }

  /** Resolves when this server enforces everything that was stored up to a revision. */
  reached(revision: number): Promise<void> {
    return this.#follower.reached(revision);
  }

  /** Tells of tokens that may just have ended. */
  onRevoked(listener: RevocationListener): void {
    this.#listeners.add(listener);
  }

  verdict(credential: TokenCredential): Awaitable<RevocationVerdict> {
    if (this.#follower.behindMs() > BLIND_AFTER_MS) return 'unknown';
    const verdict = this.#index.verdict(credential);
    return typeof verdict === 'string' ? verdict : this.#ask(credential, verdict.ask);
  }

  async #ask(credential: TokenCredential, revocations: readonly string[]): Promise<RevocationVerdict> {
    try {
      return (await this.#precedence.issuedBeforeAny(credential, revocations)) ? 'revoked' : 'good';
    } catch (error) {
      this.#options.log.error('the ledger cannot say whether a token was issued before it was revoked', { error });
      return 'unknown';
    }
  }

  replace(pairs: readonly KeyValue[]): void {
    const index = new RevocationIndex();
    for (const pair of pairs) index.add(enforceable(pair));
    this.#index = index;
    for (const sink of this.#options.sinks) sink.replace(pairs);
    this.#tell(undefined);
  }

  put(pair: KeyValue): void {
    const revocation = enforceable(pair);
    this.#index.add(revocation);
    for (const sink of this.#options.sinks) sink.put(pair);
    this.#tell(revocation.by === 'credential' ? revocation.name : undefined);
  }

  remove(last: KeyValue): void {
    this.#index.remove(enforceable(last));
    for (const sink of this.#options.sinks) sink.remove(last);
  }

  #tell(credentialID: string | undefined): void {
    for (const listener of this.#listeners) listener(credentialID);
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }
}

function enforceable(pair: KeyValue): Revocation {
  return revocationOf(decodeRevocation(pair));
}
