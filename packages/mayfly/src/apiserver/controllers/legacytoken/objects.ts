/** The kinds these controllers read and write, and the answers they take for a no without trouble. */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { KubeClient, ListOptions, Resource, Target } from '@mayfly/sdk/kube/client';

export const SECRETS: Resource = { group: '', version: 'v1', resource: 'secrets' };
export const SERVICE_ACCOUNTS: Resource = { group: '', version: 'v1', resource: 'serviceaccounts' };
export const CONFIG_MAPS: Resource = { group: '', version: 'v1', resource: 'configmaps' };
export const PODS: Resource = { group: '', version: 'v1', resource: 'pods' };

const PAGE = 500;

/** The object as it is now; undefined when there is none. */
export async function present<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  target: Target,
): Promise<T | undefined> {
  return client.get<T>(resource, target).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}

/** Every object, a page at a time. */
export async function* listAll<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  select: Pick<ListOptions, 'namespace' | 'fieldSelector'>,
): AsyncGenerator<T> {
  let next = '';
  do {
    const page = await client.list<T>(resource, { ...select, limit: PAGE, ...(next !== '' && { continue: next }) });
    yield* page.items;
    next = page.metadata.continue ?? '';
  } while (next !== '');
}

export function isNotFound(error: unknown): boolean {
  return error instanceof StatusError && error.reason === 'NotFound';
}

export function isConflict(error: unknown): boolean {
  return error instanceof StatusError && error.reason === 'Conflict';
}

/** Somebody was faster: what was to be written or deleted is not what we saw. */
export function isOutrun(error: unknown): boolean {
  return isNotFound(error) || isConflict(error);
}
