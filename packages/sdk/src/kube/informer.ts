/**
 * Keeps a copy of a collection: list, watch, and again when the watch breaks.
 *
 * A watch that ends is resumed from the last version seen, bookmarks included. A version the server has forgotten (410)
 * starts over with a list, and what vanished meanwhile is told as deleted. Failures back off, and never end the informer.
 *
 * @see kubernetes/client-go tools/cache/reflector.go; spec kubernetes-wire §22.2
 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { KubeClient, ListOptions, Resource } from './client.ts';

export interface InformerHandler<T extends KubernetesObject> {
  /** Added or changed. */
  changed(object: T): void;
  deleted(object: T): void;
  /** The first list is complete. */
  synced?(): void;
}

export interface InformerOptions<T extends KubernetesObject> {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly resource: Resource;
  readonly select?: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;
  readonly handler: InformerHandler<T>;
  /** Waits before the next attempt; must return early when the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly failed?: (error: unknown) => void;
}

export interface Informer<T extends KubernetesObject> {
  get(namespace: string, name: string): T | undefined;
  list(): readonly T[];
  /** True once the first list is complete. */
  isSynced(): boolean;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

const PAGE = 500;
const WATCH_SECONDS = 300;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 30_000;

/** Starts at once. */
export function startInformer<T extends KubernetesObject>(options: InformerOptions<T>): Informer<T> {
  return new RunningInformer(options);
}

class RunningInformer<T extends KubernetesObject> implements Informer<T> {
  readonly #options: InformerOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #synced = false;
  /** Undefined: list first. */
  #version: string | undefined;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.#running = this.#run();
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  isSynced(): boolean {
    return this.#synced;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    let delayMs = FIRST_DELAY_MS;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#relist();
        await this.#follow();
        delayMs = FIRST_DELAY_MS;
      } catch (error) {
        if (isExpired(error)) this.#version = undefined;
        else if (!signal.aborted) this.#options.failed?.(error);
        delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
      }
      await this.#options.sleep(delayMs, signal); // also after a clean end: a server that ends every watch at once
    }
  }

  async #relist(): Promise<void> {
    const present = new Map<string, T>();
    let next = '';
    let version: string | undefined;
    do {
      const page = await this.#options.client.list<T>(this.#options.resource, {
        ...this.#options.select,
        limit: PAGE,
        ...(next === '' ? {} : { continue: next }),
      });
      for (const object of page.items) present.set(keyOf(object), object);
      next = page.metadata.continue ?? '';
      version = page.metadata.resourceVersion;
    } while (next !== '');
    this.#replace(present);
    this.#version = version;
  }

  #replace(present: ReadonlyMap<string, T>): void {
    for (const [key, object] of [...this.#objects]) if (!present.has(key)) this.#delete(object);
    for (const object of present.values()) {
      const known = this.#objects.get(keyOf(object));
      if (known?.metadata?.resourceVersion !== object.metadata?.resourceVersion || known === undefined)
        this.#set(object);
    }
    if (this.#synced) return;
    this.#synced = true;
    this.#options.handler.synced?.();
  }

  async #follow(): Promise<void> {
    const { client, resource, select } = this.#options;
    const events = client.watch<T>(resource, {
      ...select,
      resourceVersion: this.#version ?? '',
      allowWatchBookmarks: true,
      timeoutSeconds: WATCH_SECONDS,
      signal: this.#stopped.signal,
    });
    for await (const { type, object } of events) {
      if (type === 'DELETED') this.#delete(object);
      else if (type !== 'BOOKMARK') this.#set(object);
      this.#version = object.metadata?.resourceVersion ?? this.#version;
    }
  }

  #set(object: T): void {
    const known = this.#objects.get(keyOf(object));
    // Made anew while we did not look: the one before is gone, and whoever follows it must be told.
    if (known !== undefined && known.metadata?.uid !== object.metadata?.uid) this.#delete(known);
    this.#objects.set(keyOf(object), object);
    this.#options.handler.changed(object);
  }

  #delete(object: T): void {
    this.#objects.delete(keyOf(object));
    this.#options.handler.deleted(object);
  }
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

/** The server no longer knows our version: 410 as an answer or as an event. */
function isExpired(error: unknown): boolean {
  return error instanceof StatusError && error.code === 410;
}
