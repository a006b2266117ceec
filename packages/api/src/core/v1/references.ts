/** References shared by the kinds of the core group. @see kubernetes/api core/v1/types.go */

export interface ObjectReference {
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiVersion?: string;
  resourceVersion?: string;
  fieldPath?: string;
}

/** Names an object of the same namespace. */
export interface LocalObjectReference {
  name?: string;
}

/** A condition of a pod, node or namespace. */
export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string | null;
}
