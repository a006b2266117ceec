/**
 * Kubernetes protobuf bodies to plain JSON objects, the same that their JSON bodies decode to.
 *
 * Since 0.32 client-go sends every typed request as protobuf and does not fall back, so this is not optional. There is
 * no encoder: all clients take JSON answers. Field numbers unknown to the schema are skipped, as Go does.
 *
 * @see kubernetes/apimachinery pkg/runtime/serializer/protobuf/protobuf.go; spec kubernetes-wire §6.3
 */
import { DecodeError } from '../decode/decode-error.ts';
import { setMember } from '../decode/json.ts';
import { isZero } from '../decode/value.ts';
import type { KubernetesObject } from '../meta/v1/object-meta.ts';
import { type FieldSchema, isMessageType, type MessageSchema, messageSchema } from '../schema/messages.ts';
import { Reader, WIRE_BYTES, WIRE_VARINT } from './reader.ts';
import { mapEntry, type ReadValue, readSpecial } from './special.ts';

const MAGIC = [0x6b, 0x38, 0x73, 0x00]; // "k8s" NUL
/**
 * An empty element costs two bytes on the wire and an object here. A quarter of a million is far beyond any object that
 * fits the store, and keeps a body of the permitted size from filling the heap.
 */
const MAX_MESSAGES = 250_000;

export interface Envelope {
  apiVersion: string;
  kind: string;
  /** The object's own message: a view of the body. */
  raw: Uint8Array;
}

/**
 * Opens the envelope of a body with `Content-Type: application/vnd.kubernetes.protobuf`.
 *
 * @throws DecodeError without the magic prefix, and for anything malformed
 */
export function decodeEnvelope(body: Uint8Array): Envelope {
  if (MAGIC.some((byte, index) => body[index] !== byte)) {
    throw new DecodeError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  if (body.length === MAGIC.length) throw new DecodeError('empty body');
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array(0) };
  const reader = new Reader(body.subarray(MAGIC.length));
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === bytesTag(1)) Object.assign(envelope, decodeTypeMeta(reader.bytes()));
    else if (tag === bytesTag(2)) envelope.raw = reader.bytes();
    else if (tag === bytesTag(3)) refuseEncoding(reader.string());
    else reader.skip(tag);
  }
  return envelope;
}

function decodeTypeMeta(bytes: Uint8Array): { apiVersion: string; kind: string } {
  const typeMeta = { apiVersion: '', kind: '' };
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === bytesTag(1)) typeMeta.apiVersion = reader.string();
    else if (tag === bytesTag(2)) typeMeta.kind = reader.string();
    else reader.skip(tag);
  }
  return typeMeta;
}

function refuseEncoding(contentEncoding: string): void {
  if (contentEncoding !== '') throw new DecodeError('proto: compressed objects are not supported');
}

/**
 * Decodes an object's own message.
 *
 * @param schema a message of `@mayfly/api/schema/messages`
 * @param raw    `raw` of the envelope; untrusted
 * @returns the object without `apiVersion` and `kind`, which the envelope holds
 * @throws DecodeError for truncated or malformed bytes, or values of the wrong wire type
 */
export function decodeMessage(schema: string, raw: Uint8Array): KubernetesObject {
  const object: Record<string, unknown> = {};
  new MessageDecoder().decode(messageSchema(schema), raw, object);
  return object as KubernetesObject;
}

class MessageDecoder {
  #messagesLeft = MAX_MESSAGES;

  /** Adds to `object`: a message may come in several pieces, and inlined ones share their parent's object. */
  decode(schema: MessageSchema, bytes: Uint8Array, object: Record<string, unknown>): void {
    if (this.#messagesLeft-- === 0) throw new DecodeError('proto: too many nested messages');
    const reader = new Reader(bytes);
    while (!reader.done) {
      const tag = reader.tag();
      const field = schema.byNumber(tag >>> 3);
      if (field === undefined) reader.skip(tag);
      else this.#field(field, tag & 7, reader, object);
    }
  }

  #field(field: FieldSchema, wireType: number, reader: Reader, object: Record<string, unknown>): void {
    if (field.inline) this.decode(messageSchema(field.type), lengthDelimited(field, wireType, reader), object);
    else if (field.map) this.#mapEntry(field, wireType, reader, object);
    else if (field.repeated) this.#element(field, wireType, reader, object);
    else this.#single(field, wireType, reader, object);
  }

  #single(field: FieldSchema, wireType: number, reader: Reader, object: Record<string, unknown>): void {
    const value = isMessageType(field.type)
      ? this.#message(field, lengthDelimited(field, wireType, reader), object[field.name])
      : readScalar(field, wireType, reader);
    if (value === undefined) return;
    if (field.omitEmpty && !field.pointer && isZero(value)) delete object[field.name];
    else object[field.name] = value;
  }

  #message(field: FieldSchema, bytes: Uint8Array, earlier: unknown): Record<string, unknown> {
    const message = (earlier ?? {}) as Record<string, unknown>;
    this.decode(messageSchema(field.type), bytes, message);
    return message;
  }

  #element(field: FieldSchema, wireType: number, reader: Reader, object: Record<string, unknown>): void {
    object[field.name] ??= [];
    const list = object[field.name] as unknown[];
    if (isMessageType(field.type)) {
      list.push(this.#message(field, lengthDelimited(field, wireType, reader), undefined));
    } else if (wireType === WIRE_BYTES && isVarint(field.type)) {
      const packed = new Reader(reader.bytes());
      while (!packed.done) list.push(readScalar(field, WIRE_VARINT, packed));
    } else list.push(readScalar(field, wireType, reader));
  }

  #mapEntry(field: FieldSchema, wireType: number, reader: Reader, object: Record<string, unknown>): void {
    const read: ReadValue = (value, valueWireType) => readScalar(field, valueWireType, value);
    const [key, value] = mapEntry(lengthDelimited(field, wireType, reader), read, field.type);
    object[field.name] ??= {};
    setMember(object[field.name] as Record<string, unknown>, key, value);
  }
}

function isVarint(type: string): boolean {
  return type === 'int32' || type === 'int64' || type === 'bool';
}

/** @returns undefined for a null (an empty Time) */
function readScalar(field: FieldSchema, wireType: number, reader: Reader): unknown {
  if (isVarint(field.type)) {
    if (wireType !== WIRE_VARINT) throw wrongWireType(field, wireType);
    if (field.type === 'bool') return reader.bool();
    return field.type === 'int32' ? reader.int32() : reader.int64();
  }
  if (wireType !== WIRE_BYTES) throw wrongWireType(field, wireType);
  return field.type === 'string' ? reader.string() : readSpecial(field, reader.bytes());
}

function lengthDelimited(field: FieldSchema, wireType: number, reader: Reader): Uint8Array {
  if (wireType !== WIRE_BYTES) throw wrongWireType(field, wireType);
  return reader.bytes();
}

function wrongWireType(field: FieldSchema, wireType: number): DecodeError {
  return new DecodeError(`proto: wrong wireType = ${wireType} for field ${field.name}`);
}

function bytesTag(number: number): number {
  return number * 8 + WIRE_BYTES;
}
