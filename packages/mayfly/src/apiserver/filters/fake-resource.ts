import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { EventStream, ResourceStorage, WatchEvent } from '../registry/rest.ts';

/** A watch that a test feeds by hand. */
export class FakeEventStream implements EventStream {
  readonly #batches: (readonly WatchEvent[])[] = [];
  #wake: () => void = () => undefined;
  #done = false;
  cancelled = false;

  push(...events: WatchEvent[]): void {
    this.#batches.push(events);
    this.#wake();
  }

  end(): void {
    this.#done = true;
    this.#wake();
  }

  cancel(): void {
    this.cancelled = true;
    this.end();
  }

  #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly WatchEvent[]> {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch !== undefined) yield batch;
      else if (this.#done) return;
      else await this.#more();
    }
  }
}

/** ConfigMaps that do what a test says and store nothing. */
export function fakeConfigMaps(behaviour: Partial<ResourceStorage> = {}): ResourceStorage {
  return {
    definition: {
      group: '',
      version: 'v1',
      resource: 'configmaps',
      singular: 'configmap',
      kind: 'ConfigMap',
      namespaced: true,
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['cm'],
      schema: 'core/v1.ConfigMap',
    },
    ...behaviour,
  };
}

export function configMap(name: string, resourceVersion = '1', data: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    ...{ data },
  };
}
