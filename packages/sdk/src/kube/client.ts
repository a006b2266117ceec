/**
 * A thin typed client of the Kubernetes API. It depends on nothing: it is handed a `fetch`.
 *
 * A refusal is thrown as the `StatusError` the server sent. Nothing is retried here; `informer.ts` and callers do.
 */
import type { KubernetesList, KubernetesObject } from '@mayfly/api/meta/v1/object-meta';

export interface FetchRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** The part of a Web `Response` this client reads. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  readonly body: AsyncIterable<Uint8Array> | null;
}

export type Fetch = (url: string, request: FetchRequest) => Promise<FetchResponse>;

export interface KubeClientOptions {
  /** `https://host:port`, without a trailing slash. */
  readonly baseURL: string;
  readonly fetch: Fetch;
  /** Asked before every request, so that a renewed token is used at once. */
  readonly token?: () => Promise<string> | string;
  readonly userAgent?: string;
}

/** Where a kind is served. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  /** Plural. */
  readonly resource: string;
}

/** An empty namespace: cluster-scoped, or all namespaces. */
export interface Target {
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export interface ListOptions {
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

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchOptions {
  readonly type: PatchType;
  readonly fieldManager?: string;
  readonly force?: boolean;
  readonly subresource?: string;
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  readonly allowBookmarks?: boolean;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

export interface KubeWatchEvent<T extends KubernetesObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

export interface KubeClient {
  get<T extends KubernetesObject>(resource: Resource, target: Target): Promise<T>;
  /** One page. */
  list<T extends KubernetesObject>(resource: Resource, options?: ListOptions): Promise<KubernetesList<T>>;
  create<T extends KubernetesObject>(resource: Resource, object: T, target?: Target): Promise<T>;
  /** PUT to the object's own name and namespace. */
  update<T extends KubernetesObject>(resource: Resource, object: T, subresource?: string): Promise<T>;
  patch<T extends KubernetesObject>(
    resource: Resource,
    target: Target,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T>;
  delete(resource: Resource, target: Target, options?: DeleteOptions): Promise<void>;
  deleteCollection(resource: Resource, options?: ListOptions & DeleteOptions): Promise<void>;
  /** Ends when the server ends it; an ERROR event is thrown as its `StatusError`. */
  watch<T extends KubernetesObject>(resource: Resource, options?: WatchOptions): AsyncIterable<KubeWatchEvent<T>>;
  /** Any other path, decoded JSON. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

export declare function newKubeClient(options: KubeClientOptions): KubeClient;
