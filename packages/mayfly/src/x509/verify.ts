/**
 * Builds and checks a path from a peer's certificate to a trust anchor, as Go's `crypto/x509` does for Kubernetes.
 *
 * Anchors are trusted because an operator put them in a bundle: they need not be self-signed, but they expire and keep
 * their constraints. Intermediates come from the peer alone, so nothing this host happens to trust can complete a path.
 * Names (SAN) and revocation are not looked at.
 *
 * @see golang/go src/crypto/x509/verify.go; kubernetes/apiserver pkg/authentication/request/x509; spec authentication §6
 */
import type { Certificate } from './certificate.ts';
import { OID } from './oids.ts';
import { signatureComplaint } from './signature.ts';

/** Certificates that end a path. Immutable: a new bundle is a new object, so identity says whether a verdict is stale. */
export class TrustAnchors {
  readonly certificates: readonly Certificate[];
  readonly #bySubject: ReadonlyMap<string, readonly Certificate[]>;

  constructor(certificates: readonly Certificate[]) {
    this.certificates = certificates;
    this.#bySubject = Map.groupBy(certificates, ({ rawSubject }) => keyOf(rawSubject));
  }

  issuersOf(certificate: Certificate): readonly Certificate[] {
    return this.#bySubject.get(keyOf(certificate.rawIssuer)) ?? [];
  }

  holds(certificate: Certificate): boolean {
    const candidates = this.#bySubject.get(keyOf(certificate.rawSubject)) ?? [];
    return candidates.some(({ raw }) => Buffer.compare(raw, certificate.raw) === 0);
  }
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

export type PathVerdict =
  | {
      readonly outcome: 'verified';
      /** Leaf first, anchor last; just the leaf when it is an anchor itself. */
      readonly path: readonly Certificate[];
      /** When the first certificate on the path ends, epoch milliseconds, inclusive. */
      readonly validUntilMs: number;
    }
  | {
      readonly outcome: 'refused';
      /** Go's text, for the log. */
      readonly reason: string;
    };

export interface PathRequest {
  readonly leaf: Certificate;
  /** What the peer sent beside the leaf. */
  readonly intermediates: readonly Certificate[];
  readonly anchors: TrustAnchors;
  /** OID every certificate on the path must permit. */
  readonly extendedKeyUsage: string;
  readonly nowMs: number;
}

/** Signatures tried for one peer: a maze of cross-signed certificates must not buy a lot of our time. As Go has it. */
const MAX_SIGNATURE_CHECKS = 100;

export const UNKNOWN_AUTHORITY = 'x509: certificate signed by unknown authority';
export const NOT_A_CA = 'x509: certificate is not authorized to sign other certificates';
export const TOO_MANY_INTERMEDIATES = 'x509: too many intermediates for path length constraint';
export const INCOMPATIBLE_USAGE = 'x509: certificate specifies an incompatible key usage';
export const UNHANDLED_CRITICAL = 'x509: unhandled critical extension';

/** Never throws for anything a peer can send. */
export function pathVerdict(request: PathRequest): PathVerdict {
  const { leaf, anchors } = request;
  const complaint = certificateComplaint(leaf, [], request.nowMs, 'leaf');
  if (complaint !== undefined) return refused(complaint);
  if (anchors.holds(leaf)) return usageVerdict([[leaf]], request.extendedKeyUsage);
  const search = new PathSearch(request);
  search.extend([leaf]);
  if (search.found.length === 0) return refused(search.complaint ?? UNKNOWN_AUTHORITY);
  return usageVerdict(search.found, request.extendedKeyUsage);
}

function refused(reason: string): PathVerdict {
  return { outcome: 'refused', reason };
}

function usageVerdict(paths: readonly (readonly Certificate[])[], usage: string): PathVerdict {
  const path = paths.find((candidate) => candidate.every((certificate) => permits(certificate, usage)));
  if (path === undefined) return refused(INCOMPATIBLE_USAGE);
  return { outcome: 'verified', path, validUntilMs: Math.min(...path.map(({ notAfterMs }) => notAfterMs)) };
}

/** RFC 5280 §4.2.1.12 speaks of the leaf; CAs and Go read the extension on an issuer as a limit on what it may issue for. */
function permits({ extendedKeyUsage }: Certificate, usage: string): boolean {
  if (extendedKeyUsage === undefined) return true;
  return extendedKeyUsage.includes(usage) || extendedKeyUsage.includes(OID.anyExtendedKeyUsage);
}

type Role = 'leaf' | 'intermediate' | 'anchor';

class PathSearch {
  readonly found: (readonly Certificate[])[] = [];
  /** The first thing found wrong with a candidate, for the log. */
  complaint: string | undefined;
  readonly #request: PathRequest;
  #signatureChecks = 0;

  constructor(request: PathRequest) {
    this.#request = request;
  }

  extend(path: readonly Certificate[]): void {
    const child = path[path.length - 1] as Certificate;
    for (const anchor of this.#request.anchors.issuersOf(child)) {
      if (this.#accepts(anchor, path, 'anchor')) this.found.push([...path, anchor]);
    }
    for (const issuer of this.#request.intermediates) {
      if (isIssuerName(issuer, child) && this.#accepts(issuer, path, 'intermediate')) this.extend([...path, issuer]);
    }
  }

  #accepts(candidate: Certificate, path: readonly Certificate[], role: Role): boolean {
    if (path.some((member) => isSameEntity(member, candidate))) return false;
    const complaint = this.#complaintAbout(candidate, path, role);
    this.complaint ??= complaint;
    return complaint === undefined;
  }

  #complaintAbout(candidate: Certificate, path: readonly Certificate[], role: Role): string | undefined {
    const child = path[path.length - 1] as Certificate;
    this.#signatureChecks += 1;
    if (this.#signatureChecks > MAX_SIGNATURE_CHECKS) return 'x509: signature check attempts limit reached';
    const signing = mayIssue(candidate) ? signatureComplaint(child, candidate) : NOT_A_CA;
    if (signing !== undefined) return `${UNKNOWN_AUTHORITY} (possibly because of "${signing}")`;
    return certificateComplaint(candidate, path, this.#request.nowMs, role);
  }
}

function isIssuerName(issuer: Certificate, child: Certificate): boolean {
  return Buffer.compare(issuer.rawSubject, child.rawIssuer) === 0;
}

/** Same name and key: a path through it again proves nothing new, and would not end. */
function isSameEntity(one: Certificate, other: Certificate): boolean {
  return (
    Buffer.compare(one.rawSubject, other.rawSubject) === 0 &&
    Buffer.compare(one.publicKeyInfo, other.publicKeyInfo) === 0
  );
}

/** A certificate of version 1 cannot say that it is a CA; it counts as one only where an operator made it an anchor. */
function mayIssue({ version, basicConstraints, mayKeyCertSign }: Certificate): boolean {
  if (version === 3 && basicConstraints?.isCA !== true) return false;
  return mayKeyCertSign !== false;
}

/** @param path what was accepted before this certificate, leaf first */
function certificateComplaint(
  certificate: Certificate,
  path: readonly Certificate[],
  nowMs: number,
  role: Role,
): string | undefined {
  if (certificate.unhandledCritical.length > 0) return UNHANDLED_CRITICAL;
  const outside = validityComplaint(certificate, nowMs);
  if (outside !== undefined) return outside;
  if (role === 'leaf') return undefined;
  if (role === 'intermediate' && certificate.basicConstraints?.isCA !== true) return NOT_A_CA;
  const maxPathLength = certificate.basicConstraints?.maxPathLength;
  return maxPathLength !== undefined && path.length - 1 > maxPathLength ? TOO_MANY_INTERMEDIATES : undefined;
}

function validityComplaint({ notBeforeMs, notAfterMs }: Certificate, nowMs: number): string | undefined {
  const text = 'x509: certificate has expired or is not yet valid: current time';
  if (nowMs < notBeforeMs) return `${text} ${instant(nowMs)} is before ${instant(notBeforeMs)}`;
  // The last second counts to its end: the encoding has no finer unit.
  if (nowMs >= notAfterMs + 1000) return `${text} ${instant(nowMs)} is after ${instant(notAfterMs)}`;
  return undefined;
}

function instant(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
