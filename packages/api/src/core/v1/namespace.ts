/** Namespace. Finalizers and status have their own subresources. @see kubernetes/kubernetes pkg/registry/core/namespace/strategy.go */
import { validateTokenPolicy } from '../../identity/v1alpha1/token-policy.ts';
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { type FieldError, invalid } from '../../validation/field-error.ts';
import { qualifiedName } from '../../validation/names.ts';
import type { Condition } from './references.ts';

export type NamespacePhase = 'Active' | 'Terminating';

export interface Namespace extends KubernetesObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: NamespacePhase; conditions?: Condition[] };
}

/** Forced on every namespace, so selectors can name one. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';
/** In `spec.finalizers` until the namespace controller has emptied the namespace. */
export const KUBERNETES_FINALIZER = 'kubernetes';

/** Sets the name label; the strategy sets finalizers and phase on create. */
export function setNamespaceDefaults(namespace: Namespace): void {
  const name = namespace.metadata?.name;
  if (!namespace.metadata || !name) return; // a generated name comes later, and so does a second call
  namespace.metadata.labels = { ...namespace.metadata.labels, [NAMESPACE_NAME_LABEL]: name };
}

export function validateNamespace(namespace: Namespace): FieldError[] {
  return [...finalizerErrors(namespace), ...validateTokenPolicy(namespace.metadata?.annotations, undefined)];
}

export function validateNamespaceUpdate(namespace: Namespace, { metadata: old }: Namespace): FieldError[] {
  return [...finalizerErrors(namespace), ...validateTokenPolicy(namespace.metadata?.annotations, old?.annotations)];
}

function finalizerErrors({ spec }: Namespace): FieldError[] {
  const finalizers = spec?.finalizers ?? [];
  return finalizers.flatMap((name) => qualifiedName(name).map((text) => invalid('spec.finalizers', name, text)));
}

/** `name` is an old spelling of `metadata.name` that Kubernetes still selects by. */
export const NAMESPACE_FIELDS: readonly string[] = ['name', 'status.phase'];

export function namespaceFields(namespace: Namespace): Readonly<Record<string, string>> {
  return { name: namespace.metadata?.name ?? '', 'status.phase': namespace.status?.phase ?? '' };
}
