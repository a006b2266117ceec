/** The rules that ConfigMap and Secret share: keys, size, immutability. Values in `data` of a Secret are base64. */
import { type FieldError, forbidden, invalid, tooLong } from '../../validation/field-error.ts';
import { configMapKey } from '../../validation/names.ts';

/** Of all values together, decoded; etcd's limit on a request is a little above. */
export const MAX_DATA_BYTES = 1_048_576;

const FROZEN = 'field is immutable when `immutable` is set';

export type DataMap = Readonly<Record<string, string>> | undefined;

export function keyErrors(data: DataMap, field: string): FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) =>
    configMapKey(key).map((text) => invalid(`${field}[${key}]`, key, text)),
  );
}

export function sizeErrors(sizeBytes: number, field: string): FieldError[] {
  return sizeBytes > MAX_DATA_BYTES ? [tooLong(field, MAX_DATA_BYTES)] : [];
}

/** Bytes that a base64 text decodes to. */
export function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.max(0, Math.floor((base64.length * 3) / 4) - padding);
}

interface Freezable {
  readonly immutable?: boolean;
}

/** @param fields   names of the maps that `immutable: true` freezes, along with itself */
export function frozenErrors<T extends Freezable>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (old.immutable !== true) return [];
  const errors = object.immutable === true ? [] : [forbidden('immutable', FROZEN)];
  for (const field of fields) {
    if (!sameMap(object[field] as DataMap, old[field] as DataMap)) errors.push(forbidden(field, FROZEN));
  }
  return errors;
}

function sameMap(a: DataMap = {}, b: DataMap = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}
