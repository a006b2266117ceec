import type { ResourceStorage } from '../../registry/rest.ts';

/** Every resource of one group version. */
export interface GroupVersionResources {
  readonly group: string;
  readonly version: string;
  /** By name. */
  readonly resources: readonly ResourceStorage[];
}

/** Core first, then by name: the order in which clients look up a short name. */
export function groupVersionsOf(resources: readonly ResourceStorage[]): readonly GroupVersionResources[] {
  const groups = new Map<string, { group: string; version: string; resources: ResourceStorage[] }>();
  for (const storage of resources) {
    const { group, version } = storage.definition;
    const key = `${group}/${version}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { group, version, resources: [storage] });
    else known.resources.push(storage);
  }
  for (const { resources: members } of groups.values()) members.sort(byResource);
  return [...groups.values()].sort((a, b) => compare(a.group, b.group) || compare(a.version, b.version));
}

function byResource(a: ResourceStorage, b: ResourceStorage): number {
  return compare(a.definition.resource, b.definition.resource);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
