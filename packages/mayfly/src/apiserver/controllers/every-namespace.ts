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
import { startInformer } from '@mayfly/sdk/kube/informer';
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

export function startInEveryNamespace<T extends KubernetesObject>(
  { client, clock, log, namespaces }: NamespacedControllerDeps,
  { resource, name, sync }: EveryNamespace<T>,
): EveryNamespaceController {
  const work = async (namespace: string): Promise<'done'> => {
    const known = namespaces.get('', namespace);
    if (known === undefined || !isActive(known)) return 'done';
    try {
      await sync(namespace, objects.get(namespace, name));
    } catch (error) {
      if (!isOvertaken(error) && !isNamespaceGone(error)) throw error;
    }
    return 'done';
  };
  const failed = (namespace: string, error: unknown) =>
    log.warn('a namespace lacks an object it should have', { namespace, resource: resource.resource, name, error });
  const queue = new WorkQueue({ clock, work, failed, workers: WORKERS });
  const add = (namespace = '') => {
    if (namespaces.isSynced() && objects.isSynced()) queue.add(namespace); // before, everything would seem to be missing
  };
  const resync = () => {
    for (const { metadata } of namespaces.list()) add(metadata?.name);
  };
  let settle: (settled: Promise<void>) => void;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const begin = () => {
    resync();
    if (namespaces.isSynced() && objects.isSynced()) settle(queue.idle());
  };
  const changed = ({ metadata }: KubernetesObject) => add(metadata?.namespace);
  const objects = startInformer<T>({
    client,
    resource,
    select: { fieldSelector: `metadata.name=${name}` },
    handler: { changed, deleted: changed, synced: begin },
    sleep: sleepOn(clock),
    failed: (error) => log.warn('objects could not be watched', { resource: resource.resource, name, error }),
  });
  namespaces.subscribe({ changed: ({ metadata }) => add(metadata?.name), deleted: () => undefined, synced: begin });
  return {
    resync,
    settled,
    async stop() {
      await objects.stop();
      await queue.stop();
    },
  };
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
