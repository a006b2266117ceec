/**
 * Remembers for ten seconds that a token was good. Failures are never remembered: a token that becomes valid works at
 * once, and a flood of garbage leaves no trace here, so it can push nothing out.
 *
 * Callers who bring the same token at the same time share one look-up, which outlives whoever gives up on it. Whatever
 * a successful look-up warned and annotated is told to each of them, and again on every hit.
 *
 * Entries are in the order of their expiry (one TTL for all), so the first is always the next to go.
 *
 * @see kubernetes/apiserver pkg/authentication/token/cache; spec service-account-tokens §4.9, authentication §19
 */
import type { Clock } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { Random } from '../../../random/random.ts';
import { type Authentication, type AuthenticationContext, failed, type TokenAuthenticator } from '../authenticator.ts';
import { newCacheKey } from './key.ts';
import { ContextRecorder } from './recorder.ts';

export const SUCCESS_TTL_MS = 10_000;
const LOOKUP_TIMEOUT_MS = 30_000;

/** About 60 MB when full of usual tokens' users. A flood of distinct valid tokens evicts the oldest beyond this. */
export const MAX_CACHED_TOKENS = 32_768;

/** Counts for `authentication_token_cache_*` (spec §16). */
export interface TokenCacheObserver {
  request(status: 'hit' | 'miss', durationSeconds: number): void;
  fetch(status: 'ok' | 'error'): void;
  /** A gauge: +1 at the start, -1 at the end. */
  activeFetch(status: 'in_flight' | 'blocked', delta: 1 | -1): void;
}

export interface TokenCacheDeps {
  readonly inner: TokenAuthenticator;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly observer: TokenCacheObserver;
  /** Entries kept at most; `MAX_CACHED_TOKENS` in production. */
  readonly maxEntries: number;
}

interface Lookup {
  readonly answer: Promise<Authentication>;
  readonly recorder: ContextRecorder;
}

interface Entry extends Lookup {
  readonly expiresAtMs: number;
}

const CRASHED = failed('Internal error occurred: authentication failed unexpectedly');
const TIMED_OUT = failed('context deadline exceeded');

export class CachedTokenAuthenticator implements TokenAuthenticator {
  readonly #deps: TokenCacheDeps;
  readonly #keyOf: (token: string, audiences: readonly string[] | undefined) => string;
  readonly #entries = new Map<string, Entry>();
  readonly #lookups = new Map<string, Lookup>();

  constructor(deps: TokenCacheDeps) {
    this.#deps = deps;
    this.#keyOf = newCacheKey(deps.random.bytes(32));
  }

  /** Live and expired entries still held. */
  get size(): number {
    return this.#entries.size;
  }

  /** Forgets every verdict, also those on their way: their callers learn them, nobody else does. */
  clear(): void {
    this.#entries.clear();
    this.#lookups.clear();
  }

  authenticateToken(token: string, context: AuthenticationContext): Promise<Authentication> {
    const startMs = this.#deps.clock.monotonicMs();
    const key = this.#keyOf(token, context.audiences);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAtMs <= startMs) return this.#miss(key, token, context, startMs);
    entry.recorder.replay(context);
    this.#deps.observer.request('hit', (this.#deps.clock.monotonicMs() - startMs) / 1000);
    return entry.answer; // the settled promise itself: a hit allocates nothing
  }

  async #miss(key: string, token: string, context: AuthenticationContext, startMs: number): Promise<Authentication> {
    const { observer, clock } = this.#deps;
    const shared = this.#lookups.get(key);
    const status = shared ? 'blocked' : 'in_flight';
    observer.activeFetch(status, 1);
    const lookup = shared ?? this.#lookUp(key, token, context.audiences);
    const answer = await lookup.answer;
    observer.activeFetch(status, -1);
    if (answer.outcome === 'authenticated') lookup.recorder.replay(context); // upstream drops what a failure said
    observer.request('miss', (clock.monotonicMs() - startMs) / 1000);
    return answer;
  }

  /** Starts a look-up that belongs to nobody: it ends by itself, and at the latest after its time limit. */
  #lookUp(key: string, token: string, audiences: readonly string[] | undefined): Lookup {
    const recorder = new ContextRecorder(audiences);
    const lookup: Lookup = { recorder, answer: this.#settle(token, recorder) };
    this.#lookups.set(key, lookup);
    void lookup.answer.then((answer) => {
      const isCurrent = this.#lookups.get(key) === lookup; // else it began before everything was forgotten
      if (isCurrent) this.#lookups.delete(key);
      this.#deps.observer.fetch(answer.outcome === 'failed' ? 'error' : 'ok');
      if (isCurrent && answer.outcome === 'authenticated') this.#store(key, lookup);
    });
    return lookup;
  }

  /** Never rejects: a crash behind us refuses the token and is told to our log. */
  #settle(token: string, recorder: ContextRecorder): Promise<Authentication> {
    return new Promise((resolve) => {
      const timer = this.#deps.clock.setTimer(LOOKUP_TIMEOUT_MS, () => resolve(TIMED_OUT));
      const settle = (answer: Authentication): void => {
        timer.cancel();
        resolve(answer);
      };
      this.#ask(token, recorder).then(settle, (error: unknown) => {
        this.#deps.log.error('authentication failed unexpectedly', { error });
        settle(CRASHED);
      });
    });
  }

  async #ask(token: string, recorder: ContextRecorder): Promise<Authentication> {
    return this.#deps.inner.authenticateToken(token, recorder); // async, so that a synchronous throw rejects too
  }

  #store(key: string, lookup: Lookup): void {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#entries.delete(key); // an expired one would keep its old place in the order
    this.#evict(nowMs);
    this.#entries.set(key, { ...lookup, expiresAtMs: nowMs + SUCCESS_TTL_MS });
  }

  #evict(nowMs: number): void {
    for (const [key, { expiresAtMs }] of this.#entries) {
      if (expiresAtMs > nowMs && this.#entries.size < this.#deps.maxEntries) return;
      this.#entries.delete(key);
    }
  }
}
