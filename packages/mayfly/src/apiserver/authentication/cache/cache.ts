/**
 * Remembers for ten seconds that a token was good. Failures are never remembered: a token that becomes valid works at
 * once, and a flood of garbage leaves no trace here, so it can push nothing out.
 *
 * Callers who bring the same token at the same time share one look-up, which outlives whoever gives up on it. Whatever
 * a successful look-up warned and annotated is told to each of them, and again on every hit.
 *
 * Entries end in the order in which they came (one TTL for all). That order is kept beside the map: looking for the first
 * of a map that has lost many from its front takes ever longer.
 *
 * @see kubernetes/apiserver pkg/authentication/token/cache; spec service-account-tokens §4.9, authentication §19
 */
import type { Awaitable } from '../../../awaitable.ts';
import type { Clock } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { Random } from '../../../random/random.ts';
import { type Authentication, type AuthenticationContext, failed, type TokenAuthenticator } from '../authenticator.ts';
import { newCacheKey } from './key.ts';
import { Queue } from './queue.ts';
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
  readonly give: (answer: Authentication) => void;
  readonly recorder: ContextRecorder;
  readonly endsAtMs: number;
}

interface Entry {
  readonly key: string;
  readonly answer: Authentication;
  readonly recorder: ContextRecorder;
  readonly expiresAtMs: number;
}

const CRASHED = failed('Internal error occurred: authentication failed unexpectedly');
const TIMED_OUT = failed('context deadline exceeded');

export class CachedTokenAuthenticator implements TokenAuthenticator {
  readonly #deps: TokenCacheDeps;
  readonly #keyOf: (token: string, audiences: readonly string[] | undefined) => string;
  readonly #entries = new Map<string, Entry>();
  #order = new Queue<Entry>();
  /** In the order of their time limits. */
  readonly #lookups = new Map<string, Lookup>();
  /** Under way when everything was forgotten. */
  readonly #forgotten = new Set<Lookup>();
  #isTimed = false;

  constructor(deps: TokenCacheDeps) {
    this.#deps = deps;
    this.#keyOf = newCacheKey(deps.random.bytes(32));
  }

  /** Live and expired entries still held. */
  get size(): number {
    return this.#entries.size;
  }

  /** Forgets every verdict, also those on their way: who waits for one learns it, nobody else does. */
  clear(): void {
    this.#entries.clear();
    this.#order = new Queue<Entry>();
    for (const lookup of this.#lookups.values()) this.#forgotten.add(lookup);
    this.#lookups.clear();
  }

  authenticateToken(token: string, context: AuthenticationContext): Awaitable<Authentication> {
    const startMs = this.#deps.clock.monotonicMs();
    const key = this.#keyOf(token, context.audiences);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAtMs <= startMs) return this.#miss(key, token, context, startMs);
    entry.recorder.replay(context);
    this.#deps.observer.request('hit', (this.#deps.clock.monotonicMs() - startMs) / 1000);
    return entry.answer;
  }

  async #miss(key: string, token: string, context: AuthenticationContext, startMs: number): Promise<Authentication> {
    const { observer, clock } = this.#deps;
    const shared = this.#lookups.get(key);
    const status = shared ? 'blocked' : 'in_flight';
    observer.activeFetch(status, 1);
    const lookup = shared ?? this.#lookUp(key, token, context.audiences, startMs);
    const answer = await lookup.answer;
    observer.activeFetch(status, -1);
    if (answer.outcome === 'authenticated') lookup.recorder.replay(context); // upstream drops what a failure said
    observer.request('miss', (clock.monotonicMs() - startMs) / 1000);
    return answer;
  }

  /** Starts a look-up that belongs to nobody: it ends by itself, and at the latest after its time limit. */
  #lookUp(key: string, token: string, audiences: readonly string[] | undefined, startMs: number): Lookup {
    const { promise: answer, resolve: give } = Promise.withResolvers<Authentication>();
    const recorder = new ContextRecorder(audiences);
    const lookup: Lookup = { answer, give, recorder, endsAtMs: startMs + LOOKUP_TIMEOUT_MS };
    this.#lookups.set(key, lookup);
    this.#limitLookups(LOOKUP_TIMEOUT_MS);
    void this.#ask(token, recorder).then((came) => {
      // Neither: its time was over.
      if (this.#lookups.get(key) === lookup) this.#end(key, lookup, came);
      else if (this.#forgotten.delete(lookup)) lookup.give(came);
    });
    return lookup;
  }

  #end(key: string, lookup: Lookup, answer: Authentication): void {
    this.#lookups.delete(key);
    this.#deps.observer.fetch(answer.outcome === 'failed' ? 'error' : 'ok');
    if (answer.outcome === 'authenticated') this.#store(key, lookup, answer);
    lookup.give(answer);
  }

  /** One timer for all look-ups: nearly all are over long before, and a timer for each would cost more than they do. */
  #limitLookups(inMs: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#deps.clock.setTimer(inMs, () => {
      this.#isTimed = false;
      const nowMs = this.#deps.clock.monotonicMs();
      for (const [key, lookup] of this.#lookups) {
        if (lookup.endsAtMs > nowMs) return this.#limitLookups(lookup.endsAtMs - nowMs);
        this.#end(key, lookup, TIMED_OUT);
      }
    });
  }

  /** Never rejects: a crash behind us refuses the token and is told to our log. */
  async #ask(token: string, recorder: ContextRecorder): Promise<Authentication> {
    try {
      return await this.#deps.inner.authenticateToken(token, recorder);
    } catch (error) {
      this.#deps.log.error('authentication failed unexpectedly', { error });
      return CRASHED;
    }
  }

  #store(key: string, { recorder }: Lookup, answer: Authentication): void {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#evict(nowMs);
    const entry: Entry = { key, answer, recorder, expiresAtMs: nowMs + SUCCESS_TTL_MS };
    this.#entries.set(key, entry);
    this.#order.push(entry);
  }

  #evict(nowMs: number): void {
    for (let first = this.#order.first; first !== undefined; first = this.#order.first) {
      if (first.expiresAtMs > nowMs && this.#entries.size < this.#deps.maxEntries) return;
      this.#order.shift();
      this.#entries.delete(first.key);
    }
  }
}
