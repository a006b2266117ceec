/**
 * Follows kinds on behalf of a part that keeps them in memory: everything at once, then each change.
 *
 * A feed that breaks (the store cut it off, a value could not be read) starts over with a whole replacement, so its sink
 * is late for a moment but never stays wrong.
 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Clock } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { ObjectEvent, ObjectReader, ObjectWatch } from './reader.ts';
import type { Stored } from './strategy.ts';

export interface FeedSink<T extends KubernetesObject> {
  /** All objects, one list per reader, in the readers' order. */
  replace(objects: readonly (readonly Stored<T>[])[]): void;
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Stored<T>): void;
}

export interface Feed {
  /** Resolves after the first `replace`. */
  readonly synced: Promise<void>;
  stop(): Promise<void>;
}

export interface FeedOptions<T extends KubernetesObject> {
  readonly readers: readonly ObjectReader<T>[];
  readonly sink: FeedSink<T>;
  readonly clock: Clock;
  readonly log: Log;
}

const RESTART_DELAY_MS = 100;

/** Starts at once. */
export function startFeed<T extends KubernetesObject>({ readers, sink, clock, log }: FeedOptions<T>): Feed {
  const { promise: synced, resolve: resolveSynced } = Promise.withResolvers<void>();
  let stopped = false;
  let watches: readonly ObjectWatch<Stored<T>>[] = [];
  let wake = (): void => undefined;
  const cancelAll = () => {
    for (const watch of watches) watch.cancel();
  };
  const followOnce = async () => {
    watches = readers.map((reader) => reader.watch());
    const sources = await Promise.all(watches.map((watch) => collect(watch[Symbol.asyncIterator]())));
    sink.replace(sources.map(({ objects }) => objects));
    resolveSynced();
    await Promise.all(sources.map((source) => applyAll(source, sink).finally(cancelAll)));
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = clock.setTimer(RESTART_DELAY_MS, resolve);
      wake = () => {
        timer.cancel();
        resolve();
      };
    });
  const run = async () => {
    while (!stopped) {
      await followOnce().catch((error: unknown) => log.error('a feed of stored objects broke', { error }));
      cancelAll();
      if (!stopped) await pause();
    }
  };
  const running = run();
  return {
    synced,
    async stop() {
      stopped = true;
      cancelAll();
      wake();
      await running;
    },
  };
}

type Batches<T extends KubernetesObject> = AsyncIterator<readonly ObjectEvent<Stored<T>>[]>;

interface Source<T extends KubernetesObject> {
  readonly objects: readonly Stored<T>[];
  /** Changes that came with the last initial batch. */
  readonly early: readonly ObjectEvent<Stored<T>>[];
  readonly batches: Batches<T>;
}

/** Reads up to the bookmark that ends the initial events. */
async function collect<T extends KubernetesObject>(batches: Batches<T>): Promise<Source<T>> {
  const objects: Stored<T>[] = [];
  for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
    const end = next.value.findIndex(({ type }) => type === 'BOOKMARK');
    for (const event of end < 0 ? next.value : next.value.slice(0, end)) objects.push(objectOf(event));
    if (end >= 0) return { objects, early: next.value.slice(end + 1), batches };
  }
  throw new Error('the watch ended before it had told everything');
}

async function applyAll<T extends KubernetesObject>(source: Source<T>, sink: FeedSink<T>): Promise<void> {
  for (const event of source.early) apply(event, sink);
  for (let next = await source.batches.next(); next.done !== true; next = await source.batches.next())
    for (const event of next.value) apply(event, sink);
}

function apply<T extends KubernetesObject>(event: ObjectEvent<Stored<T>>, sink: FeedSink<T>): void {
  const object = objectOf(event);
  if (event.type === 'ADDED' || event.type === 'MODIFIED' || event.type === 'DELETED') sink.apply(event.type, object);
}

/** @throws when the event says why the watch ended */
function objectOf<T extends KubernetesObject>({ type, object }: ObjectEvent<Stored<T>>): Stored<T> {
  if (type === 'ERROR') throw new Error('the watch ended with an error', { cause: object });
  return object;
}
