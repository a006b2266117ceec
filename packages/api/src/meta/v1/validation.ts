/**
 * Validation of ObjectMeta, the same for every kind but for the shape of the name.
 *
 * @see kubernetes/apimachinery pkg/api/validation/objectmeta.go; spec kubernetes-wire §8
 */
import { type FieldError, forbidden, goQuote, invalid, required, tooLong } from '../../validation/field-error.ts';
import {
  byteLength,
  dns1123Label,
  labelValue,
  maskTrailingDash,
  type NameValidator,
  qualifiedName,
} from '../../validation/names.ts';
import { parseAPIVersion } from './group-version.ts';
import type { ObjectMeta, OwnerReference } from './object-meta.ts';

export const MAX_ANNOTATIONS_BYTES = 262_144;

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);
const MANAGED_FIELDS_OPERATIONS = ['Apply', 'Update'];

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  readonly validateName: NameValidator;
}

/** Checks the metadata of an object about to be created; generated names are already filled in. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): FieldError[] {
  return [
    ...nameErrors(meta, rules.validateName),
    ...namespaceErrors(meta, rules.namespaced),
    ...generationErrors(meta),
    ...commonErrors(meta),
  ];
}

/**
 * Checks new metadata against the stored one.
 *
 * @param meta   with the resourceVersion that the update was computed from (filled in by the registry)
 */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) errors.push(...newFinalizerErrors(meta, old));
  if (!meta.resourceVersion) {
    errors.push(invalid('metadata.resourceVersion', meta.resourceVersion ?? '', 'must be specified for an update'));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid('metadata.generation', meta.generation ?? 0, 'must not be decremented'));
  }
  for (const key of IMMUTABLE) {
    if ((meta[key] ?? '') !== (old[key] ?? '')) errors.push(immutable(`metadata.${key}`, meta[key]));
  }
  return [...errors, ...commonErrors(meta)];
}

/** Checks the keys and values of a label map. @param field path of the map */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedName(key).map((text) => invalid(field, key, text)),
    ...labelValue(value).map((text) => invalid(field, value, text)),
  ]);
}

/** Checks keys (compared in lower case) and the size of all annotations together. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const errors = entries.flatMap(([key]) => qualifiedName(key.toLowerCase()).map((text) => invalid(field, key, text)));
  const sizeBytes = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  return sizeBytes > MAX_ANNOTATIONS_BYTES ? [...errors, tooLong(field, MAX_ANNOTATIONS_BYTES)] : errors;
}

/** The refusal of a changed value that may not change. */
export function immutable(field: string, value: unknown): FieldError {
  return invalid(field, value, 'field is immutable');
}

const IMMUTABLE = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

function nameErrors(meta: ObjectMeta, validateName: NameValidator): FieldError[] {
  const base = meta.generateName ?? '';
  const errors =
    base === '' ? [] : validateName(maskTrailingDash(base)).map((text) => invalid('metadata.generateName', base, text));
  if (!meta.name) return [...errors, required('metadata.name', 'name or generateName is required')];
  const { name } = meta;
  return [...errors, ...validateName(name).map((text) => invalid('metadata.name', name, text))];
}

function namespaceErrors(meta: ObjectMeta, namespaced: boolean): FieldError[] {
  const namespace = meta.namespace ?? '';
  if (!namespaced) return namespace === '' ? [] : [forbidden('metadata.namespace', 'not allowed on this type')];
  if (namespace === '') return [required('metadata.namespace')];
  return dns1123Label(namespace).map((text) => invalid('metadata.namespace', namespace, text));
}

function generationErrors({ generation = 0 }: ObjectMeta): FieldError[] {
  return generation < 0 ? [invalid('metadata.generation', generation, 'must be greater than or equal to 0')] : [];
}

function commonErrors(meta: ObjectMeta): FieldError[] {
  return [
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...validateAnnotations(meta.annotations, 'metadata.annotations'),
    ...ownerReferenceErrors(meta.ownerReferences ?? []),
    ...finalizerErrors(meta.finalizers ?? []),
    ...(meta.managedFields ?? []).flatMap(managedFieldsErrors),
  ];
}

function ownerReferenceErrors(references: readonly OwnerReference[]): FieldError[] {
  const errors = references.flatMap(oneOwnerErrors);
  const [first, ...others] = references.filter(({ controller }) => controller === true);
  for (const other of others) {
    const pair = `${first?.kind}/${first?.name} and ${other.kind}/${other.name}`;
    const text = `Only one reference can have Controller set to true. Found "true" in references for ${pair}`;
    errors.push(invalid('metadata.ownerReferences', references, text));
  }
  return errors;
}

function oneOwnerErrors(reference: OwnerReference): FieldError[] {
  const field = 'metadata.ownerReferences';
  const { group, version } = parseAPIVersion(reference.apiVersion ?? '');
  const errors: FieldError[] = [];
  if (version === '')
    errors.push(invalid(`${field}.apiVersion`, reference.apiVersion ?? '', 'version must not be empty'));
  for (const key of ['kind', 'name', 'uid'] as const) {
    if (!reference[key]) errors.push(invalid(`${field}.${key}`, reference[key] ?? '', 'must not be empty'));
  }
  if (reference.kind === 'Event' && group === '' && version === 'v1') {
    errors.push(invalid(field, reference, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

function finalizerErrors(finalizers: readonly string[]): FieldError[] {
  const field = 'metadata.finalizers';
  const errors = finalizers.flatMap((name) => qualifiedName(name).map((text) => invalid(field, name, text)));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  for (const [index, name] of finalizers.entries()) {
    if (name.includes('/') || STANDARD_FINALIZERS.has(name)) continue;
    const text = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.push(invalid(`${field}[${index}]`, name, text));
  }
  return errors;
}

function newFinalizerErrors(meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const kept = new Set(old.finalizers);
  const added = [...new Set(meta.finalizers)].filter((name) => !kept.has(name)).toSorted();
  if (added.length === 0) return [];
  const list = `[]string{${added.map(goQuote).join(', ')}}`;
  const text = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [forbidden('metadata.finalizers', text)];
}

function managedFieldsErrors(entry: unknown, index: number): FieldError[] {
  const field = `metadata.managedFields[${index}]`;
  const { operation, fieldsType, subresource } = entry as Record<string, unknown>;
  const errors: FieldError[] = [];
  if (!MANAGED_FIELDS_OPERATIONS.includes(String(operation))) {
    errors.push(invalid(`${field}.operation`, operation ?? '', 'must be `Apply` or `Update`'));
  }
  if (fieldsType !== undefined && fieldsType !== '' && fieldsType !== 'FieldsV1') {
    errors.push(invalid(`${field}.fieldsType`, fieldsType, 'must be `FieldsV1`'));
  }
  if (typeof subresource === 'string' && byteLength(subresource) > 256) {
    errors.push(tooLong(`${field}.subresource`, 256));
  }
  return errors;
}
