/**
 * Client certificates become users: CN is the name, each O a group.
 *
 * Trusts the anchors it is handed, and of the peer only that TLS proved possession of the leaf's key. Intermediates are
 * those the peer sent. There is no revocation, as in Kubernetes: end a user by its bindings, the CA, or expiry.
 *
 * @see kubernetes/apiserver pkg/authentication/request/x509/x509.go; spec authentication §6
 */
import { createHash } from 'node:crypto';
import { CREDENTIAL_ID_EXTRA, type UserInfo } from '@mayfly/api/user/user';
import type { Clock } from '../../../clock/clock.ts';
import { type Certificate, parseCertificate } from '../../../x509/certificate.ts';
import { DERError } from '../../../x509/der.ts';
import { OID } from '../../../x509/oids.ts';
import { pathVerdict, type TrustAnchors } from '../../../x509/verify.ts';
import {
  type Authentication,
  type CredentialSource,
  failed,
  NO_OPINION,
  type RequestAuthenticator,
} from '../authenticator.ts';

/** Where the anchors of this moment come from. A changed bundle is a new object; undefined: none loaded yet. */
export interface ClientCAs {
  current(): TrustAnchors | undefined;
}

export interface X509Dependencies {
  readonly roots: ClientCAs;
  readonly clock: Clock;
  /** Told the seconds until a presented leaf ends, once a connection and before verification: it may have failed. */
  readonly observeExpirationSeconds: (seconds: number) => void;
}

/** A verdict on one connection's certificates, good for these anchors and until then. */
interface Remembered {
  readonly anchors: TrustAnchors;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly authentication: Authentication;
}

/** A refused peer is judged again after this long; a clock set right, say, lets it in. */
const REFUSAL_MEMORY_MS = 10_000;

/** More than any real chain; TLS itself bounds only the bytes. */
const MAX_PEER_CERTIFICATES = 32;

export class X509Authenticator implements RequestAuthenticator {
  readonly #roots: ClientCAs;
  readonly #clock: Clock;
  readonly #observeExpirationSeconds: (seconds: number) => void;
  /** Keyed by the array the connection holds, so it lives as long as the connection. */
  readonly #remembered = new WeakMap<readonly Uint8Array[], Remembered>();

  constructor({ roots, clock, observeExpirationSeconds }: X509Dependencies) {
    this.#roots = roots;
    this.#clock = clock;
    this.#observeExpirationSeconds = observeExpirationSeconds;
  }

  authenticateRequest({ peerCertificates }: CredentialSource): Authentication {
    if (peerCertificates === undefined || peerCertificates.length === 0) return NO_OPINION;
    const anchors = this.#roots.current();
    if (anchors === undefined) return NO_OPINION;
    const nowMs = this.#clock.nowMs();
    const remembered = this.#remembered.get(peerCertificates);
    if (remembered?.anchors === anchors && nowMs >= remembered.fromMs && nowMs < remembered.untilMs) {
      return remembered.authentication;
    }
    const judged = this.#judge(peerCertificates, anchors, nowMs, remembered === undefined);
    this.#remembered.set(peerCertificates, judged);
    return judged.authentication;
  }

  #judge(peer: readonly Uint8Array[], anchors: TrustAnchors, nowMs: number, isNew: boolean): Remembered {
    const refusal = (message: string): Remembered => {
      return { anchors, fromMs: nowMs, untilMs: nowMs + REFUSAL_MEMORY_MS, authentication: failed(message) };
    };
    const chain = parseChain(peer);
    if (typeof chain === 'string') return refusal(chain);
    const [leaf, ...intermediates] = chain as [Certificate, ...Certificate[]];
    if (isNew) this.#observeExpirationSeconds((leaf.notAfterMs - nowMs) / 1000);
    const verdict = pathVerdict({ leaf, intermediates, anchors, extendedKeyUsage: OID.clientAuth, nowMs });
    if (verdict.outcome === 'refused')
      return refusal(`verifying certificate ${identify(leaf)} failed: ${verdict.reason}`);
    return { anchors, fromMs: nowMs, untilMs: verdict.validUntilMs + 1000, authentication: userAuthentication(leaf) };
  }
}

/** The certificates, leaf first, or why they cannot be read. */
function parseChain(peer: readonly Uint8Array[]): Certificate[] | string {
  if (peer.length > MAX_PEER_CERTIFICATES) return `peer sent over ${MAX_PEER_CERTIFICATES} certificates`;
  try {
    return peer.map(parseCertificate);
  } catch (error) {
    if (error instanceof DERError) return `x509: malformed certificate: ${error.message}`;
    throw error;
  }
}

function userAuthentication(leaf: Certificate): Authentication {
  const name = leaf.subject.findLast(({ oid }) => oid === OID.commonName)?.value ?? '';
  if (name === '') return NO_OPINION;
  const uid = readUID(leaf);
  if (typeof uid !== 'string') return failed(uid.complaint);
  const digest = createHash('sha256').update(leaf.raw).digest('hex');
  const user: UserInfo = {
    name,
    uid,
    groups: leaf.subject.flatMap(({ oid, value }) => (oid === OID.organization && value !== undefined ? [value] : [])),
    extra: { [CREDENTIAL_ID_EXTRA]: [`X509SHA256=${digest}`] },
  };
  return { outcome: 'authenticated', user, audiences: [] };
}

function readUID({ subject }: Certificate): string | { readonly complaint: string } {
  const values = subject.filter(({ oid }) => oid === OID.kubernetesUID).map(({ value }) => value);
  if (values.length === 0) return '';
  if (values.includes(undefined)) return { complaint: 'unable to parse UID into a string' };
  if (values.length > 1) return { complaint: `expected 1 UID, but found multiple: [${values.join(' ')}]` };
  return values[0] || { complaint: 'UID cannot be an empty string' };
}

/** Serial number and key ids: enough to find the certificate, and public. */
function identify({ serialNumber, subjectKeyID, authorityKeyID }: Certificate): string {
  return `SN=${serialNumber}, SKID=${colonHex(subjectKeyID)}, AKID=${colonHex(authorityKeyID)}`;
}

function colonHex(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return '';
  return Buffer.from(bytes).toString('hex').toUpperCase().match(/../g)?.join(':') ?? '';
}
