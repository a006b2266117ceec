/**
 * A thin typed client of the Kubernetes API. It depends on nothing: it is handed a `fetch`.
 *
 * A refusal is thrown as the `StatusError` the server sent. Nothing is retried here; `informer.ts` and callers do.
 *
 * @see kubernetes/client-go rest/request.go
 */
import type { KubernetesList, KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Fetch, FetchResponse } from './fetch.ts';
import { type Resource, resourcePath, type Target, withQuery } from './path.ts';
import { refusalOf } from './refusal.ts';
import { type KubeWatchEvent, readWatch } from './watch.ts';

export type { Fetch, FetchRequest, FetchResponse } from './fetch.ts';
export type { Resource, Target } from './path.ts';
export type { KubeWatchEvent } from './watch.ts';

export interface KubeClientOptions {
  /** `https://host:port`, without a trailing slash. */
  readonly baseURL: string;
  readonly fetch: Fetch;
  /** Asked before every request, so that a renewed token is used at once. */
  readonly token?: () => Promise<string> | string;
  readonly userAgent?: string;
}

export interface ListOptions {
  /** Absent or empty: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface PatchOptions {
  readonly type: keyof typeof PATCH_TYPES;
  readonly fieldManager?: string;
  readonly force?: boolean;
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  readonly allowWatchBookmarks?: boolean;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

export interface KubeClient {
  get<T extends KubernetesObject>(resource: Resource, target: Target): Promise<T>;
  /** One page. */
  list<T extends KubernetesObject>(resource: Resource, options?: ListOptions): Promise<KubernetesList<T>>;
  /** POST to the collection of the object's namespace, or to the subresource `target` names. */
  create<T extends KubernetesObject>(resource: Resource, object: KubernetesObject, target?: Target): Promise<T>;
  /** PUT to the object's own name and namespace. */
  update<T extends KubernetesObject>(resource: Resource, object: T, subresource?: string): Promise<T>;
  patch<T extends KubernetesObject>(
    resource: Resource,
    target: Target,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T>;
  delete(resource: Resource, target: Target, options?: DeleteOptions): Promise<void>;
  deleteCollection(resource: Resource, list: ListOptions, options?: DeleteOptions): Promise<void>;
  /** Ends when the server ends it; an ERROR event is thrown as its `StatusError`. */
  watch<T extends KubernetesObject>(resource: Resource, options?: WatchOptions): AsyncIterable<KubeWatchEvent<T>>;
  /** Any other path; the answer as JSON. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export function newKubeClient(options: KubeClientOptions): KubeClient {
  /** @throws StatusError for any answer that is not a success */
  const send = async (
    method: string,
    path: string,
    content?: Content,
    signal?: AbortSignal,
  ): Promise<FetchResponse> => {
    const headers = await headersOf(options, content);
    const body = content === undefined ? {} : { body: JSON.stringify(content.body) };
    const response = await options.fetch(options.baseURL + path, {
      method,
      headers,
      ...body,
      ...(signal && { signal }),
    });
    if (response.status >= 300) throw refusalOf(response.status, await response.text());
    return response;
  };
  // The server answers the kind that was asked for; its schema is the caller's knowledge.
  const ask = async <T>(method: string, path: string, content?: Content): Promise<T> =>
    JSON.parse(await (await send(method, path, content)).text()) as T;
  const json = (body: unknown): Content => ({ type: 'application/json', body });

  return {
    get: (resource, target) => ask('GET', resourcePath(resource, target)),
    list: (resource, { namespace = '', ...query } = {}) =>
      ask('GET', withQuery(resourcePath(resource, { namespace }), query)),
    create: (resource, object, target) =>
      ask('POST', resourcePath(resource, target ?? { namespace: object.metadata?.namespace ?? '' }), json(object)),
    update: (resource, object, subresource = '') =>
      ask('PUT', resourcePath(resource, { ...placeOf(object), subresource }), json(object)),
    patch: (resource, target, body, { type, ...query }) =>
      ask('PATCH', withQuery(resourcePath(resource, target), query), { type: PATCH_TYPES[type], body }),
    async delete(resource, target, deleteOptions = {}) {
      await ask('DELETE', resourcePath(resource, target), json(deleteBody(deleteOptions)));
    },
    async deleteCollection(resource, { namespace = '', ...query }, deleteOptions = {}) {
      await ask('DELETE', withQuery(resourcePath(resource, { namespace }), query), json(deleteBody(deleteOptions)));
    },
    async *watch<T extends KubernetesObject>(resource: Resource, watchOptions: WatchOptions = {}) {
      const { namespace = '', signal, ...query } = watchOptions;
      const path = withQuery(resourcePath(resource, { namespace }), { ...query, watch: true });
      yield* readWatch<T>(await send('GET', path, undefined, signal));
    },
    request: (method, path, body) => ask(method, path, body === undefined ? undefined : json(body)),
  };
}

interface Content {
  readonly type: string;
  readonly body: unknown;
}

async function headersOf(options: KubeClientOptions, content: Content | undefined): Promise<Record<string, string>> {
  const token = await options.token?.();
  return {
    accept: 'application/json, */*;q=0.9', // the key set has a type of its own
    'user-agent': options.userAgent ?? 'mayfly-sdk',
    ...(content === undefined ? {} : { 'content-type': content.type }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}

function placeOf({ metadata }: KubernetesObject): Target {
  return { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' };
}

function deleteBody(options: DeleteOptions): Record<string, unknown> {
  return { kind: 'DeleteOptions', apiVersion: 'v1', ...options };
}
