/**
 * Reads an X.509 v3 certificate into what authentication decides by, and what Node's own parser does not tell: subject
 * attributes in encoding order, path length, key ids, which critical extensions nobody here understands.
 *
 * Parsing trusts nothing and decides nothing: a parsed certificate is not a verified one.
 *
 * @see RFC 5280 §4.1, §4.2
 */
import {
  constructedContext,
  DERError,
  DERReader,
  type Element,
  primitiveContext,
  readBoolean,
  readInteger,
  readNamedBits,
  readOctetAlignedBits,
  readOID,
  readSmallInteger,
  readString,
  readTime,
  TAG,
} from './der.ts';
import { OID } from './oids.ts';

/** One attribute of a name; attributes of a multi-valued RDN follow each other. */
export interface NameAttribute {
  readonly oid: string;
  /** Undefined when the value is of no string type. */
  readonly value: string | undefined;
}

export interface Certificate {
  /** The whole certificate, DER. */
  readonly raw: Uint8Array;
  /** What the signature covers. */
  readonly tbs: Uint8Array;
  readonly version: number;
  readonly serialNumber: bigint;
  /** AlgorithmIdentifier, DER: the one inside the signed part, which is equal to the one outside. */
  readonly signatureAlgorithm: { readonly oid: string; readonly raw: Uint8Array };
  readonly signature: Uint8Array;
  readonly rawIssuer: Uint8Array;
  readonly rawSubject: Uint8Array;
  readonly subject: readonly NameAttribute[];
  /** Inclusive, epoch milliseconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array;
  /** Undefined when there is no such extension. */
  readonly basicConstraints: { readonly isCA: boolean; readonly maxPathLength: number | undefined } | undefined;
  readonly mayKeyCertSign: boolean | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly subjectKeyID: Uint8Array | undefined;
  readonly authorityKeyID: Uint8Array | undefined;
  /** Critical extensions we cannot honour. @see RFC 5280 §4.2: such a certificate must be rejected */
  readonly unhandledCritical: readonly string[];
}

/** More than any real certificate; bounds what a hostile peer can make us walk. */
const MAX_CERTIFICATE_BYTES = 64 * 1024;
const MAX_EXTENSIONS = 64;
const MAX_ATTRIBUTES = 512;

/** @throws DERError when the bytes are not exactly one certificate */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES) throw new DERError('certificate is over 64 KiB');
  const outer = new DERReader(der);
  const certificate = outer.enter(TAG.sequence);
  outer.end();
  const tbs = certificate.next(TAG.sequence);
  const algorithm = certificate.next(TAG.sequence);
  const signature = readOctetAlignedBits(certificate.next(TAG.bitString));
  certificate.end();
  const signed = parseTBS(tbs.content);
  // RFC 5280 §4.1.1.2: otherwise the algorithm could be swapped without touching the signed part.
  if (Buffer.compare(signed.algorithm.raw, algorithm.raw) !== 0)
    throw new DERError('inner and outer signature algorithms differ');
  const { algorithm: _, ...fields } = signed;
  return {
    ...fields,
    raw: der,
    tbs: tbs.raw,
    signature,
    signatureAlgorithm: { oid: algorithmOID(algorithm), raw: algorithm.raw },
  };
}

function algorithmOID(algorithm: Element): string {
  return readOID(new DERReader(algorithm.content).next(TAG.oid));
}

type SignedFields = Omit<Certificate, 'raw' | 'tbs' | 'signature' | 'signatureAlgorithm'> & {
  readonly algorithm: Element;
};

function parseTBS(content: Uint8Array): SignedFields {
  const tbs = new DERReader(content);
  const version = parseVersion(tbs.optional(constructedContext(0)));
  const serialNumber = readInteger(tbs.next(TAG.integer));
  const algorithm = tbs.next(TAG.sequence);
  const rawIssuer = tbs.next(TAG.sequence).raw;
  const validity = tbs.enter(TAG.sequence);
  const notBeforeMs = readTime(validity.next());
  const notAfterMs = readTime(validity.next());
  validity.end();
  const subject = tbs.next(TAG.sequence);
  const publicKeyInfo = tbs.next(TAG.sequence).raw;
  tbs.optional(primitiveContext(1)); // issuerUniqueID and subjectUniqueID: read by nobody
  tbs.optional(primitiveContext(2));
  const extensions = parseExtensions(tbs.optional(constructedContext(3)), version);
  tbs.end();
  return {
    version,
    serialNumber,
    algorithm,
    rawIssuer,
    notBeforeMs,
    notAfterMs,
    rawSubject: subject.raw,
    subject: parseName(subject.content),
    publicKeyInfo,
    ...extensions,
  };
}

function parseVersion(element: Element | undefined): number {
  if (element === undefined) return 1;
  const reader = new DERReader(element.content);
  const version = readSmallInteger(reader.next(TAG.integer)) + 1;
  reader.end();
  if (version !== 2 && version !== 3) throw new DERError(`unknown certificate version ${version}`);
  return version;
}

function parseName(content: Uint8Array): NameAttribute[] {
  const attributes: NameAttribute[] = [];
  const names = new DERReader(content);
  while (!names.atEnd) {
    const set = names.enter(TAG.set);
    do attributes.push(parseAttribute(set));
    while (!set.atEnd);
    if (attributes.length > MAX_ATTRIBUTES) throw new DERError('name has over 512 attributes');
  }
  return attributes;
}

function parseAttribute(set: DERReader): NameAttribute {
  const pair = set.enter(TAG.sequence);
  const oid = readOID(pair.next(TAG.oid));
  const value = readString(pair.next());
  pair.end();
  return { oid, value };
}

type Extensions = Pick<
  Certificate,
  'basicConstraints' | 'mayKeyCertSign' | 'extendedKeyUsage' | 'subjectKeyID' | 'authorityKeyID' | 'unhandledCritical'
>;

interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

function parseExtensions(element: Element | undefined, version: number): Extensions {
  if (element !== undefined && version !== 3) throw new DERError('extensions in a certificate of an old version');
  const byOID = new Map<string, Extension>();
  if (element !== undefined) for (const extension of listExtensions(element)) addOnce(byOID, extension);
  const read = <T>(oid: string, parse: (reader: DERReader) => T): T | undefined => {
    const extension = byOID.get(oid);
    if (extension === undefined) return undefined;
    const reader = new DERReader(extension.value);
    const value = parse(reader);
    reader.end();
    return value;
  };
  return {
    basicConstraints: read(OID.basicConstraints, parseBasicConstraints),
    mayKeyCertSign: read(
      OID.keyUsage,
      (reader) => readNamedBits(reader.next(TAG.bitString))[KEY_CERT_SIGN_BIT] === true,
    ),
    extendedKeyUsage: read(OID.extendedKeyUsage, parseExtendedKeyUsage),
    subjectKeyID: read(OID.subjectKeyID, (reader) => reader.next(TAG.octetString).content),
    authorityKeyID: read(OID.authorityKeyID, parseAuthorityKeyID),
    unhandledCritical: [...byOID.values()].filter(isUnhandled).map(({ oid }) => oid),
  };
}

const KEY_CERT_SIGN_BIT = 5;

/** Subject alternative names are not looked at, but they limit nothing either. */
const HANDLED: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectKeyID,
  OID.authorityKeyID,
  OID.subjectAltName,
]);

/** Differs: name constraints are not evaluated, so a certificate that has them, critical or not, is refused. */
function isUnhandled({ oid, isCritical }: Extension): boolean {
  return oid === OID.nameConstraints || (isCritical && !HANDLED.has(oid));
}

function* listExtensions(element: Element): Generator<Extension> {
  const wrapper = new DERReader(element.content);
  const list = wrapper.enter(TAG.sequence);
  wrapper.end();
  while (!list.atEnd) {
    const extension = list.enter(TAG.sequence);
    const oid = readOID(extension.next(TAG.oid));
    const critical = extension.optional(TAG.boolean);
    const value = extension.next(TAG.octetString).content;
    extension.end();
    yield { oid, isCritical: critical !== undefined && readBoolean(critical), value };
  }
}

function addOnce(byOID: Map<string, Extension>, extension: Extension): void {
  // RFC 5280 §4.2: at most one of a kind; two would let parsers disagree about which counts.
  if (byOID.has(extension.oid)) throw new DERError(`extension ${extension.oid} twice`);
  if (byOID.size === MAX_EXTENSIONS) throw new DERError('over 64 extensions');
  byOID.set(extension.oid, extension);
}

function parseBasicConstraints(reader: DERReader): NonNullable<Certificate['basicConstraints']> {
  const constraints = reader.enter(TAG.sequence);
  const isCA = constraints.optional(TAG.boolean);
  const pathLength = constraints.optional(TAG.integer);
  constraints.end();
  return {
    isCA: isCA !== undefined && readBoolean(isCA),
    maxPathLength: pathLength === undefined ? undefined : readSmallInteger(pathLength),
  };
}

function parseExtendedKeyUsage(reader: DERReader): string[] {
  const usages: string[] = [];
  const list = reader.enter(TAG.sequence);
  do usages.push(readOID(list.next(TAG.oid)));
  while (!list.atEnd);
  return usages;
}

function parseAuthorityKeyID(reader: DERReader): Uint8Array | undefined {
  const fields = reader.enter(TAG.sequence);
  return fields.optional(primitiveContext(0))?.content; // issuer and serial, if there, choose nothing here
}
