/**
 * What the endpoints ask of a resource, and what a resource may know of a request.
 *
 * A resource implements the members it supports; the endpoints answer 405 for the rest and publish the verbs of
 * `definition`. Objects handed out are shared and must not be changed: copy first.
 *
 * @see kubernetes/apiserver pkg/registry/rest/rest.go; spec kubernetes-wire §9–§12
 */
import type { FieldSelector } from '@mayfly/api/fields/selector';
import type { LabelSelector } from '@mayfly/api/labels/selector';
import type { KubernetesList, KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { UserInfo } from '@mayfly/api/user/user';
import type { RequestInfo } from '../requestinfo/request-info.ts';

export interface RequestContext {
  readonly user: UserInfo;
  readonly requestInfo: RequestInfo;
  /** Namespace of the URL; empty for cluster-scoped resources and for lists over all namespaces. */
  readonly namespace: string;
  /** Address of the peer, without port. */
  readonly sourceIP: string;
  readonly userAgent: string;
  /** Aborted when the deadline has passed or the caller is gone. Made on first use. */
  readonly signal: AbortSignal;
  /** Adds a `Warning: 299` header. */
  warn(text: string): void;
  /** Adds an annotation to the audit event. */
  annotate(key: string, value: string): void;
}

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** One row of discovery, and everything generic code needs to know of a kind. */
export interface ResourceDefinition {
  readonly group: string;
  readonly version: string;
  /** Plural, as in the URL. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Name in the schema table of `@mayfly/api/schema`, e.g. `core/v1.Pod`. */
  readonly schema: string;
}

/** A subresource: `definition.resource` is the parent's, `name` is the last URL segment. */
export interface SubresourceDefinition {
  readonly name: string;
  readonly verbs: readonly Verb[];
  /** Group, version and kind of the body, which may differ from the parent's (`TokenRequest`, `Eviction`). */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: string;
}

export interface WriteOptions {
  readonly dryRun: boolean;
}

export interface CreateOptions extends WriteOptions {
  /** Validating admission, called once the object is complete and before it is stored. Throws `StatusError`. */
  validate(object: KubernetesObject): Promise<void>;
}

export interface UpdateOptions extends WriteOptions {
  validate(object: KubernetesObject, old: KubernetesObject | undefined): Promise<void>;
}

/**
 * Computes the wanted object from the stored one, anew after every lost race. It must not change `current`.
 * Update decodes the body once; patch applies to `current`; mutating admission runs inside.
 */
export type Transform = (current: KubernetesObject | undefined) => Promise<KubernetesObject>;

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface DeleteOptions extends WriteOptions {
  /** Undefined: the kind's default. Already made non-negative. */
  readonly gracePeriodSeconds: number | undefined;
  readonly preconditions: Preconditions;
  readonly propagationPolicy: 'Orphan' | 'Background' | 'Foreground' | undefined;
  /** Validating admission of the deletion. */
  validate(old: KubernetesObject): Promise<void>;
}

export interface ListOptions {
  readonly labelSelector: LabelSelector;
  readonly fieldSelector: FieldSelector;
  /** 0: no limit. */
  readonly limit: number;
  readonly continue: string;
  /** Empty: absent. Decimal digits otherwise (the endpoints refuse anything else). */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  readonly sendInitialEvents: boolean | undefined;
  readonly allowBookmarks: boolean;
  /** The watch ends by itself after this long; infinite for readers inside the server. */
  readonly timeoutMs: number;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

export interface WatchEvent {
  readonly type: WatchEventType;
  /** With apiVersion and kind; a `Status` for ERROR. */
  readonly object: KubernetesObject;
}

/** Ends normally at its timeout, on `cancel` and when the server drains. An ERROR event is the last one. */
export interface EventStream extends AsyncIterable<readonly WatchEvent[]> {
  cancel(): void;
}

export interface ResourceStorage {
  readonly definition: ResourceDefinition;
  create?(context: RequestContext, object: KubernetesObject, options: CreateOptions): Promise<KubernetesObject>;
  get?(context: RequestContext, name: string): Promise<KubernetesObject>;
  list?(context: RequestContext, options: ListOptions): Promise<KubernetesList>;
  watch?(context: RequestContext, options: WatchOptions): Promise<EventStream>;
  update?(
    context: RequestContext,
    name: string,
    transform: Transform,
    options: UpdateOptions,
  ): Promise<{ object: KubernetesObject; created: boolean }>;
  /** `removed` is false when finalizers or a grace period keep the object. `object` is its last state. */
  delete?(
    context: RequestContext,
    name: string,
    options: DeleteOptions,
  ): Promise<{ object: KubernetesObject; removed: boolean }>;
  deleteCollection?(context: RequestContext, options: DeleteOptions, list: ListOptions): Promise<KubernetesList>;
  /** True: a removed object is the answer to its DELETE; else a Status with its uid is. */
  readonly returnsDeletedObject?: boolean;
  /** Field selector keys beyond `metadata.name` and `metadata.namespace`. */
  readonly selectableFields?: readonly string[];
  readonly subresources?: readonly SubresourceStorage[];
}

/** `name` is the parent object's. */
export interface SubresourceStorage {
  readonly definition: SubresourceDefinition;
  create?(
    context: RequestContext,
    name: string,
    object: KubernetesObject,
    options: CreateOptions,
  ): Promise<KubernetesObject>;
  get?(context: RequestContext, name: string): Promise<KubernetesObject>;
  update?(
    context: RequestContext,
    name: string,
    transform: Transform,
    options: UpdateOptions,
  ): Promise<{ object: KubernetesObject; created: boolean }>;
}
