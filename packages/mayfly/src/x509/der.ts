/**
 * The Distinguished Encoding Rules, as much as certificates need: a strict reader and a small writer.
 *
 * The reader takes one form for each value (definite minimal lengths, low tag numbers, no trailing bytes) and never looks
 * past the bytes it was given; every refusal is a `DERError`. It copies nothing: elements are views of the input.
 *
 * @see ITU-T X.690 §8, §10
 */

export class DERError extends Error {
  override readonly name = 'DERError';
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag of `[n]`, constructed (explicit, or implicit over a constructed type). */
export function constructedContext(number: number): number {
  return 0xa0 | number;
}

/** Tag of `[n]`, primitive (implicit over a primitive type). */
export function primitiveContext(number: number): number {
  return 0x80 | number;
}

export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Header and content. */
  readonly raw: Uint8Array;
}

/** Walks the elements of one constructed value in order. */
export class DERReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** The tag of the next element; undefined at the end. */
  peekTag(): number | undefined {
    return this.#bytes[this.#offset];
  }

  /** The next element, which must have this tag when one is given. */
  next(tag?: number): Element {
    const start = this.#offset;
    const found = this.#byte();
    if ((found & 0x1f) === 0x1f) throw new DERError('tag number over 30');
    if (tag !== undefined && found !== tag) throw new DERError(`expected tag ${tag}, found ${found}`);
    const length = this.#length();
    const contentStart = this.#offset;
    const end = contentStart + length;
    if (end > this.#bytes.length) throw new DERError('element is longer than what holds it');
    this.#offset = end;
    return { tag: found, content: this.#bytes.subarray(contentStart, end), raw: this.#bytes.subarray(start, end) };
  }

  /** The next element if it has this tag. */
  optional(tag: number): Element | undefined {
    return this.peekTag() === tag ? this.next(tag) : undefined;
  }

  /** A reader over the content of the next element. */
  enter(tag: number): DERReader {
    return new DERReader(this.next(tag).content);
  }

  end(): void {
    if (!this.atEnd) throw new DERError('trailing bytes');
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw new DERError('element ends early');
    this.#offset += 1;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) throw new DERError('length is indefinite or over four octets');
    let length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (octets - 1)) throw new DERError('length is not minimal');
    return length;
  }
}

export function readBoolean(element: Element): boolean {
  const [value] = element.content;
  if (element.content.length !== 1 || (value !== 0 && value !== 0xff)) throw new DERError('malformed boolean');
  return value === 0xff;
}

/** A signed integer of any length. */
export function readInteger(element: Element): bigint {
  const { content } = element;
  const [first, second] = content;
  if (first === undefined) throw new DERError('empty integer');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw new DERError('integer is not minimal');
  }
  return BigInt.asIntN(content.length * 8, BigInt(`0x${Buffer.from(content).toString('hex')}`));
}

/** A small integer such as a version or a path length: 0 to 2^31 - 1. */
export function readSmallInteger(element: Element): number {
  const value = readInteger(element);
  if (value < 0n || value > 0x7fffffffn) throw new DERError('integer out of range');
  return Number(value);
}

const MAX_OID_BYTES = 128;

/** Dotted decimal text. */
export function readOID(element: Element): string {
  const { content } = element;
  const last = content.at(-1);
  if (last === undefined || last >= 0x80 || content.length > MAX_OID_BYTES)
    throw new DERError('malformed object identifier');
  const arcs: bigint[] = [];
  let arc = 0n;
  let arcStarts = true;
  for (const byte of content) {
    if (arcStarts && byte === 0x80) throw new DERError('object identifier is not minimal');
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    arcStarts = byte < 0x80;
    if (!arcStarts) continue;
    arcs.push(arc);
    arc = 0n;
  }
  return [...firstArcs(arcs[0] ?? 0n), ...arcs.slice(1)].join('.');
}

function firstArcs(combined: bigint): [bigint, bigint] {
  const first = combined >= 80n ? 2n : combined / 40n;
  return [first, combined - first * 40n];
}

/** Bytes of a bit string that is a whole number of octets (keys, signatures). */
export function readOctetAlignedBits(element: Element): Uint8Array {
  if (element.content[0] !== 0) throw new DERError('bit string is not whole octets');
  return element.content.subarray(1);
}

/** Named bits (key usage), lowest bit number first. */
export function readNamedBits(element: Element): boolean[] {
  const [unused, ...octets] = element.content;
  if (unused === undefined || unused > 7 || (octets.length === 0 && unused !== 0))
    throw new DERError('malformed bit string');
  const bits = octets.flatMap((octet) => Array.from({ length: 8 }, (_, bit) => (octet & (0x80 >> bit)) !== 0));
  return bits.slice(0, bits.length - unused);
}

const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/** UTCTime or GeneralizedTime in RFC 5280's only form (Zulu, with seconds), as epoch milliseconds. */
export function readTime(element: Element): number {
  if (element.tag !== TAG.utcTime && element.tag !== TAG.generalizedTime) throw new DERError('expected a time');
  const text = Buffer.from(element.content).toString('latin1');
  const isUTC = element.tag === TAG.utcTime;
  const match = (isUTC ? UTC_TIME : GENERALIZED_TIME).exec(text);
  if (match === null) throw new DERError('malformed time');
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number);
  // RFC 5280 §4.1.2.5.1: two digits of 50 and over are the nineteen hundreds.
  const fullYear = isUTC ? year + (year >= 50 ? 1900 : 2000) : year;
  const [day = 0, hour = 0, minute = 0, second = 0] = rest;
  const date = new Date(0);
  date.setUTCFullYear(fullYear, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) {
    throw new DERError('no such time');
  }
  return date.getTime();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/; // with * and &, which Go accepts too because CAs write them

/** Text of a string element; undefined when the tag is no string type. */
export function readString(element: Element): string | undefined {
  switch (element.tag) {
    case TAG.utf8String:
      return decodeUTF8(element.content);
    case TAG.printableString:
      return matching(PRINTABLE, element.content);
    case TAG.ia5String:
      if (element.content.some((byte) => byte >= 0x80)) throw new DERError('IA5String is not ASCII');
      return Buffer.from(element.content).toString('latin1');
    case TAG.teletexString:
      return Buffer.from(element.content).toString('latin1');
    case TAG.bmpString:
      return decodeBMP(element.content);
    default:
      return undefined;
  }
}

function decodeUTF8(content: Uint8Array): string {
  try {
    return utf8.decode(content);
  } catch (error) {
    throw new DERError('string is not UTF-8', { cause: error });
  }
}

function matching(allowed: RegExp, content: Uint8Array): string {
  const text = Buffer.from(content).toString('latin1');
  if (!allowed.test(text)) throw new DERError('string holds a character its type forbids');
  return text;
}

function decodeBMP(content: Uint8Array): string {
  if (content.length % 2 !== 0) throw new DERError('BMPString has an odd length');
  const text = Buffer.from(content).swap16().toString('utf16le');
  if (!text.isWellFormed()) throw new DERError('BMPString holds a surrogate');
  return text;
}

/** An element of these contents, one after the other. */
export function encode(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

/** A non-negative integer from its big-endian bytes. */
export function encodeUnsigned(bytes: Uint8Array): Buffer {
  const firstUsed = bytes.findIndex((byte) => byte !== 0);
  const significant = firstUsed === -1 ? Buffer.from([0]) : bytes.subarray(firstUsed);
  const needsSign = (significant[0] ?? 0) >= 0x80;
  return encode(TAG.integer, needsSign ? Buffer.from([0]) : Buffer.alloc(0), significant);
}

/** @param text dotted decimal, at least two arcs */
export function encodeOID(text: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = text.split('.').map(BigInt);
  return encode(TAG.oid, ...[first * 40n + second, ...rest].map(encodeArc));
}

function encodeArc(arc: bigint): Buffer {
  const octets = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80);
  return Buffer.from(octets);
}

export function encodeUTF8(text: string): Buffer {
  return encode(TAG.utf8String, Buffer.from(text, 'utf8'));
}

export function encodeBits(bytes: Uint8Array, unusedBits = 0): Buffer {
  return encode(TAG.bitString, Buffer.from([unusedBits]), bytes);
}

/** UTCTime through 2049, GeneralizedTime after. @see RFC 5280 §4.1.2.5 */
export function encodeTime(epochMs: number): Buffer {
  const digits = new Date(epochMs)
    .toISOString()
    .replace(/\.\d{3}Z$/, 'Z')
    .replaceAll(/[-:T]/g, '');
  const year = Number(digits.slice(0, 4));
  if (year >= 1950 && year < 2050) return encode(TAG.utcTime, Buffer.from(digits.slice(2), 'latin1'));
  return encode(TAG.generalizedTime, Buffer.from(digits, 'latin1'));
}
