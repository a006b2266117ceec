/**
 * The claims of a bound token: built here for issuing, read here after verifying.
 *
 * Keys are written in sorted order at every level, as Go's encoder does, so equal tokens have equal bytes.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/claims.go; spec service-account-tokens §2.3
 */
import { serviceAccountUsername } from '@mayfly/api/user/user';
import type { VerifiedClaims } from '@mayfly/sdk/verify/claims';
import { isJSONObject, type JSONObject } from '@mayfly/sdk/verify/strict-json';
import type { Workload } from './workload.ts';

/** A name and the uid it had when the token was issued. An empty member is left out of the token. */
export interface ObjectReference {
  readonly name: string;
  readonly uid: string;
}

/** What a token is bound to. A pod brings the node it is scheduled to; the node's uid is empty when it is unknown. */
export type TokenBinding =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'Pod';
      readonly pod: ObjectReference;
      readonly node: ObjectReference | undefined;
      /** What runs the pod: for the ledger, no claim says it. */
      readonly workload?: Workload;
    }
  | { readonly kind: 'Secret'; readonly secret: ObjectReference }
  | { readonly kind: 'Node'; readonly node: ObjectReference };

/** Where a relying party finds out whether the token was revoked. @see draft-ietf-oauth-status-list-17 §6 */
export interface StatusClaim {
  readonly idx: number;
  readonly uri: string;
}

export interface BoundTokenClaims {
  readonly issuer: string;
  readonly namespace: string;
  readonly serviceAccount: ObjectReference;
  readonly binding: TokenBinding;
  /** As requested: order and repeats kept. */
  readonly audiences: readonly string[];
  /** Epoch seconds; `nbf` is the same. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Epoch seconds; only with extended expiration. */
  readonly warnAfter: number | undefined;
  readonly jti: string;
  /** Only where the service account asks for it. */
  readonly status?: StatusClaim | undefined;
}

/** The `kubernetes.io` claim of a token under a signature that held. */
export interface PrivateClaims {
  readonly namespace: string;
  readonly serviceAccount: ObjectReference;
  readonly pod: ObjectReference | undefined;
  readonly secret: ObjectReference | undefined;
  readonly node: ObjectReference | undefined;
  /** Epoch seconds. */
  readonly warnAfter: number | undefined;
}

/** The payload, serialised. */
export function boundTokenPayload(claims: BoundTokenClaims): string {
  return JSON.stringify({
    aud: claims.audiences,
    exp: claims.expiresAt,
    iat: claims.issuedAt,
    iss: claims.issuer,
    jti: claims.jti,
    'kubernetes.io': privateClaims(claims),
    nbf: claims.issuedAt,
    ...(claims.status && { status: { status_list: { idx: claims.status.idx, uri: claims.status.uri } } }),
    sub: serviceAccountUsername(claims.namespace, claims.serviceAccount.name),
  });
}

function privateClaims({ namespace, serviceAccount, binding, warnAfter }: BoundTokenClaims): object {
  const node = binding.kind === 'Pod' || binding.kind === 'Node' ? binding.node : undefined;
  return {
    namespace,
    ...(node && { node: referenceClaim(node) }),
    ...(binding.kind === 'Pod' && { pod: referenceClaim(binding.pod) }),
    ...(binding.kind === 'Secret' && { secret: referenceClaim(binding.secret) }),
    serviceaccount: referenceClaim(serviceAccount),
    ...(warnAfter !== undefined && { warnafter: warnAfter }),
  };
}

function referenceClaim({ name, uid }: ObjectReference): object {
  return { ...(name !== '' && { name }), ...(uid !== '' && { uid }) };
}

/**
 * Reads the `kubernetes.io` claim.
 *
 * @returns undefined when it is malformed: a token of ours never is
 */
export function readPrivateClaims(claims: VerifiedClaims): PrivateClaims | undefined {
  const all = claims.all['kubernetes.io'];
  if (!isJSONObject(all) || typeof all.namespace !== 'string') return undefined;
  const serviceAccount = readReference(all, 'serviceaccount');
  const [pod, secret, node] = [readReference(all, 'pod'), readReference(all, 'secret'), readReference(all, 'node')];
  const warnAfter = readSeconds(all.warnafter);
  if (serviceAccount === undefined || serviceAccount === 'malformed') return undefined;
  if (pod === 'malformed' || secret === 'malformed' || node === 'malformed' || warnAfter === 'malformed') {
    return undefined;
  }
  return { namespace: all.namespace, serviceAccount, pod, secret, node, warnAfter };
}

function readReference(all: JSONObject, member: string): ObjectReference | undefined | 'malformed' {
  const value = all[member];
  if (value === undefined || value === null) return undefined;
  if (!isJSONObject(value)) return 'malformed';
  const { name = '', uid = '' } = value;
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : 'malformed';
}

function readSeconds(value: unknown): number | undefined | 'malformed' {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : 'malformed';
}
