/**
 * The frame of a controller that keeps one object of a fixed name in every namespace.
 *
 * It looks at a namespace when the namespace, or the object in it, was added, changed or deleted, and at all of them once
 * both collections are known. A namespace that is ending is left alone: whoever empties it must win.
 */
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Resource } from '@mayfly/sdk/kube/client';
import { type Informer, startInformer } from '@mayfly/sdk/kube/informer';
import type { Controller, ControllerDeps } from './controller.ts';
import type { SharedInformer } from './shared-informer.ts';
import { sleepOn } from './sleep.ts';
import { WorkQueue } from './work-queue.ts';

export const NAMESPACES: Resource = { group: '', version: 'v1', resource: 'namespaces' };

export interface NamespacedControllerDeps extends ControllerDeps {
  readonly namespaces: SharedInformer<Namespace>;
}

export interface EveryNamespace<T extends KubernetesObject> {
  readonly resource: Resource;
  /** Of the object, the same everywhere. */
  readonly name: string;
  /** Makes it so in one living namespace. `found` is shared, and may lag behind: a refusal that says so is no failure. */
  sync(namespace: string, found: T | undefined): Promise<void>;
}

export interface EveryNamespaceController extends Controller {
  /** Looks at every namespace again: what the object should hold has changed. */
  resync(): void;
  /** Resolves when every namespace there is at the start has been looked at once, with success or without. */
  readonly settled: Promise<void>;
}

/** Enough for the store to commit several in one go when many namespaces are made at once. */
const WORKERS = 4;

/** Starts at once. */
export function startInEveryNamespace<T extends KubernetesObject>(
  deps: NamespacedControllerDeps,
  kept: EveryNamespace<T>,
): EveryNamespaceController {
  return new RunningInEveryNamespace(deps, kept);
}

class RunningInEveryNamespace<T extends KubernetesObject> implements EveryNamespaceController {
  readonly settled: Promise<void>;
  readonly #kept: EveryNamespace<T>;
  readonly #namespaces: SharedInformer<Namespace>;
  readonly #objects: Informer<T>;
  readonly #queue: WorkQueue;

  constructor({ client, clock, log, namespaces }: NamespacedControllerDeps, kept: EveryNamespace<T>) {
    const { resource, name } = kept;
    const of = { resource: resource.resource, name };
    const changed = ({ metadata }: KubernetesObject) => this.#add(metadata?.namespace);
    const synced = Promise.withResolvers<void>();
    const begin = () => {
      this.resync();
      if (this.#isSynced()) synced.resolve(this.#queue.idle());
    };
    this.settled = synced.promise;
    this.#kept = kept;
    this.#namespaces = namespaces;
    this.#queue = new WorkQueue({
      clock,
      work: (namespace) => this.#look(namespace),
      failed: (namespace, error) => log.warn('a namespace lacks an object it should have', { namespace, ...of, error }),
      workers: WORKERS,
    });
    this.#objects = startInformer<T>({
      client,
      resource,
      select: { fieldSelector: `metadata.name=${name}` },
      handler: { changed, deleted: changed, synced: begin },
      sleep: sleepOn(clock),
      failed: (error) => log.warn('objects could not be watched', { ...of, error }),
    });
    const namespaceChanged = ({ metadata }: Namespace) => this.#add(metadata?.name);
    namespaces.subscribe({ changed: namespaceChanged, deleted: () => undefined, synced: begin });
  }

  resync(): void {
    for (const { metadata } of this.#namespaces.list()) this.#add(metadata?.name);
  }

  async stop(): Promise<void> {
    await this.#objects.stop();
    await this.#queue.stop();
  }

  #isSynced(): boolean {
    return this.#namespaces.isSynced() && this.#objects.isSynced();
  }

  #add(namespace = ''): void {
    if (this.#isSynced()) this.#queue.add(namespace); // before, everything would seem to be missing
  }

  async #look(namespace: string): Promise<'done'> {
    const known = this.#namespaces.get('', namespace);
    if (known === undefined || !isActive(known)) return 'done';
    try {
      await this.#kept.sync(namespace, this.#objects.get(namespace, this.#kept.name));
    } catch (error) {
      if (!isOvertaken(error) && !isNamespaceGone(error)) throw error;
    }
    return 'done';
  }
}

function isActive({ metadata, status }: Namespace): boolean {
  return metadata?.deletionTimestamp === undefined && status?.phase === 'Active';
}

/** The namespace went while we were at it: there is nothing left to do. */
export function isNamespaceGone(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false;
  return error.reason === 'NotFound' || hasCause(error, 'NamespaceTerminating');
}

/** Our copy lagged: the event that tells of the newer object is on its way, and brings us back. */
function isOvertaken(error: unknown): boolean {
  return error instanceof StatusError && (error.reason === 'AlreadyExists' || error.reason === 'Conflict');
}

function hasCause({ details }: StatusError, reason: string): boolean {
  return details?.causes?.some((cause) => cause.reason === reason) === true;
}
