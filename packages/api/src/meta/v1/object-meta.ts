/** The envelope every Kubernetes object travels in. @see kubernetes/apimachinery pkg/apis/meta/v1/types.go */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Times are RFC 3339 UTC strings with whole seconds (`2026-01-01T00:00:00Z`). */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  /** Decimal store revision of the last write; never stored inside the value, filled in on read. */
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
}

export interface ListMeta {
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
}

/** Any object of any kind, as JSON. Kinds narrow it (`Pod extends KubernetesObject`). */
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** An object that the registry holds: its identity is complete. */
export interface StoredObject extends KubernetesObject {
  metadata: ObjectMeta & { name: string; uid: string; creationTimestamp: string };
}

export interface KubernetesList<T extends KubernetesObject = KubernetesObject> {
  apiVersion: string;
  kind: string;
  metadata: ListMeta;
  items: T[];
}
