/**
 * Makes certificates: a CA, serving certificates and client certificates, all EC P-256 with ECDSA-SHA256.
 *
 * Each profile says exactly which extensions a certificate carries; nothing is copied from a request. Serial numbers are
 * 128 random bits, so two CAs of one name never collide.
 *
 * @see RFC 5280 §4.1, §4.2; CA/Browser Forum baseline requirements §7.1 for serial numbers
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import type { Random } from '../random/random.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import {
  constructedContext,
  DERReader,
  encode,
  encodeBits,
  encodeOID,
  encodeTime,
  encodeUnsigned,
  encodeUTF8,
  primitiveContext,
  readOctetAlignedBits,
  TAG,
} from './der.ts';
import { OID } from './oids.ts';
import { formatPEM } from './pem.ts';

/** A certificate with its private key. */
export interface KeyedCertificate {
  readonly certificate: Certificate;
  readonly key: KeyObject;
}

/** Inclusive, epoch milliseconds; fractions of a second are cut. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** One relative distinguished name: its attributes, as `{ oid, value }`. */
export type RDN = readonly { readonly oid: string; readonly value: string }[];

export interface CertificateTemplate extends Validity {
  readonly subject: readonly RDN[];
  readonly publicKey: KeyObject;
  readonly serialNumber: Uint8Array;
  /** Already encoded, in order. The key ids are added by `signCertificate`. */
  readonly extensions: readonly Buffer[];
}

/** Certificates begin a little in the past: the peer's clock may be behind ours. */
const BACKDATE_MS = 5 * 60_000;

export function validityFrom(nowMs: number, lifetimeMs: number): Validity {
  return { notBeforeMs: nowMs - BACKDATE_MS, notAfterMs: nowMs + lifetimeMs };
}

/** A fresh EC P-256 pair. */
export function newKeyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

export function randomSerialNumber(random: Random): Buffer {
  const serial = random.bytes(16);
  serial[0] = (serial[0] ?? 0) | 0x40; // never zero, and always the same length
  return serial;
}

/** A self-signed CA that signs leaves only. */
export function issueCA(ca: Validity & { readonly commonName: string; readonly random: Random }): KeyedCertificate {
  const { publicKey, privateKey } = newKeyPair();
  const subject = [[{ oid: OID.commonName, value: ca.commonName }]];
  const template: CertificateTemplate = {
    notBeforeMs: ca.notBeforeMs,
    notAfterMs: ca.notAfterMs,
    subject,
    publicKey,
    serialNumber: randomSerialNumber(ca.random),
    extensions: [basicConstraints({ isCA: true, maxPathLength: 0 }), keyUsage(['keyCertSign', 'cRLSign'])],
  };
  const certificate = signCertificate(template, { name: encodeName(subject), publicKey, key: privateKey });
  return { certificate, key: privateKey };
}

export interface ServingRequest extends Validity {
  readonly commonName: string;
  /** DNS names and IP addresses, by which clients may know this server. */
  readonly hosts: readonly string[];
  readonly random: Random;
}

/** Good for TLS servers only. */
export function issueServing(request: ServingRequest, ca: KeyedCertificate): KeyedCertificate {
  return issueLeaf(
    request,
    ca,
    [[{ oid: OID.commonName, value: request.commonName }]],
    [extendedKeyUsage([OID.serverAuth]), subjectAltNames(request.hosts)],
  );
}

export interface ClientRequest extends Validity {
  /** The user's name and groups. */
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly random: Random;
}

/** Good for TLS clients only. */
export function issueClient(request: ClientRequest, ca: KeyedCertificate): KeyedCertificate {
  const groups = request.organizations.map((value) => [{ oid: OID.organization, value }]);
  const subject = [...groups, [{ oid: OID.commonName, value: request.commonName }]];
  return issueLeaf(request, ca, subject, [extendedKeyUsage([OID.clientAuth])]);
}

function issueLeaf(
  request: Validity & { readonly random: Random },
  ca: KeyedCertificate,
  subject: readonly RDN[],
  extensions: readonly Buffer[],
): KeyedCertificate {
  const { publicKey, privateKey } = newKeyPair();
  const template: CertificateTemplate = {
    notBeforeMs: request.notBeforeMs,
    // A leaf that outlives its CA would fail with a puzzling error; it ends with it instead.
    notAfterMs: Math.min(request.notAfterMs, ca.certificate.notAfterMs),
    subject,
    publicKey,
    serialNumber: randomSerialNumber(request.random),
    extensions: [basicConstraints({ isCA: false }), keyUsage(['digitalSignature']), ...extensions],
  };
  const issuer = { name: ca.certificate.rawSubject, publicKey: createPublicKey(ca.key), key: ca.key };
  return { certificate: signCertificate(template, issuer), key: privateKey };
}

export interface Signer {
  /** Encoded name, which becomes the issuer's. */
  readonly name: Uint8Array;
  readonly publicKey: KeyObject;
  readonly key: KeyObject;
}

/** Encodes and signs, then reads the result back: nothing leaves that we would not accept ourselves. */
export function signCertificate(template: CertificateTemplate, signer: Signer): Certificate {
  const publicKeyInfo = template.publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = encode(TAG.sequence, encodeOID(OID.ecdsaWithSHA256));
  const extensions = [
    ...template.extensions,
    extension(OID.subjectKeyID, false, encode(TAG.octetString, keyID(publicKeyInfo))),
    extension(OID.authorityKeyID, false, authorityKeyID(signer.publicKey)),
  ];
  const tbs = encode(
    TAG.sequence,
    encode(constructedContext(0), encodeUnsigned(Buffer.from([2]))),
    encodeUnsigned(template.serialNumber),
    algorithm,
    signer.name,
    encode(TAG.sequence, encodeTime(template.notBeforeMs), encodeTime(template.notAfterMs)),
    encodeName(template.subject),
    publicKeyInfo,
    encode(constructedContext(3), encode(TAG.sequence, ...extensions)),
  );
  return parseCertificate(encode(TAG.sequence, tbs, algorithm, encodeBits(sign('sha256', tbs, signer.key))));
}

/** An `RDNSequence`, in the order given. */
export function encodeName(rdns: readonly RDN[]): Buffer {
  return encode(TAG.sequence, ...rdns.map(encodeRDN));
}

function encodeRDN(attributes: RDN): Buffer {
  const encoded = attributes.map(({ oid, value }) => encode(TAG.sequence, encodeOID(oid), encodeUTF8(value)));
  return encode(TAG.set, ...encoded.toSorted(Buffer.compare)); // X.690 §11.6: a DER set is sorted
}

/** RFC 5280 §4.2.1.2, method 1. */
function keyID(publicKeyInfo: Uint8Array): Buffer {
  const info = new DERReader(publicKeyInfo).enter(TAG.sequence);
  info.next(TAG.sequence);
  return createHash('sha1')
    .update(readOctetAlignedBits(info.next(TAG.bitString)))
    .digest(); // an identifier, no signature
}

function authorityKeyID(publicKey: KeyObject): Buffer {
  const id = keyID(publicKey.export({ type: 'spki', format: 'der' }));
  return encode(TAG.sequence, encode(primitiveContext(0), id));
}

export function extension(oid: string, isCritical: boolean, value: Uint8Array): Buffer {
  const critical = isCritical ? encode(TAG.boolean, Buffer.from([0xff])) : Buffer.alloc(0);
  return encode(TAG.sequence, encodeOID(oid), critical, encode(TAG.octetString, value));
}

export function basicConstraints(constraints: { readonly isCA: boolean; readonly maxPathLength?: number }): Buffer {
  const isCA = constraints.isCA ? encode(TAG.boolean, Buffer.from([0xff])) : Buffer.alloc(0);
  const { maxPathLength } = constraints;
  const length = maxPathLength === undefined ? Buffer.alloc(0) : encodeUnsigned(Buffer.from([maxPathLength]));
  return extension(OID.basicConstraints, true, encode(TAG.sequence, isCA, length));
}

const KEY_USAGE_BITS = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

export function keyUsage(usages: readonly (keyof typeof KEY_USAGE_BITS)[]): Buffer {
  const bits = usages.reduce((octet, usage) => octet | (0x80 >> KEY_USAGE_BITS[usage]), 0);
  const unused = 7 - Math.max(...usages.map((usage) => KEY_USAGE_BITS[usage]));
  return extension(OID.keyUsage, true, encodeBits(Buffer.from([bits]), unused));
}

export function extendedKeyUsage(usages: readonly string[]): Buffer {
  return extension(OID.extendedKeyUsage, false, encode(TAG.sequence, ...usages.map(encodeOID)));
}

function subjectAltNames(hosts: readonly string[]): Buffer {
  return extension(OID.subjectAltName, false, encode(TAG.sequence, ...hosts.map(encodeHost)));
}

const DNS_NAME = 2;
const IP_ADDRESS = 7;

function encodeHost(host: string): Buffer {
  if (isIP(host) === 0) return encode(primitiveContext(DNS_NAME), Buffer.from(host, 'latin1'));
  return encode(
    primitiveContext(IP_ADDRESS),
    isIPv4(host) ? Buffer.from(host.split('.').map(Number)) : ipv6Bytes(host),
  );
}

function ipv6Bytes(address: string): Buffer {
  // The URL parser gives the canonical text: hexadecimal groups, no embedded IPv4.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** PEM of certificate and PKCS #8 key. */
export function formatKeyed({ certificate, key }: KeyedCertificate): { readonly cert: string; readonly key: string } {
  return {
    cert: formatPEM('CERTIFICATE', certificate.raw),
    key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
