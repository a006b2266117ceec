/** What a namespace holds, by kind, as discovery tells it, and how it is emptied. */
import type { KubeClient, Resource } from '@mayfly/sdk/kube/client';

export interface NamespacedResource extends Resource {
  readonly verbs: readonly string[];
}

export interface Remainder {
  readonly resource: Resource;
  readonly count: number;
  /** How many objects wait for each finalizer. */
  readonly finalizers: ReadonlyMap<string, number>;
}

interface APIResourceList {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

interface APIGroupList {
  readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
}

/** Every namespaced kind that can be listed and deleted. @throws what the client throws */
export async function namespacedResources(client: KubeClient): Promise<readonly NamespacedResource[]> {
  const { groups } = (await client.request('GET', '/apis')) as APIGroupList;
  const paths = ['/api/v1', ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const lists = await Promise.all(paths.map((path) => client.request('GET', path) as Promise<APIResourceList>));
  return lists.flatMap(({ groupVersion, resources }) =>
    resources
      .filter(isDeletable)
      .map(({ name, verbs }) => ({ ...splitGroupVersion(groupVersion), resource: name, verbs })),
  );
}

function isDeletable({ name, namespaced, verbs }: APIResourceList['resources'][number]): boolean {
  return namespaced && !name.includes('/') && verbs.includes('list') && verbs.includes('delete');
}

function splitGroupVersion(groupVersion: string): { group: string; version: string } {
  const [group, version] = groupVersion.split('/');
  return version === undefined ? { group: '', version: groupVersion } : { group: group ?? '', version };
}

/** Deletes all objects of a kind and says what is still there. */
export async function emptyOf(client: KubeClient, resource: NamespacedResource, namespace: string): Promise<Remainder> {
  if ((await remainderOf(client, resource, namespace)).count > 0) await deleteAll(client, resource, namespace);
  return await remainderOf(client, resource, namespace);
}

async function deleteAll(client: KubeClient, resource: NamespacedResource, namespace: string): Promise<void> {
  const background = { propagationPolicy: 'Background' } as const;
  if (resource.verbs.includes('deletecollection')) {
    await client.deleteCollection(resource, { namespace }, background);
    return;
  }
  const { items } = await client.list(resource, { namespace });
  for (const { metadata } of items)
    await client.delete(resource, { namespace, name: metadata?.name ?? '' }, background);
}

async function remainderOf(client: KubeClient, resource: Resource, namespace: string): Promise<Remainder> {
  const { items } = await client.list(resource, { namespace });
  const finalizers = new Map<string, number>();
  for (const { metadata } of items)
    for (const finalizer of metadata?.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  return { resource, count: items.length, finalizers };
}
