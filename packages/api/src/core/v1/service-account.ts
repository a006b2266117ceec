/** ServiceAccount. @see kubernetes/kubernetes pkg/registry/core/serviceaccount/strategy.go; spec service-account-tokens §9.1 */
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

/** Nothing of a service account but its metadata can be wrong. */
export function validateServiceAccount(_account: ServiceAccount): FieldError[] {
  return [];
}

export function validateServiceAccountUpdate(_account: ServiceAccount, _old: ServiceAccount): FieldError[] {
  return [];
}

/** @param old   undefined on create @returns texts for `Warning` headers */
export function serviceAccountWarnings(account: ServiceAccount, old: ServiceAccount | undefined): string[] {
  return isAnnotated(account) && !(old && isAnnotated(old)) ? [ENFORCE_MOUNTABLE_WARNING] : [];
}

function isAnnotated({ metadata }: ServiceAccount): boolean {
  return metadata?.annotations?.[ENFORCE_MOUNTABLE_SECRETS_ANNOTATION] !== undefined;
}
