/** A registry over a store of the test's choice, with a clock that stands still, and short forms of its calls. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVERY_FIELD, type FieldSelector } from '@mayfly/api/fields/selector';
import { EVERY_LABEL, type LabelSelector } from '@mayfly/api/labels/selector';
import type { KubernetesList, KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { FakeClock } from '../../clock/fake-clock.ts';
import { silentLog } from '../../log/log.ts';
import type { Random } from '../../random/random.ts';
import { SeededRandom } from '../../random/seeded-random.ts';
import { newMemoryStore } from '../../storage/memory/memory-store.ts';
import { openSQLiteStore } from '../../storage/sqlite/sqlite-store.ts';
import type { Store } from '../../storage/store.ts';
import { newRegistry, type Registry } from './registry.ts';
import type { DeleteOptions, EventStream, ListOptions, RequestContext, WatchEvent, WatchOptions } from './rest.ts';
import { systemContext } from './system-context.ts';

/** Any object, read loosely: tests look at fields of many kinds. */
export type Loose = KubernetesObject & Record<string, unknown>;

export type OpenStore = (clock: FakeClock) => Store;

/** Every registry suite runs over each of these. */
export const STORES: readonly { label: string; openStore: OpenStore }[] = [
  { label: 'memory', openStore: (clock) => newMemoryStore({ clock }) },
  { label: 'sqlite', openStore: openTemporary },
];

/** A store in a folder that goes when the store is closed. */
function openTemporary(clock: FakeClock): Store {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-registry-'));
  const store = openSQLiteStore({ path: join(folder, 'store.db'), clock });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  };
  return store;
}

export interface Fixture {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly registry: Registry;
  readonly warnings: string[];
  context(namespace: string, signal?: AbortSignal): RequestContext;
  create(resource: string, object: Loose, options?: { dryRun?: boolean; namespace?: string }): Promise<Loose>;
  get(resource: string, name: string, namespace?: string): Promise<Loose>;
  list(resource: string, options?: Partial<ListOptions>, namespace?: string): Promise<KubernetesList<Loose>>;
  watch(resource: string, options?: Partial<WatchOptions>, namespace?: string): Promise<Recorder>;
  put(resource: string, object: Loose, options?: { dryRun?: boolean; path?: string }): Promise<Loose>;
  patch(resource: string, name: string, change: (current: Loose) => Loose, namespace?: string): Promise<Loose>;
  remove(
    resource: string,
    name: string,
    options?: Partial<DeleteOptions>,
    namespace?: string,
  ): Promise<{ object: Loose; removed: boolean }>;
}

const DEFAULT_NAMESPACE = 'ns1';
const admitAll = async (): Promise<void> => undefined;

/** @param openStore default: in memory */
export function newFixture(
  openStore: OpenStore = (clock) => newMemoryStore({ clock }),
  random: Random = new SeededRandom(7),
): Fixture {
  const clock = new FakeClock();
  const store = openStore(clock);
  const registry = newRegistry({ store, clock, random, log: silentLog });
  const warnings: string[] = [];
  const context = (namespace: string, signal?: AbortSignal): RequestContext => ({
    ...systemContext(namespace),
    ...(signal === undefined ? {} : { signal }),
    warn: (text) => void warnings.push(text),
  });
  const at = (resource: string, namespace = DEFAULT_NAMESPACE) => {
    const storage = registry.resource(resource);
    return { storage, context: context(storage.definition.namespaced ? namespace : '') };
  };
  return {
    clock,
    store,
    registry,
    warnings,
    context,
    async create(resource, object, { dryRun = false, namespace } = {}) {
      const { storage, context } = at(resource, namespace);
      assert(storage.create);
      return (await storage.create(context, object, { dryRun, validate: admitAll })) as Loose;
    },
    async get(resource, name, namespace) {
      const { storage, context } = at(resource, namespace);
      assert(storage.get);
      return (await storage.get(context, name)) as Loose;
    },
    async list(resource, options, namespace) {
      const { storage, context } = at(resource, namespace);
      assert(storage.list);
      return (await storage.list(context, { ...LIST, ...options })) as KubernetesList<Loose>;
    },
    async watch(resource, options, namespace) {
      const { storage, context } = at(resource, namespace);
      assert(storage.watch);
      return new Recorder(await storage.watch(context, { ...WATCH, ...options }));
    },
    async put(resource, object, { dryRun = false, path } = {}) {
      const { storage, context } = at(resource, object.metadata?.namespace);
      const target =
        path === undefined ? storage : storage.subresources?.find(({ definition }) => definition.name === path);
      assert(target?.update);
      const options = { dryRun, validate: admitAll };
      return (await target.update(context, object.metadata?.name ?? '', async () => object, options)).object as Loose;
    },
    async patch(resource, name, change, namespace) {
      const { storage, context } = at(resource, namespace);
      assert(storage.update);
      const transform = async (current: KubernetesObject | undefined) => change(current as Loose);
      return (await storage.update(context, name, transform, { dryRun: false, validate: admitAll })).object as Loose;
    },
    async remove(resource, name, options, namespace) {
      const { storage, context } = at(resource, namespace);
      assert(storage.delete);
      return (await storage.delete(context, name, { ...DELETE, ...options })) as { object: Loose; removed: boolean };
    },
  };
}

export const LIST: ListOptions = {
  labelSelector: EVERY_LABEL,
  fieldSelector: EVERY_FIELD,
  limit: 0,
  continue: '',
  resourceVersion: '',
  resourceVersionMatch: '',
};

export const WATCH: WatchOptions = {
  labelSelector: EVERY_LABEL,
  fieldSelector: EVERY_FIELD,
  resourceVersion: '',
  resourceVersionMatch: '',
  sendInitialEvents: undefined,
  allowBookmarks: false,
  timeoutMs: 600_000,
};

export const DELETE: DeleteOptions = {
  dryRun: false,
  gracePeriodSeconds: undefined,
  preconditions: {},
  propagationPolicy: undefined,
  validate: admitAll,
};

export function labelled(key: string, value: string): LabelSelector {
  return { requirements: [{ key, operator: 'In', values: [value] }] };
}

export function withField(field: string, value: string): FieldSelector {
  return { requirements: [{ field, operator: '=', value }] };
}

/** Reads a stream in the background and hands out its events one by one. */
export class Recorder {
  readonly stream: EventStream;
  readonly #iterator: AsyncIterator<readonly WatchEvent[]>;
  readonly #pending: WatchEvent[] = [];

  constructor(stream: EventStream) {
    this.stream = stream;
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  /** The next event; undefined at the end of the stream. */
  async next(): Promise<(WatchEvent & { object: Loose }) | undefined> {
    while (this.#pending.length === 0) {
      const { done, value } = await this.#iterator.next();
      if (done === true) return undefined;
      this.#pending.push(...value);
    }
    return this.#pending.shift() as WatchEvent & { object: Loose };
  }

  /** Type and name of the next `count` events. */
  async take(count: number): Promise<string[]> {
    const seen: string[] = [];
    for (let i = 0; i < count; i++) {
      const event = await this.next();
      seen.push(event === undefined ? 'end' : `${event.type} ${event.object.metadata?.name ?? ''}`.trim());
    }
    return seen;
  }
}

/** Awaits a refusal and returns it. */
export async function refusal(promise: Promise<unknown>): Promise<StatusError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert(error instanceof StatusError, `expected a StatusError, got ${String(error)}`);
  return error;
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

export function pod(name: string, more: Loose & { spec?: object } = {}): Loose {
  const { spec, ...rest } = more;
  return { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec }, ...rest };
}
