/**
 * The aggregated discovery documents: all that kubectl needs in two requests.
 *
 * @see kubernetes/apiserver pkg/endpoints/discovery/aggregated/handler.go; spec kubernetes-wire §4
 */
import { createHash } from 'node:crypto';
import type { ResourceStorage, SubresourceStorage } from '../../registry/rest.ts';
import type { GroupVersionResources } from './groups.ts';

export type AggregatedVersion = 'v2' | 'v2beta1';

/** A document ready to be sent. */
export interface AggregatedDocument {
  readonly body: Buffer;
  /** Quoted, as in the header. */
  readonly etag: string;
  /** Parameters in this order: clients compare the text. */
  readonly contentType: string;
}

export function aggregatedContentType(version: AggregatedVersion): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

/** @param groups those of the path: the core group for `/api`, all others for `/apis` */
export function aggregatedDocument(
  groups: readonly GroupVersionResources[],
  version: AggregatedVersion,
): AggregatedDocument {
  const names = [...new Set(groups.map(({ group }) => group))];
  const document = {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: names.map((name) => groupItem(name, groups)),
  };
  const body = Buffer.from(`${JSON.stringify(document)}\n`);
  const hash = createHash('sha512').update(body).digest('hex').toUpperCase();
  return { body, etag: `"${hash}"`, contentType: aggregatedContentType(version) };
}

function groupItem(name: string, groups: readonly GroupVersionResources[]): unknown {
  return {
    metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
    versions: groups
      .filter(({ group }) => group === name)
      .map(({ version, resources }) => ({
        version,
        resources: resources.map(resourceItem),
        freshness: 'Current',
      })),
  };
}

function resourceItem({ definition, subresources = [] }: ResourceStorage): unknown {
  const { group, version, kind } = definition;
  return {
    resource: definition.resource,
    responseKind: { group, version, kind },
    scope: definition.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs: definition.verbs,
    ...(definition.shortNames === undefined ? {} : { shortNames: definition.shortNames }),
    ...(definition.categories === undefined ? {} : { categories: definition.categories }),
    ...(subresources.length === 0 ? {} : { subresources: subresources.map(subresourceItem) }),
  };
}

function subresourceItem({ definition: { name, group, version, kind, verbs } }: SubresourceStorage): unknown {
  return { subresource: name, responseKind: { group, version, kind }, verbs };
}
