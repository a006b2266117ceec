/** ServiceAccount. @see kubernetes/kubernetes pkg/registry/core/serviceaccount/strategy.go; spec service-account-tokens §9.1 */
import { tokenPolicyWarnings, validateTokenPolicy } from '../../identity/v1alpha1/token-policy.ts';
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import type { FieldError } from '../../validation/field-error.ts';
import type { LocalObjectReference, ObjectReference } from './references.ts';

export interface ServiceAccount extends KubernetesObject {
  secrets?: ObjectReference[];
  imagePullSecrets?: LocalObjectReference[];
  automountServiceAccountToken?: boolean;
}

/** Of pods that name none; there is one in every namespace. */
export const DEFAULT_SERVICE_ACCOUNT = 'default';

export const ENFORCE_MOUNTABLE_SECRETS_ANNOTATION = 'kubernetes.io/enforce-mountable-secrets';

const ENFORCE_MOUNTABLE_WARNING = `metadata.annotations[${ENFORCE_MOUNTABLE_SECRETS_ANNOTATION}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`;

/** Reduces each entry of `secrets` to its name: the rest was never trusted, and stays out of the store. */
export function setServiceAccountDefaults(account: ServiceAccount): void {
  if (!account.secrets) return;
  account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}

/** Differs: nothing of a service account can be wrong upstream; here annotations that bound its tokens are read on writes. */
export function validateServiceAccount({ metadata }: ServiceAccount): readonly FieldError[] {
  return validateTokenPolicy(metadata?.annotations, undefined);
}

export function validateServiceAccountUpdate({ metadata }: ServiceAccount, old: ServiceAccount): readonly FieldError[] {
  return validateTokenPolicy(metadata?.annotations, old.metadata?.annotations);
}

/** @param old   undefined on create @returns texts for `Warning` headers */
export function serviceAccountWarnings(account: ServiceAccount, old: ServiceAccount | undefined): string[] {
  const mountable = isAnnotated(account) && !(old && isAnnotated(old)) ? [ENFORCE_MOUNTABLE_WARNING] : [];
  return [...mountable, ...tokenPolicyWarnings(account.metadata?.annotations, old?.metadata?.annotations)];
}

function isAnnotated({ metadata }: ServiceAccount): boolean {
  return metadata?.annotations?.[ENFORCE_MOUNTABLE_SECRETS_ANNOTATION] !== undefined;
}
