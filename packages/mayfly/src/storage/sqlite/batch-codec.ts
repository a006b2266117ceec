import type { LogRecord } from '../mvcc/revision-log.ts';
import type { KeyValue, StoreEvent } from '../store.ts';

/**
 * How the changes of a commit group lie in a row of the data file.
 *
 * | part | bytes | |
 * | --- | --: | --- |
 * | format | 1 | `BATCH_FORMAT`; once, at the start of the row |
 *
 * and then for each change, in order of revision:
 *
 * | part | bytes | |
 * | --- | --: | --- |
 * | revision | 1–8 | when it was changed |
 * | created | 1–8 | revisions since the key was created; 0 for a deletion |
 * | replaced | 1–8 | revisions since the version before this one; 0 for a key that did not exist |
 * | version | 1–8 | writes since creation; 0 for a deletion |
 * | lease | 1–8 | 0 for none |
 * | key size | 1–8 | |
 * | value size | 1–8 | 0 for a deletion |
 * | key | | UTF-8 |
 * | value | | |
 *
 * Numbers are unsigned and little-endian in base 128, seven bits a byte, the high bit set on all but the last byte: a
 * record of our usual size needs some 15 bytes beside its key and value. Whether the bytes are those that were written is
 * SQLite's and the disk's affair; this only makes sure that wrong ones are refused and not read beyond.
 */
export const BATCH_FORMAT = 1;

/** Seven numbers below 2^53. */
const HEAD_BYTES_MAX = 7 * 8;

/** A UTF-16 unit is three bytes of UTF-8 at most (a surrogate pair is four). */
const BYTES_PER_UNIT_MAX = 3;

const BUFFER_BYTES = 128 * 1024;

/** Packs changes into one buffer, which it uses again for the next batch. */
export class BatchWriter {
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #end = 0;

  constructor() {
    this.clear();
  }

  get sizeBytes(): number {
    return this.#end;
  }

  /** The batch so far; valid until the next call of anything here. */
  get data(): Uint8Array {
    return this.#buffer.subarray(0, this.#end);
  }

  /** Begins a batch. A buffer that one large value needed is given back. */
  clear(): void {
    if (this.#buffer.length > BUFFER_BYTES) this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#buffer[0] = BATCH_FORMAT;
    this.#end = 1;
  }

  add(event: StoreEvent): void {
    if (event.type === 'put') this.#put(event.kv, event.prev?.modRevision);
    else this.#record(event.key, undefined, [event.modRevision, 0, event.modRevision - event.prev.modRevision, 0, 0]);
  }

  #put({ key, value, createRevision, modRevision, version, lease }: KeyValue, replaced = modRevision): void {
    this.#record(key, value, [modRevision, modRevision - createRevision, modRevision - replaced, version, lease]);
  }

  #record(key: string, value: Uint8Array | undefined, head: readonly number[]): void {
    const valueBytes = value?.byteLength ?? 0;
    this.#reserve(HEAD_BYTES_MAX + key.length * BYTES_PER_UNIT_MAX + valueBytes);
    for (const number of head) this.#number(number);
    this.#number(Buffer.byteLength(key));
    this.#number(valueBytes);
    this.#end += this.#buffer.write(key, this.#end);
    if (value !== undefined) this.#buffer.set(value, this.#end);
    this.#end += valueBytes;
  }

  #number(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#buffer[this.#end++] = (rest % 0x80) | 0x80;
    this.#buffer[this.#end++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#end + bytes));
    larger.set(this.data);
    this.#buffer = larger;
  }
}

/**
 * Walks over the records of a batch. Its properties are those of the record that `next` came to; key and value are
 * made only when asked for, since most walks want few of them.
 */
export class BatchReader {
  readonly #data: Buffer;
  #at = 1;
  #start = 1;
  #keyStart = 1;
  #valueStart = 1;
  modRevision = 0;
  createRevision = 0;
  /** 0 when the key did not exist before. */
  prevRevision = 0;
  /** 0 for a deletion. */
  version = 0;
  lease = 0;

  /** @throws Error for a format that this program does not know */
  constructor(data: Uint8Array) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (data[0] !== BATCH_FORMAT) throw damaged();
  }

  /** @throws Error when the bytes cannot be a batch */
  next(): boolean {
    this.#start = this.#at;
    if (this.#at === this.#data.length) return false;
    const revision = this.#number();
    const created = this.#number();
    const replaced = this.#number();
    this.modRevision = revision;
    this.version = this.#number();
    this.createRevision = this.version === 0 ? 0 : revision - created;
    this.prevRevision = replaced === 0 ? 0 : revision - replaced;
    this.lease = this.#number();
    this.#skipContents(this.#number(), this.#number());
    return true;
  }

  key(): string {
    return this.#data.toString('utf8', this.#keyStart, this.#valueStart);
  }

  /** The record as the log's callers know it, with a copy of its value: the batch is not kept alive by it. */
  record(): LogRecord {
    if (this.version === 0) return { type: 'delete', key: this.key(), modRevision: this.modRevision };
    return { type: 'put', kv: this.kv() };
  }

  /** See `record`; only for a put. */
  kv(): KeyValue {
    return Object.freeze({
      key: this.key(),
      value: new Uint8Array(this.#data.subarray(this.#valueStart, this.#at)),
      createRevision: this.createRevision,
      modRevision: this.modRevision,
      version: this.version,
      lease: this.lease,
    });
  }

  /** All of the record, as it lies there. */
  bytes(): Uint8Array {
    return this.#data.subarray(this.#start, this.#at);
  }

  #skipContents(keyBytes: number, valueBytes: number): void {
    this.#keyStart = this.#at;
    this.#valueStart = this.#keyStart + keyBytes;
    this.#at = this.#valueStart + valueBytes;
    if (this.#at > this.#data.length) throw damaged();
  }

  #number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#data[this.#at++];
      if (byte === undefined || scale > Number.MAX_SAFE_INTEGER) throw damaged();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
}

/**
 * The batch without the records that `isDropped`: itself when there are none, undefined when no other is left.
 *
 * @throws Error when the bytes cannot be a batch
 */
export function withoutRecords(data: Uint8Array, isDropped: (record: BatchReader) => boolean): Uint8Array | undefined {
  const reader = new BatchReader(data);
  const kept = [data.subarray(0, 1)];
  let dropped = 0;
  while (reader.next()) {
    if (isDropped(reader)) dropped++;
    else kept.push(reader.bytes());
  }
  if (dropped === 0) return data;
  return kept.length === 1 ? undefined : Buffer.concat(kept);
}

function damaged(): Error {
  return new Error('a row is damaged; restore the file from a backup');
}
