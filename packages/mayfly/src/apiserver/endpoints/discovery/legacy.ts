/**
 * The four unaggregated discovery documents.
 *
 * @see kubernetes/apiserver pkg/endpoints/discovery/{root,group,version,legacy}.go; spec kubernetes-wire §4
 */
import { createHash } from 'node:crypto';
import { apiVersionOf } from '@mayfly/api/meta/v1/group-version';
import type { ResourceDefinition, ResourceStorage, SubresourceDefinition } from '../../registry/rest.ts';
import type { GroupVersionResources } from './groups.ts';

interface GroupVersionForDiscovery {
  readonly groupVersion: string;
  readonly version: string;
}

interface GroupDocument {
  readonly name: string;
  readonly versions: readonly GroupVersionForDiscovery[];
  readonly preferredVersion: GroupVersionForDiscovery;
}

/** `/api`. @param serverAddress `host:port` by which clients in any network reach this server */
export function apiVersionsDocument(serverAddress: string): unknown {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `/apis`. */
export function apiGroupListDocument(groups: readonly GroupVersionResources[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupNames(groups).map((name) => group(name, groups)) };
}

/** `/apis/{group}`. */
export function apiGroupDocument(name: string, groups: readonly GroupVersionResources[]): unknown {
  return { kind: 'APIGroup', apiVersion: 'v1', ...group(name, groups) };
}

/** `/api/v1`, `/apis/{group}/{version}`. */
export function apiResourceListDocument(served: GroupVersionResources): unknown {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(served),
    resources: served.resources.flatMap((storage) => resourceRows(storage)),
  };
}

function groupNames(groups: readonly GroupVersionResources[]): readonly string[] {
  return [...new Set(groups.map(({ group: name }) => name))].filter((name) => name !== '');
}

function group(name: string, groups: readonly GroupVersionResources[]): GroupDocument {
  const versions = groups
    .filter((served) => served.group === name)
    .map((served) => ({ groupVersion: apiVersionOf(served), version: served.version }));
  return { name, versions, preferredVersion: versions[0] as GroupVersionForDiscovery };
}

function resourceRows({ definition, subresources = [] }: ResourceStorage): unknown[] {
  return [resourceRow(definition), ...subresources.map((sub) => subresourceRow(definition, sub.definition))];
}

function resourceRow(definition: ResourceDefinition): unknown {
  const isStored = definition.verbs.includes('get');
  return {
    name: definition.resource,
    singularName: definition.singular,
    namespaced: definition.namespaced,
    kind: definition.kind,
    verbs: definition.verbs,
    ...(definition.shortNames === undefined ? {} : { shortNames: definition.shortNames }),
    ...(definition.categories === undefined ? {} : { categories: definition.categories }),
    ...(isStored ? { storageVersionHash: storageVersionHash(definition) } : {}),
  };
}

function subresourceRow(parent: ResourceDefinition, definition: SubresourceDefinition): unknown {
  const { group: bodyGroup, version, kind, verbs } = definition;
  const differs = bodyGroup !== parent.group || version !== parent.version;
  return {
    name: `${parent.resource}/${definition.name}`,
    singularName: '',
    namespaced: parent.namespaced,
    ...(differs ? { group: bodyGroup, version } : {}),
    kind,
    verbs,
  };
}

function storageVersionHash({ group: name, version, kind }: ResourceDefinition): string {
  return createHash('sha256').update(`${name}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}
