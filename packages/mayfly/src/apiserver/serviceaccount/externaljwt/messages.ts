/**
 * The messages an external signer speaks, as bytes. They are three requests of one field or none, so no generator is needed.
 *
 * What is read is only taken apart here; whether it may be used is decided in `fetched-keys.ts` and `header.ts`.
 *
 * @see kubernetes/externaljwt apis/v1/api.proto; KEP 740; spec service-account-tokens §13
 */
import { Reader, WIRE_BYTES, WIRE_VARINT } from '@mayfly/api/protobuf/reader';
import { text } from '@mayfly/api/protobuf/writer';

export const SERVICE = 'v1.ExternalJWTSigner';
export type Method = 'Sign' | 'FetchKeys' | 'Metadata';

/** Header and signature, each in base64url, as they will stand in the token. */
export interface SignResponse {
  readonly header: string;
  readonly signature: string;
}

export interface ExternalKey {
  readonly keyID: string;
  /** SubjectPublicKeyInfo. */
  readonly der: Uint8Array;
  /** It verifies, but relying parties are not told of it. */
  readonly isExcluded: boolean;
}

export interface Timestamp {
  /** Epoch seconds. */
  readonly seconds: number;
  readonly nanos: number;
}

export interface FetchKeysResponse {
  readonly keys: readonly ExternalKey[];
  readonly dataTimestamp: Timestamp | undefined;
  readonly refreshHintSeconds: number;
}

export interface MetadataResponse {
  readonly maxTokenExpirationSeconds: number;
}

/** @param claims the payload in base64url, exactly as it will stand in the token */
export function encodeSignRequest(claims: string): Uint8Array {
  return text(1, claims);
}

/** @throws DecodeError */
export function decodeSignResponse(bytes: Uint8Array): SignResponse {
  let [header, signature] = ['', ''];
  eachField(bytes, (tag, reader) => {
    if (tag === bytesField(1)) header = reader.string();
    else if (tag === bytesField(2)) signature = reader.string();
    else reader.skip(tag);
  });
  return { header, signature };
}

/** @throws DecodeError */
export function decodeFetchKeysResponse(bytes: Uint8Array): FetchKeysResponse {
  const keys: ExternalKey[] = [];
  let dataTimestamp: Timestamp | undefined;
  let refreshHintSeconds = 0;
  eachField(bytes, (tag, reader) => {
    if (tag === bytesField(1)) keys.push(decodeKey(reader.bytes()));
    else if (tag === bytesField(2)) dataTimestamp = decodeTimestamp(reader.bytes());
    else if (tag === varintField(3)) refreshHintSeconds = reader.int64();
    else reader.skip(tag);
  });
  return { keys, dataTimestamp, refreshHintSeconds };
}

/** @throws DecodeError */
export function decodeMetadataResponse(bytes: Uint8Array): MetadataResponse {
  let maxTokenExpirationSeconds = 0;
  eachField(bytes, (tag, reader) => {
    if (tag === varintField(1)) maxTokenExpirationSeconds = reader.int64();
    else reader.skip(tag);
  });
  return { maxTokenExpirationSeconds };
}

function decodeKey(bytes: Uint8Array): ExternalKey {
  let keyID = '';
  let der = new Uint8Array();
  let isExcluded = false;
  eachField(bytes, (tag, reader) => {
    if (tag === bytesField(1)) keyID = reader.string();
    else if (tag === bytesField(2))
      der = Uint8Array.from(reader.bytes()); // what is read is a view of a larger answer
    else if (tag === varintField(3)) isExcluded = reader.bool();
    else reader.skip(tag);
  });
  return { keyID, der, isExcluded };
}

function decodeTimestamp(bytes: Uint8Array): Timestamp {
  let [seconds, nanos] = [0, 0];
  eachField(bytes, (tag, reader) => {
    if (tag === varintField(1)) seconds = reader.int64();
    else if (tag === varintField(2)) nanos = reader.int32();
    else reader.skip(tag);
  });
  return { seconds, nanos };
}

function bytesField(number: number): number {
  return (number << 3) | WIRE_BYTES;
}

function varintField(number: number): number {
  return (number << 3) | WIRE_VARINT;
}

/** @param read takes the field from the reader, or has it skipped: a later release may know more fields */
function eachField(bytes: Uint8Array, read: (tag: number, reader: Reader) => void): void {
  const reader = new Reader(bytes);
  while (!reader.done) read(reader.tag(), reader);
}
