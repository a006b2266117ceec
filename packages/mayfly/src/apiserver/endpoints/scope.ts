/** Where a resource request ends: one scope for each resource and each of its subresources, made once at start. */
import type { GroupResource } from '@mayfly/api/meta/v1/group-version';
import type { ResourceDefinition, ResourceStorage, SubresourceStorage } from '../registry/rest.ts';
import type { RequestInfo } from '../requestinfo/request-info.ts';
import { type TableConvertor, tableConvertor } from './table/table.ts';

/** Group, version and kind of a body, and its message in the schema. */
export interface BodyKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: string;
}

export class Scope {
  readonly storage: ResourceStorage;
  readonly subresource: SubresourceStorage | undefined;
  readonly definition: ResourceDefinition;
  readonly groupResource: GroupResource;
  readonly body: BodyKind;
  #table: TableConvertor | undefined;

  constructor(storage: ResourceStorage, subresource?: SubresourceStorage) {
    this.storage = storage;
    this.subresource = subresource;
    this.definition = storage.definition;
    this.groupResource = { group: storage.definition.group, resource: storage.definition.resource };
    this.body = subresource?.definition ?? storage.definition;
  }

  get subresourceName(): string {
    return this.subresource?.definition.name ?? '';
  }

  get table(): TableConvertor {
    this.#table ??= tableConvertor(this.definition.group, this.definition.resource);
    return this.#table;
  }
}

/** Finds the scope of a request by group, version, resource and subresource. */
export class Scopes {
  readonly #scopes = new Map<string, Scope>();

  constructor(resources: readonly ResourceStorage[]) {
    for (const storage of resources) {
      const { group, version, resource } = storage.definition;
      this.#scopes.set(keyOf(group, version, resource, ''), new Scope(storage));
      for (const subresource of storage.subresources ?? []) {
        const scope = new Scope(storage, subresource);
        this.#scopes.set(keyOf(group, version, resource, subresource.definition.name), scope);
      }
    }
  }

  find(info: RequestInfo): Scope | undefined {
    return this.#scopes.get(keyOf(info.apiGroup, info.apiVersion, info.resource, info.subresource));
  }
}

function keyOf(group: string, version: string, resource: string, subresource: string): string {
  return `${group}/${version}/${resource}/${subresource}`;
}
