/** TokenRequest: one bound service account token. @see kubernetes/kubernetes pkg/apis/authentication; spec service-account-tokens §3 */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import type { FieldError } from '../../validation/field-error.ts';
import { DEFAULT_EXPIRATION_SECONDS, validateExpirationSeconds } from './expiration.ts';

export interface BoundObjectReference {
  kind?: string;
  apiVersion?: string;
  name?: string;
  uid?: string;
}

export interface TokenRequestSpec {
  audiences: string[] | null;
  /** Filled in by the defaults; after clamping, what was issued. */
  expirationSeconds?: number;
  /** `null` when the token is bound to its service account only. */
  boundObjectRef?: BoundObjectReference | null;
}

export interface TokenRequestStatus {
  /** The JWT: never logged. */
  token: string;
  expirationTimestamp: string | null;
}

export interface TokenRequest extends KubernetesObject {
  spec: TokenRequestSpec;
  status?: TokenRequestStatus;
}

/** An absent expiration means an hour; 0 is a value, and refused later. Audiences are the issuer's to default. */
export function setTokenRequestDefaults(request: TokenRequest): void {
  request.spec ??= { audiences: null };
  request.spec.expirationSeconds ??= DEFAULT_EXPIRATION_SECONDS;
}

export function validateTokenRequest(request: TokenRequest): FieldError[] {
  return validateExpirationSeconds(
    request.spec.expirationSeconds ?? DEFAULT_EXPIRATION_SECONDS,
    'spec.expirationSeconds',
  );
}
