/** Test certificates of any shape, made by our own issuer. For tests only: nothing in the program imports it. */
import { createPublicKey } from 'node:crypto';
import { SeededRandom } from '../random/seeded-random.ts';
import type { Certificate } from './certificate.ts';
import {
  basicConstraints,
  encodeName,
  extendedKeyUsage,
  type KeyedCertificate,
  keyUsage,
  newKeyPair,
  type RDN,
  randomSerialNumber,
  signCertificate,
  validityFrom,
} from './issue.ts';
import { OID } from './oids.ts';

export const NOW_MS = Date.UTC(2026, 0, 1);
const YEAR_MS = 365 * 86_400_000;
const random = new SeededRandom(7);

export interface Shape {
  /** `CN=a` and `O=b` in order; several in one entry, joined by `+`, make a multi-valued RDN. */
  readonly subject: readonly string[];
  readonly isCA?: boolean;
  readonly maxPathLength?: number;
  readonly usages?: readonly string[];
  readonly lifetimeMs?: number;
  readonly startMs?: number;
  readonly extensions?: readonly Buffer[];
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: OID.commonName,
  O: OID.organization,
  UID: OID.kubernetesUID,
};

/** @param issuer undefined: self-signed */
export function make(shape: Shape, issuer?: KeyedCertificate): KeyedCertificate {
  const pair = newKeyPair();
  const subject = shape.subject.map(parseRDN);
  const signer =
    issuer === undefined
      ? { name: encodeName(subject), publicKey: pair.publicKey, key: pair.privateKey }
      : { name: issuer.certificate.rawSubject, publicKey: createPublicKey(issuer.key), key: issuer.key };
  const certificate = signCertificate(
    {
      ...validityFrom(shape.startMs ?? NOW_MS, shape.lifetimeMs ?? YEAR_MS),
      subject,
      publicKey: pair.publicKey,
      serialNumber: randomSerialNumber(random),
      extensions: extensionsOf(shape),
    },
    signer,
  );
  return { certificate, key: pair.privateKey };
}

export const makeCA = (name: string, issuer?: KeyedCertificate, more: Partial<Shape> = {}): KeyedCertificate =>
  make({ subject: [`CN=${name}`], isCA: true, ...more }, issuer);

export const ders = (...keyed: readonly KeyedCertificate[]): Uint8Array[] =>
  keyed.map(({ certificate }) => certificate.raw);
export const certificates = (...keyed: readonly KeyedCertificate[]): Certificate[] =>
  keyed.map(({ certificate }) => certificate);

function parseRDN(text: string): RDN {
  return text.split('+').map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return { oid: ATTRIBUTES[name] ?? name, value };
  });
}

function extensionsOf({ isCA = false, maxPathLength, usages, extensions = [] }: Shape): Buffer[] {
  const constraints = basicConstraints({ isCA, ...(maxPathLength === undefined ? {} : { maxPathLength }) });
  const usage = keyUsage(isCA ? ['keyCertSign', 'cRLSign'] : ['digitalSignature']);
  return [constraints, usage, ...(usages === undefined ? [] : [extendedKeyUsage(usages)]), ...extensions];
}
