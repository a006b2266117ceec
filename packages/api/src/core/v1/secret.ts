/**
 * Secret. Values never appear in an error: only keys and sizes do.
 *
 * @see kubernetes/kubernetes pkg/apis/core/validation/validation.go, ValidateSecret; spec service-account-tokens §8.2
 */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { immutable } from '../../meta/v1/validation.ts';
import { type FieldError, invalid, required } from '../../validation/field-error.ts';
import { decodedLength, frozenErrors, keyErrors, sizeErrors } from './data.ts';

export interface Secret extends KubernetesObject {
  type?: string;
  /** Values are base64. */
  data?: Record<string, string>;
  /** Write-only plain text; merged into `data` by the defaults and never stored. */
  stringData?: Record<string, string>;
  immutable?: boolean;
}

export const SERVICE_ACCOUNT_TOKEN_TYPE = 'kubernetes.io/service-account-token';
export const OPAQUE_TYPE = 'Opaque';
export const SERVICE_ACCOUNT_NAME_ANNOTATION = 'kubernetes.io/service-account.name';
export const SERVICE_ACCOUNT_UID_ANNOTATION = 'kubernetes.io/service-account.uid';

/** Keys a type cannot do without. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const DOCKER_TYPES = new Set(['kubernetes.io/dockercfg', 'kubernetes.io/dockerconfigjson']);

/**
 * Merges `stringData` over `data` and fills in the type.
 *
 * @param old   the stored secret on update: an empty type then means "keep"
 */
export function setSecretDefaults(secret: Secret, old?: Secret): void {
  if (!secret.type) secret.type = old?.type ?? OPAQUE_TYPE;
  const { stringData } = secret;
  if (stringData === undefined) return;
  delete secret.stringData;
  const plain = Object.entries(stringData);
  if (plain.length === 0) return;
  secret.data = { ...secret.data, ...Object.fromEntries(plain.map(([key, text]) => [key, encodeBase64(text)])) };
}

export function validateSecret(secret: Secret): FieldError[] {
  const { data = {} } = secret;
  const sizeBytes = Object.values(data).reduce((sum, value) => sum + decodedLength(value), 0);
  return [...keyErrors(data, 'data'), ...sizeErrors(sizeBytes, 'data'), ...typeErrors(secret)];
}

/** The whole validation of an update: no need to call `validateSecret` too. */
export function validateSecretUpdate(secret: Secret, old: Secret): FieldError[] {
  const typeChanged = secret.type === old.type ? [] : [immutable('type', secret.type ?? '')];
  return [...typeChanged, ...frozenErrors(secret, old, ['data']), ...validateSecret(secret)];
}

export const SECRET_FIELDS: readonly string[] = ['type'];

export function secretFields(secret: Secret): Readonly<Record<string, string>> {
  return { type: secret.type ?? '' };
}

function typeErrors(secret: Secret): FieldError[] {
  const { type = '', data = {} } = secret;
  if (type === SERVICE_ACCOUNT_TOKEN_TYPE) return accountNameErrors(secret);
  if (type === 'kubernetes.io/basic-auth') return basicAuthErrors(data);
  const missing = (REQUIRED_KEYS[type] ?? []).filter((key) => !Object.hasOwn(data, key));
  const errors = missing.map((key) => required(`data[${key}]`));
  if (DOCKER_TYPES.has(type) && missing.length === 0) errors.push(...dockerErrors(type, data));
  return errors;
}

function accountNameErrors({ metadata }: Secret): FieldError[] {
  const name = metadata?.annotations?.[SERVICE_ACCOUNT_NAME_ANNOTATION];
  return name ? [] : [required(`metadata.annotations[${SERVICE_ACCOUNT_NAME_ANNOTATION}]`)];
}

function basicAuthErrors(data: Readonly<Record<string, string>>): FieldError[] {
  if (Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password')) return [];
  return [required('data[username]'), required('data[password]')];
}

/** The file must parse; what it holds is a credential, so the error shows a placeholder as Kubernetes does. */
function dockerErrors(type: string, data: Readonly<Record<string, string>>): FieldError[] {
  const key = REQUIRED_KEYS[type]?.[0] ?? '';
  return isJSONObject(decodeBase64(data[key] ?? ''))
    ? []
    : [invalid(`data[${key}]`, '<secret contents redacted>', 'invalid JSON')];
}

function isJSONObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false; // the parser's message would quote the credential
  }
}

function encodeBase64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function decodeBase64(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  } catch {
    return ''; // not base64: no JSON either
  }
}
