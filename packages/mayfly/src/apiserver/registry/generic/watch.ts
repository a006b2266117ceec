/**
 * A watch of one collection: what exists (when asked for), then every change in revision order, then a quiet end.
 *
 * Every watch reads its own store watch, which keeps no more than a bounded backlog: a consumer that falls behind is cut
 * off there and resumes from its last version. Refusals that arise after the answer has begun travel as ERROR events.
 *
 * @see kubernetes/apiserver pkg/storage/cacher/cacher.go; spec kubernetes-wire §12
 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Timer } from '../../../clock/clock.ts';
import { CompactedError, SlowWatcherError } from '../../../storage/errors.ts';
import type { KeyValue, StoreWatch, WatchBatch } from '../../../storage/store.ts';
import type { EventStream, WatchEvent, WatchOptions } from '../rest.ts';
import { decodeShared } from './codec.ts';
import { awaitRevision } from './future.ts';
import type { Kind } from './kind.ts';
import { requestedRevision, requireValidWatch } from './list-options.ts';
import { type KeyRange, keyRangeOf, type Selection, selectionOf } from './selection.ts';
import { expiredError, storageStatus } from './storage-status.ts';
import { watchEventOf } from './watch-events.ts';

const BOOKMARK_INTERVAL_MS = 60_000;
const BOOKMARK_BEFORE_DEADLINE_MS = 2_000;
const INITIAL_CHUNK = 500;
const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

/** @throws StatusError Invalid, BadRequest. Everything later is an ERROR event. */
export function watchObjects(kind: Kind, namespace: string, options: WatchOptions): EventStream {
  requireValidWatch(options);
  requestedRevision(options.resourceVersion);
  return new RegistryWatch(kind, keyRangeOf(kind, namespace, options), selectionOf(kind, options), options);
}

class RegistryWatch implements EventStream {
  readonly #kind: Kind;
  readonly #range: KeyRange;
  readonly #selection: Selection;
  readonly #options: WatchOptions;
  readonly #timers: Timer[] = [];
  #interval: Timer | undefined;
  #watch: StoreWatch | undefined;
  #ended = false;
  #bookmarkDue = false;

  constructor(kind: Kind, range: KeyRange, selection: Selection, options: WatchOptions) {
    this.#kind = kind;
    this.#range = range;
    this.#selection = selection;
    this.#options = options;
    if (Number.isFinite(options.timeoutMs))
      this.#timers.push(kind.deps.clock.setTimer(options.timeoutMs, () => this.cancel()));
  }

  cancel(): void {
    this.#ended = true;
    for (const timer of this.#timers) timer.cancel();
    this.#interval?.cancel();
    this.#watch?.cancel();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly WatchEvent[]> {
    try {
      yield* this.#events();
    } catch (error) {
      if (error instanceof SlowWatcherError) return;
      yield [{ type: 'ERROR', object: this.#statusOf(error) }];
    } finally {
      this.cancel();
    }
  }

  async *#events(): AsyncGenerator<readonly WatchEvent[]> {
    const { resourceVersion, sendInitialEvents } = this.#options;
    const revision = requestedRevision(resourceVersion) ?? 0;
    if (revision > 0) await awaitRevision(this.#kind.deps, revision);
    if (sendInitialEvents ?? revision === 0) yield* this.#initialEvents();
    else this.#begin(revision === 0 ? undefined : revision + 1);
    if (this.#options.allowBookmarks) this.#scheduleBookmarks();
    yield* this.#liveEvents();
  }

  /** Everything that exists, at one revision; the live watch starts right behind it, before anything is told. */
  async *#initialEvents(): AsyncGenerator<readonly WatchEvent[]> {
    const { kvs, revision } = await this.#kind.deps.store.range(this.#range);
    this.#begin(revision + 1);
    for (let i = 0; i < kvs.length && !this.#ended; i += INITIAL_CHUNK) {
      const events = this.#added(kvs.slice(i, i + INITIAL_CHUNK));
      if (events.length > 0) yield events;
    }
    if (this.#options.sendInitialEvents === true && this.#options.allowBookmarks)
      yield [this.#bookmark(revision, INITIAL_EVENTS_END)];
  }

  #added(kvs: readonly KeyValue[]): WatchEvent[] {
    const events: WatchEvent[] = [];
    for (const kv of kvs) {
      const object = decodeShared(kv);
      if (this.#selection.matches(object)) events.push({ type: 'ADDED', object });
    }
    return events;
  }

  #begin(startRevision: number | undefined): void {
    this.#watch = this.#kind.deps.store.watch({
      ...this.#range,
      ...(startRevision === undefined ? {} : { startRevision }),
    });
    if (this.#ended) this.#watch.cancel();
  }

  async *#liveEvents(): AsyncGenerator<readonly WatchEvent[]> {
    if (this.#watch === undefined) return;
    for await (const batch of this.#watch) {
      const events = this.#eventsOf(batch);
      if (events.length > 0) yield events;
      if (this.#ended) return;
    }
  }

  #eventsOf(batch: WatchBatch): readonly WatchEvent[] {
    const events: WatchEvent[] = [];
    for (const change of batch.events) {
      const event = watchEventOf(change, this.#selection);
      if (event !== undefined) events.push(event);
    }
    if (this.#bookmarkDue) {
      this.#bookmarkDue = false;
      events.push(this.#bookmark(batch.revision));
    }
    return events;
  }

  /** The store answers a progress request behind all pending events, so a bookmark never overtakes one. */
  #scheduleBookmarks(): void {
    const { clock } = this.#kind.deps;
    const request = () => {
      this.#bookmarkDue = true;
      this.#watch?.requestProgress();
    };
    const repeat = () => {
      if (this.#ended) return;
      request();
      this.#interval = clock.setTimer(BOOKMARK_INTERVAL_MS, repeat);
    };
    this.#interval = clock.setTimer(BOOKMARK_INTERVAL_MS, repeat);
    const lastMs = this.#options.timeoutMs - BOOKMARK_BEFORE_DEADLINE_MS;
    if (lastMs > 0 && Number.isFinite(lastMs)) this.#timers.push(clock.setTimer(lastMs, request));
  }

  #bookmark(revision: number, annotations?: Record<string, string>): WatchEvent {
    const { kind } = this.#kind.strategy.definition;
    const metadata = { resourceVersion: String(revision), ...(annotations === undefined ? {} : { annotations }) };
    return { type: 'BOOKMARK', object: { kind, apiVersion: this.#kind.apiVersion, metadata } };
  }

  #statusOf(error: unknown): KubernetesObject {
    const known = error instanceof CompactedError ? this.#tooOld(error) : this.#mapped(error);
    return known.toStatus() as KubernetesObject;
  }

  #tooOld(error: CompactedError): StatusError {
    return expiredError(`too old resource version: ${this.#options.resourceVersion} (${error.compactRevision})`, error);
  }

  #mapped(error: unknown): StatusError {
    const status = storageStatus(error, this.#kind.resource, 'watch');
    if (status instanceof StatusError) return status;
    this.#kind.deps.log.error('a watch failed', { resource: this.#kind.resource.resource, error });
    return new StatusError('InternalError', 'Internal error occurred: the watch failed');
  }
}
