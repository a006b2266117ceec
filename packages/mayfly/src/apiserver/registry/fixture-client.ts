/** The client that controllers are handed, answered by a registry without HTTP between them. For tests. */
import assert from 'node:assert/strict';
import { parseFieldSelector } from '@mayfly/api/fields/selector';
import { apiVersionOf } from '@mayfly/api/meta/v1/group-version';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { applyMergePatch } from '@mayfly/api/patch/merge-patch';
import type { WatchOptions as ClientWatchOptions, KubeClient, KubeWatchEvent, Resource } from '@mayfly/sdk/kube/client';
import { DELETE, type Fixture, LIST, type Loose, WATCH } from './fixture.ts';
import type { ResourceStorage } from './rest.ts';

export interface FixtureClient extends KubeClient {
  /** `VERB resource name` of every write, in order. */
  readonly writes: string[];
}

/** Covers what the controllers ask for; label selectors are not read. */
export function newFixtureClient(fixture: Fixture): FixtureClient {
  const writes: string[] = [];
  const storageOf = ({ resource }: Resource): ResourceStorage => fixture.registry.resource(resource);
  const wrote = (verb: string, { resource }: Resource, name: string) => void writes.push(`${verb} ${resource} ${name}`);
  return {
    writes,
    get: async (resource, { namespace = '', name = '' }) => as(await fixture.get(resource.resource, name, namespace)),
    list: async (resource, { namespace = '', fieldSelector = '' } = {}) =>
      as(await fixture.list(resource.resource, { fieldSelector: parseFieldSelector(fieldSelector) }, namespace)),
    async create(resource, object) {
      wrote('POST', resource, object.metadata?.name ?? '');
      return as(
        await fixture.create(resource.resource, object as Loose, { namespace: object.metadata?.namespace ?? '' }),
      );
    },
    async update(resource, object, subresource) {
      wrote('PUT', resource, `${object.metadata?.name ?? ''}${subresource === undefined ? '' : `/${subresource}`}`);
      const path = subresource === undefined ? {} : { path: subresource };
      return as(await fixture.put(resource.resource, object as KubernetesObject as Loose, path));
    },
    async patch(resource, { namespace = '', name = '' }, patch, { type }) {
      assert.equal(type, 'merge');
      wrote('PATCH', resource, name);
      const change = (current: Loose) => applyMergePatch(current, patch) as Loose;
      return as(await fixture.patch(resource.resource, name, change, namespace));
    },
    async delete(resource, { namespace = '', name = '' }, options) {
      wrote('DELETE', resource, name);
      await fixture.remove(resource.resource, name, options, namespace);
    },
    async deleteCollection(resource, { namespace = '' }, options) {
      wrote('DELETE', resource, '*');
      await storageOf(resource).deleteCollection?.(fixture.context(namespace), { ...DELETE, ...options }, LIST);
    },
    async *watch<T extends KubernetesObject>(
      resource: Resource,
      { resourceVersion = '', fieldSelector = '', signal }: ClientWatchOptions = {},
    ) {
      const options = { ...WATCH, resourceVersion, fieldSelector: parseFieldSelector(fieldSelector) };
      const stream = await storageOf(resource).watch?.(fixture.context(''), options);
      assert(stream);
      signal?.addEventListener('abort', () => stream.cancel());
      if (signal?.aborted === true) stream.cancel();
      for await (const events of stream) for (const event of events) yield event as KubeWatchEvent<T>;
    },
    request: async (_method, path) => discovery(fixture, path),
  };
}

function discovery({ registry }: Fixture, path: string): unknown {
  const definitions = registry.resources().map(({ definition }) => definition);
  const groupVersions = new Set(definitions.filter(({ group }) => group !== '').map(apiVersionOf));
  if (path === '/apis')
    return { groups: [...groupVersions].map((groupVersion) => ({ preferredVersion: { groupVersion } })) };
  const groupVersion = path.replace(/^\/apis?\//, '');
  const served = definitions.filter((definition) => apiVersionOf(definition) === groupVersion);
  return { groupVersion, resources: served.map((definition) => ({ ...definition, name: definition.resource })) };
}

function as<T>(value: unknown): T {
  return value as T;
}
