/** Messages that stand for one JSON value: times, quantities, numbers or strings, raw JSON, map entries. */
import { encodeBase64 } from '../decode/base64.ts';
import { DecodeError } from '../decode/decode-error.ts';
import { checkQuantity, VALUE_DECODERS } from '../decode/value.ts';
import { formatMicroTime, formatTime, isRepresentable } from '../meta/v1/time.ts';
import type { FieldSchema } from '../schema/messages.ts';
import { Reader, WIRE_BYTES, WIRE_VARINT } from './reader.ts';

export type ReadValue = (reader: Reader, wireType: number) => unknown;

/**
 * @param bytes the field's content, after its length
 * @returns undefined for a null: an empty Time
 */
export function readSpecial(field: FieldSchema, bytes: Uint8Array): unknown {
  switch (field.type) {
    case 'bytes':
      return encodeBase64(bytes);
    case 'Time':
    case 'MicroTime':
      return bytes.length === 0 ? undefined : readTime(field, bytes);
    case 'Quantity':
      return checkQuantity(soleString(bytes) || '0', `"${field.name}"`);
    case 'IntOrString':
      return readIntOrString(bytes);
    case 'ExtraValue':
      return strings(bytes);
    case 'FieldsV1':
    case 'RawExtension':
      return readJSON(field, bytes);
    default:
      throw new Error(`no reader for the type "${field.type}" of "${field.name}"`);
  }
}

function readTime(field: FieldSchema, bytes: Uint8Array): string {
  let seconds = 0;
  let nanos = 0;
  eachField(bytes, (reader, tag) => {
    if (tag === varintTag(1)) seconds = reader.int64();
    else if (tag === varintTag(2)) nanos = reader.int32();
    else reader.skip(tag);
  });
  const ms = seconds * 1000;
  if (!isRepresentable(ms) || nanos < 0 || nanos > 999_999_999) {
    throw new DecodeError(`proto: time out of range for field ${field.name}`);
  }
  if (field.type === 'Time') return formatTime(ms);
  const micros = Math.floor(nanos / 1000);
  return formatMicroTime(ms + Math.floor(micros / 1000), micros % 1000);
}

function readIntOrString(bytes: Uint8Array): string | number {
  let isString = false;
  let int = 0;
  let text = '';
  eachField(bytes, (reader, tag) => {
    if (tag === varintTag(1)) isString = reader.int64() === 1;
    else if (tag === varintTag(2)) int = reader.int32();
    else if (tag === bytesTag(3)) text = reader.string();
    else reader.skip(tag);
  });
  return isString ? text : int;
}

function readJSON(field: FieldSchema, bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(soleBytes(bytes));
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DecodeError(`proto: field ${field.name} is not JSON`);
  }
  return value === null
    ? undefined
    : VALUE_DECODERS[field.type as 'FieldsV1' | 'RawExtension'](value, NOWHERE, UNTYPED);
}

const NOWHERE = { path: [], unknownFields: [] };
const UNTYPED = { struct: '', goType: '' };

function soleBytes(bytes: Uint8Array): Uint8Array {
  let value: Uint8Array = new Uint8Array(0);
  eachField(bytes, (reader, tag) => {
    if (tag === bytesTag(1)) value = reader.bytes();
    else reader.skip(tag);
  });
  return value;
}

function soleString(bytes: Uint8Array): string {
  return strings(bytes).at(-1) ?? '';
}

function strings(bytes: Uint8Array): string[] {
  const values: string[] = [];
  eachField(bytes, (reader, tag) => {
    if (tag === bytesTag(1)) values.push(reader.string());
    else reader.skip(tag);
  });
  return values;
}

/** A map entry {1 key, 2 value}. A value that is not there is the zero value. */
export function mapEntry(bytes: Uint8Array, read: ReadValue, type: string): [string, unknown] {
  let key = '';
  let value: unknown;
  eachField(bytes, (reader, tag) => {
    if (tag === bytesTag(1)) key = reader.string();
    else if (tag >>> 3 === 2) value = read(reader, tag & 7);
    else reader.skip(tag);
  });
  return [key, value ?? zeroOf(type)];
}

function zeroOf(type: string): unknown {
  if (type === 'ExtraValue') return [];
  return type === 'Quantity' ? '0' : '';
}

function eachField(bytes: Uint8Array, visit: (reader: Reader, tag: number) => void): void {
  const reader = new Reader(bytes);
  while (!reader.done) visit(reader, reader.tag());
}

function varintTag(number: number): number {
  return number * 8 + WIRE_VARINT;
}

function bytesTag(number: number): number {
  return number * 8 + WIRE_BYTES;
}
