/** One informer for several controllers that follow the same collection: one list, one watch, one copy in memory. */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Resource } from '@mayfly/sdk/kube/client';
import { type Informer, type InformerHandler, startInformer } from '@mayfly/sdk/kube/informer';
import type { ControllerDeps } from './controller.ts';
import { sleepOn } from './sleep.ts';

export interface SharedInformer<T extends KubernetesObject> extends Informer<T> {
  /** To be called in the turn in which the informer was started: nothing is told twice. */
  subscribe(handler: InformerHandler<T>): void;
}

/** Starts at once. */
export function startSharedInformer<T extends KubernetesObject>(
  resource: Resource,
  { client, clock, log }: ControllerDeps,
): SharedInformer<T> {
  const handlers: InformerHandler<T>[] = [];
  const informer = startInformer<T>({
    client,
    resource,
    handler: {
      changed(object) {
        for (const handler of handlers) handler.changed(object);
      },
      deleted(object) {
        for (const handler of handlers) handler.deleted(object);
      },
      synced() {
        for (const handler of handlers) handler.synced?.();
      },
    },
    sleep: sleepOn(clock),
    failed: (error) => log.warn('a collection could not be watched', { resource: resource.resource, error }),
  });
  return {
    get: (namespace, name) => informer.get(namespace, name),
    list: () => informer.list(),
    isSynced: () => informer.isSynced(),
    stop: () => informer.stop(),
    subscribe: (handler) => void handlers.push(handler),
  };
}
