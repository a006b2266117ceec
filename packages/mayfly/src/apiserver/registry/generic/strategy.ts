/**
 * How one kind differs from every other: what it fills in, what it refuses, how it leaves.
 *
 * The generic store owns the order of events; a strategy only answers questions. Objects given to `prepare…` are the
 * store's own copies and may be changed in place; `old` objects are shared and must not be.
 *
 * @see kubernetes/apiserver pkg/registry/rest/{create,update,delete}.go
 */
import type { KubernetesObject, StoredObject } from '@mayfly/api/meta/v1/object-meta';
import type { FieldError } from '@mayfly/api/validation/field-error';
import type { NameValidator } from '@mayfly/api/validation/names';
import type { RequestContext, ResourceDefinition, SubresourceDefinition, Verb } from '../rest.ts';

export interface Strategy<T extends KubernetesObject = KubernetesObject> {
  readonly definition: ResourceDefinition;
  /** Key path below `/registry/` when it differs from the resource: `minions`, `services/specs`. */
  readonly storagePath?: string;
  readonly validateName: NameValidator;
  /** PUT of an absent name creates it. */
  readonly createsOnUpdate?: boolean;
  /** PUT must carry a resourceVersion. */
  readonly requiresVersionOnUpdate?: boolean;
  /** A removed object is the answer to its DELETE; else a Status is. */
  readonly returnsDeletedObject?: boolean;
  /** Objects vanish this long after their last write. */
  readonly ttlSeconds?: number;
  /** Field selector keys beyond `metadata.name` and `metadata.namespace`, and how to read them. */
  readonly selectableFields?: readonly string[];
  fields?(object: T): Readonly<Record<string, string>>;
  /** Selector keys that ask for more than equality, of our own kinds. Throws BadRequest on a value it cannot take. */
  readonly fieldTests?: Readonly<Record<string, (value: string) => FieldTest<T>>>;
  /** Numbers that those can tell by, kept after the hashes of the fields (`digest.ts`). */
  digest?(object: T): readonly number[];

  /** Fills defaults, drops what a client may not set. */
  prepareForCreate?(object: T, context: RequestContext): void;
  /** Puts back what this path may not change (status), fills defaults, moves the generation. */
  prepareForUpdate?(object: T, old: T, context: RequestContext): void;
  /** ObjectMeta is validated by the store. */
  validate?(object: T): readonly FieldError[];
  validateUpdate?(object: T, old: T): readonly FieldError[];

  /** What must be gone before the object is. Default: `metadata.finalizers`. */
  pendingFinalizers?(object: T): readonly string[];
  /** Called on the copy that gets its deletionTimestamp. */
  prepareForDeletion?(object: T): void;
  /** Kinds that end gracefully (pods): seconds to wait. @param requested undefined: the kind's default */
  gracePeriodSeconds?(object: T, requested: number | undefined): number;

  /** Subresources that are another way to update the same object. */
  readonly updatePaths?: readonly UpdatePath<T>[];
}

/** What one value of a selector key asks. */
export interface FieldTest<T extends KubernetesObject = KubernetesObject> {
  matches(object: T): boolean;
  /** False only for what certainly does not match. @param numbers what the strategy's `digest` made of the object */
  mayMatch?(numbers: readonly number[], offset: number): boolean;
}

/** `/status`, `/finalize`: an update that may change other parts of the object than the main path. */
export interface UpdatePath<T extends KubernetesObject = KubernetesObject> {
  readonly definition: SubresourceDefinition;
  prepareForUpdate(object: T, old: T, context: RequestContext): void;
  validateUpdate?(object: T, old: T): readonly FieldError[];
}

/** The usual `/status` subresource of a kind. */
export function statusDefinition(
  parent: ResourceDefinition,
  verbs: readonly Verb[] = STATUS_VERBS,
): SubresourceDefinition {
  const { group, version, kind, schema } = parent;
  return { name: 'status', verbs, group, version, kind, schema };
}

const STATUS_VERBS: readonly Verb[] = ['get', 'patch', 'update'];

/** An object as read from the store. */
export type Stored<T extends KubernetesObject> = T & StoredObject;
