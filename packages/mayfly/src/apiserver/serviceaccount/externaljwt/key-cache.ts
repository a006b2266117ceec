/**
 * The external signer's public keys, kept here so that a review costs no call, and up to date:
 *
 * - they are fetched again when the signer's own hint has run out; if that fails every ten seconds, with the old ones
 *   in force meanwhile;
 * - a token that names a key nobody knows has them fetched at once, once for all who ask.
 *
 * Differs: fetches for unknown names start at most once a second, who comes in between waits for the next, and nobody waits
 * longer than five seconds. Upstream has no bound, and whoever sends it made-up names sends calls to the signer.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/externaljwt/plugin/keycache.go; spec service-account-tokens §13
 */
import type { Clock, Timer } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import { Keyring } from '../keyring.ts';
import type { SignerClient } from './client.ts';
import { acceptKeys, type FetchedKeys } from './fetched-keys.ts';
import type { FetchKeysResponse } from './messages.ts';
import { codeLabel, whileDoing } from './rpc-error.ts';

export interface KeyCacheObserver {
  /** `apiserver_externaljwt_fetch_keys_request_total`, `…_success_timestamp` when `code` is OK. */
  keysFetched(code: string): void;
  /** `apiserver_externaljwt_fetch_keys_data_timestamp`, Unix seconds. */
  keyData(timestamp: number): void;
}

export interface KeyCacheDeps {
  readonly client: Pick<SignerClient, 'fetchKeys'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer: KeyCacheObserver;
}

export const RETRY_MS = 10_000;
/** Between two fetches that tokens of unknown keys cause. */
export const MIN_INTERVAL_MS = 1000;
/** Who presents a token of an unknown key waits this long for the signer. */
export const MAX_WAIT_MS = 5000;

export class ExternalKeyCache {
  /** Empty until `fill` has resolved. */
  readonly keyring: Keyring = new Keyring({ entries: [], signer: undefined }, () => this.#learn());
  readonly #deps: KeyCacheDeps;
  #fingerprint = '';
  #refreshAtMs = 0; // monotonic
  #timer: Timer | undefined;
  #isStopped = false;
  #fetching: Promise<void> | undefined;
  #learning: Promise<void> | undefined;
  #learnedAtMs = Number.NEGATIVE_INFINITY; // monotonic

  constructor(deps: KeyCacheDeps) {
    this.#deps = deps;
  }

  /** Fetches the first set and goes on fetching. @throws Error when the signer does not answer, or with a set that cannot be used */
  async fill(): Promise<void> {
    await this.#fetch().catch((error: unknown) => {
      throw whileDoing('initially filling key cache', whileDoing('performing initial cache fill', error));
    });
  }

  /** How long relying parties may keep the set: until it is fetched again. Whole seconds, 0 when that is overdue. */
  maxAgeSeconds(): number {
    return Math.max(0, Math.floor((this.#refreshAtMs - this.#deps.clock.monotonicMs()) / 1000));
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Resolves when the keys are as new as they can be had, or nobody should wait any longer. */
  #learn(): Promise<void> {
    this.#learning ??= this.#fetchSoon().finally(() => {
      this.#learning = undefined;
    });
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#deps.clock.setTimer(MAX_WAIT_MS, resolve);
    return Promise.race([this.#learning, late]).finally(() => timer.cancel());
  }

  async #fetchSoon(): Promise<void> {
    const { clock, log } = this.#deps;
    const waitMs = this.#learnedAtMs + MIN_INTERVAL_MS - clock.monotonicMs();
    if (waitMs > 0) await new Promise<void>((resolve) => clock.setTimer(waitMs, resolve));
    this.#learnedAtMs = clock.monotonicMs();
    await this.#fetch().catch((error: Error) => log.error('Error while syncing keys', { error: error.message }));
  }

  /** One at a time: who comes while one is under way gets its outcome. */
  #fetch(): Promise<void> {
    this.#fetching ??= this.#fetchNow().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchNow(): Promise<void> {
    const { client, observer } = this.#deps;
    try {
      const response = await client.fetchKeys().catch((error: unknown) => {
        throw whileDoing('getting externally supported jwt signing keys', error);
      });
      this.#put(acceptKeys(response), fingerprintOf(response));
      observer.keysFetched('OK');
    } catch (error) {
      observer.keysFetched(codeLabel(error));
      throw whileDoing('fetching token verification keys', error);
    }
  }

  #put({ entries, dataTimestamp, refreshHintSeconds }: FetchedKeys, fingerprint: string): void {
    this.#refreshAtMs = this.#deps.clock.monotonicMs() + refreshHintSeconds * 1000;
    this.#schedule(refreshHintSeconds * 1000);
    this.#deps.observer.keyData(dataTimestamp);
    if (fingerprint === this.#fingerprint) return; // what was rendered from the set is still right
    this.#fingerprint = fingerprint;
    this.keyring.replace({ entries, signer: undefined });
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    if (!this.#isStopped) this.#timer = this.#deps.clock.setTimer(delayMs, () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    await this.#fetch().catch((error: Error) => {
      if (this.#isStopped) return;
      this.#deps.log.error('when syncing supported public keys(Stale set of keys will be supported)', {
        error: error.message,
      });
      this.#schedule(RETRY_MS);
    });
  }
}

function fingerprintOf({ keys, dataTimestamp }: FetchKeysResponse): string {
  return JSON.stringify([
    dataTimestamp,
    keys.map(({ keyID, der, isExcluded }) => [keyID, Buffer.from(der).toString('base64'), isExcluded]),
  ]);
}
