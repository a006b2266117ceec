/**
 * Is a bound token, whose signature held, still good? One ordered list of named checks.
 *
 * Pure: the caller looks the referenced objects up (`gatherEvidence`) between the two halves of the list, so that a token
 * out of its time costs no look-up. Texts are Kubernetes', exactly: they appear in TokenReviews.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/claims.go, Validate; spec service-account-tokens §4.3
 */
import { parseTime } from '@mayfly/api/meta/v1/time';
import { timeVerdict, type VerifiedClaims } from '@mayfly/sdk/verify/claims';
import type { ObjectReference, PrivateClaims } from './claims.ts';
import type { ReferencedObject, ServiceAccountGetter } from './getter.ts';

/** How far clocks may differ, and how long a deleted object that still exists keeps its tokens alive. Seconds. */
export const LEEWAY_SECONDS = 60;

const INVALIDATED = 'service account token has been invalidated';

/** Everything the second half of the list judges by. */
export interface BoundTokenEvidence {
  readonly claims: PrivateClaims;
  readonly nowMs: number;
  readonly serviceAccount: ReferencedObject | undefined;
  readonly secret: ReferencedObject | undefined;
  readonly pod: ReferencedObject | undefined;
  /** Looked up only for a token bound to a node directly. */
  readonly node: ReferencedObject | undefined;
}

export interface BoundTokenCheck {
  readonly name: string;
  /** @returns why the token is refused; undefined when this check has nothing against it */
  readonly refusal: (evidence: BoundTokenEvidence) => string | undefined;
}

const TIME_REFUSAL = {
  'in-time': undefined,
  'not-yet-valid': 'service account token is not valid yet',
  expired: 'service account token has expired',
  'issued-in-the-future': 'service account token is issued in the future',
} as const;

/** Checks 1 to 3: `nbf`, `exp`, `iat`. */
export function timeRefusal(claims: VerifiedClaims, nowMs: number): string | undefined {
  return TIME_REFUSAL[timeVerdict(claims, nowMs, LEEWAY_SECONDS)];
}

/** Checks 4 to 9, in order; the first refusal counts. A node claim beside a pod claim is hearsay and not checked. */
export const BOUND_TOKEN_CHECKS: readonly BoundTokenCheck[] = [
  {
    name: 'service account exists',
    refusal: ({ claims, serviceAccount }) =>
      serviceAccount ? undefined : `serviceaccounts "${claims.serviceAccount.name}" not found`,
  },
  {
    name: 'service account uid',
    refusal: ({ claims, serviceAccount }) =>
      uidOf(serviceAccount) === claims.serviceAccount.uid
        ? undefined
        : `service account UID (${uidOf(serviceAccount)}) does not match claim (${claims.serviceAccount.uid})`,
  },
  {
    name: 'service account not deleted',
    refusal: ({ claims, serviceAccount, nowMs }) =>
      isLongDeleted(serviceAccount, nowMs)
        ? `service account ${claims.namespace}/${claims.serviceAccount.name} has been deleted`
        : undefined,
  },
  {
    name: 'bound secret',
    refusal: ({ claims, secret, nowMs }) => boundObjectRefusal('secret', claims.secret, secret, nowMs),
  },
  {
    name: 'bound pod',
    refusal: ({ claims, pod, nowMs }) => boundObjectRefusal('pod', claims.pod, pod, nowMs),
  },
  {
    name: 'bound node',
    refusal: ({ claims, node, nowMs }) =>
      claims.pod ? undefined : boundObjectRefusal('node', claims.node, node, nowMs),
  },
];

/** The first refusal of checks 4 to 9; undefined: the token is good. */
export function objectRefusal(evidence: BoundTokenEvidence): string | undefined {
  for (const check of BOUND_TOKEN_CHECKS) {
    const refusal = check.refusal(evidence);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function boundObjectRefusal(
  kind: 'secret' | 'pod' | 'node',
  claim: ObjectReference | undefined,
  live: ReferencedObject | undefined,
  nowMs: number,
): string | undefined {
  if (claim === undefined) return undefined;
  if (live === undefined) return INVALIDATED;
  if (uidOf(live) !== claim.uid) {
    return `${kind} UID (${uidOf(live)}) does not match service account ${kind} ref claim (${claim.uid})`;
  }
  return isLongDeleted(live, nowMs) ? INVALIDATED : undefined;
}

function uidOf(object: ReferencedObject | undefined): string {
  return object?.metadata.uid ?? '';
}

/** An unreadable deletion time counts as long ago: fail closed. */
function isLongDeleted(object: ReferencedObject | undefined, nowMs: number): boolean {
  const deletedAt = object?.metadata.deletionTimestamp;
  if (deletedAt === undefined) return false;
  return (parseTime(deletedAt) ?? Number.NEGATIVE_INFINITY) < nowMs - LEEWAY_SECONDS * 1000;
}

/**
 * Looks up what the claims name, and nothing else.
 *
 * @throws whatever a look-up throws: a store that cannot answer has not said yes
 */
export async function gatherEvidence(
  claims: PrivateClaims,
  getter: ServiceAccountGetter,
  nowMs: number,
): Promise<BoundTokenEvidence> {
  const { namespace, secret, pod, node } = claims;
  const boundNode = pod ? undefined : node;
  const serviceAccount = await getter.serviceAccount(namespace, claims.serviceAccount.name);
  return {
    claims,
    nowMs,
    serviceAccount,
    secret: secret === undefined ? undefined : await getter.secret(namespace, secret.name),
    pod: pod === undefined ? undefined : await getter.pod(namespace, pod.name),
    node: boundNode === undefined ? undefined : await getter.node(boundNode.name),
  };
}
