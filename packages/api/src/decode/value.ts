/**
 * Decoders for the values below messages: scalars and the Go types with a JSON form of their own.
 *
 * Each takes a value that is not null. Texts are those of Go's encoding/json where clients may have seen them.
 */
import { normalizeMicroTime, normalizeTime } from '../meta/v1/time.ts';
import type { ScalarType, SpecialType } from '../schema/messages.ts';
import { goQuote } from '../validation/field-error.ts';
import { canonicalBase64 } from './base64.ts';
import { DecodeError } from './decode-error.ts';
import { copyJSON } from './json.ts';

/** State of one body: where we are, and what was dropped on the way. */
export interface Decoding {
  readonly path: (string | number)[];
  readonly unknownFields: string[];
}

/** What an error says of the field: the Go structure that declares it, and the Go type of the value. */
export interface Place {
  readonly struct: string;
  readonly goType: string;
}

export type ValueDecoder = (value: unknown, decoding: Decoding, place: Place) => unknown;

/** `json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string` */
export function typeError(value: unknown, { path }: Decoding, { struct, goType }: Place): DecodeError {
  const field = path.filter((step) => typeof step === 'string').join('.');
  const target = field === '' ? 'Go value' : `Go struct field ${struct}.${field}`;
  return new DecodeError(`json: cannot unmarshal ${describe(value)} into ${target} of type ${goType}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}

/** The Go type of one value of a schema type: `v1.PodSpec` for `core/v1.PodSpec`. */
export function goType(type: string): string {
  return GO_TYPES[type] ?? type.slice(type.indexOf('/') + 1);
}

const GO_TYPES: Readonly<Record<string, string>> = {
  bytes: '[]uint8',
  Time: 'v1.Time',
  MicroTime: 'v1.MicroTime',
  Quantity: 'resource.Quantity',
  IntOrString: 'intstr.IntOrString',
  FieldsV1: 'v1.FieldsV1',
  RawExtension: 'runtime.RawExtension',
  ExtraValue: 'v1.ExtraValue',
};

function decodeString(value: unknown, decoding: Decoding, place: Place): string {
  if (typeof value !== 'string') throw typeError(value, decoding, place);
  return value;
}

function decodeBool(value: unknown, decoding: Decoding, place: Place): boolean {
  if (typeof value !== 'boolean') throw typeError(value, decoding, place);
  return value;
}

function decodeInt32(value: unknown, decoding: Decoding, place: Place): number {
  if (typeof value !== 'number') throw typeError(value, decoding, place);
  if ((value | 0) !== value) throw numberError(value, decoding, place);
  return value | 0; // -0 becomes 0
}

/** Differs: beyond 2^53 a number cannot be held exactly, and is refused rather than changed. */
function decodeInt64(value: unknown, decoding: Decoding, place: Place): number {
  if (typeof value !== 'number') throw typeError(value, decoding, place);
  if (!Number.isSafeInteger(value)) throw numberError(value, decoding, place);
  return value + 0;
}

function numberError(value: number, { path }: Decoding, { struct, goType: type }: Place): DecodeError {
  const field = path.filter((step) => typeof step === 'string').join('.');
  return new DecodeError(
    `json: cannot unmarshal number ${value} into Go struct field ${struct}.${field} of type ${type}`,
  );
}

function decodeBytes(value: unknown, decoding: Decoding, place: Place): string {
  const canonical = canonicalBase64(decodeString(value, decoding, place));
  if (typeof canonical === 'string') return canonical;
  throw new DecodeError(`illegal base64 data at input byte ${canonical} in field ${fieldName(decoding)}`);
}

function decodeTime(value: unknown, decoding: Decoding, place: Place): string {
  const text = decodeString(value, decoding, place);
  const time = normalizeTime(text);
  if (time === undefined) throw timeError(text, '2006-01-02T15:04:05Z07:00', decoding);
  return time;
}

function decodeMicroTime(value: unknown, decoding: Decoding, place: Place): string {
  const text = decodeString(value, decoding, place);
  const time = normalizeMicroTime(text);
  if (time === undefined) throw timeError(text, '2006-01-02T15:04:05.000000Z07:00', decoding);
  return time;
}

function timeError(text: string, layout: string, decoding: Decoding): DecodeError {
  return new DecodeError(`parsing time ${goQuote(text)} as ${goQuote(layout)} in field ${fieldName(decoding)}`);
}

const QUANTITY = /^[+-]?(?:\d{1,64}(?:\.\d{0,64})?|\.\d{1,64})(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,4})?$/;

/** A bare number is read as its text. The text is kept as written: no quantity takes part in a decision of ours. */
function decodeQuantity(value: unknown, decoding: Decoding, place: Place): string {
  const text = typeof value === 'number' ? String(value) : decodeString(value, decoding, place);
  return checkQuantity(text, fieldName(decoding));
}

/** @throws DecodeError with Go's text; @param field where, for the message */
export function checkQuantity(text: string, field: string): string {
  if (QUANTITY.test(text)) return text;
  throw new DecodeError(
    `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTPE]*[-+]?[0-9]*)$' in field ${field}`,
  );
}

function decodeIntOrString(value: unknown, decoding: Decoding, place: Place): string | number {
  return typeof value === 'string' ? value : decodeInt32(value, decoding, { ...place, goType: 'int32' });
}

function decodeExtraValue(value: unknown, decoding: Decoding, place: Place): string[] {
  if (!Array.isArray(value)) throw typeError(value, decoding, place);
  const element = { ...place, goType: 'string' };
  return value.map((item: unknown) => (item === null ? '' : decodeString(item, decoding, element)));
}

/** JSON that is kept as it is: applied field sets and raw extensions. */
function decodeFreeForm(value: unknown, decoding: Decoding): unknown {
  return copyJSON(value, () => new DecodeError(`exceeded max depth in field ${fieldName(decoding)}`));
}

function fieldName({ path }: Decoding): string {
  return goQuote(formatPath(path));
}

/** `spec.containers[0].name`: names joined by dots, indices in brackets. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** What Go's `omitempty` and `omitzero` leave out: zero scalars, empty lists, maps and structures. */
export function isZero(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === '' || value === 0 || value === false;
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}

export const VALUE_DECODERS: Readonly<Record<ScalarType | SpecialType, ValueDecoder>> = {
  string: decodeString,
  bool: decodeBool,
  int32: decodeInt32,
  int64: decodeInt64,
  bytes: decodeBytes,
  Time: decodeTime,
  MicroTime: decodeMicroTime,
  Quantity: decodeQuantity,
  IntOrString: decodeIntOrString,
  FieldsV1: decodeFreeForm,
  RawExtension: decodeFreeForm,
  ExtraValue: decodeExtraValue,
};
