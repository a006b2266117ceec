/**
 * What runs a pod, told from the pod alone: the owner of its owner is read off the names that Kubernetes' controllers give.
 *
 * A guess for people who look for a program to mend; no decision rests on it.
 *
 * @see kubernetes/kubernetes pkg/controller/deployment/sync.go (NAME-HASH), pkg/controller/cronjob/utils.go (NAME-MINUTES)
 */
import type { ObjectMeta } from '@mayfly/api/meta/v1/object-meta';

export interface Workload {
  readonly kind: string;
  readonly name: string;
}

/** Letters and digits that no word is spelt with. @see kubernetes/apimachinery pkg/util/rand, SafeEncodeString */
const HASH = /^(.+)-([bcdfghjklmnpqrstvwxz2456789]{6,10})$/;
/** Minutes since 1970: eight digits from 1988 to 2160. */
const MINUTES = /^(.+)-\d{8}$/;

/** @param name of the pod, which is its own workload when nothing owns it, or the node does (a static pod) */
export function workloadOf(
  { ownerReferences, labels }: Pick<ObjectMeta, 'ownerReferences' | 'labels'>,
  name: string,
): Workload {
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined || owner.kind === 'Node') return { kind: 'Pod', name };
  if (owner.kind === 'ReplicaSet') return ownerOfReplicaSet(owner.name, labels?.['pod-template-hash']);
  const cronJob = owner.kind === 'Job' ? MINUTES.exec(owner.name)?.[1] : undefined;
  return cronJob === undefined ? { kind: owner.kind, name: owner.name } : { kind: 'CronJob', name: cronJob };
}

function ownerOfReplicaSet(name: string, templateHash: string | undefined): Workload {
  const [, deployment, hash] = HASH.exec(name) ?? [];
  const isMade = deployment !== undefined && (templateHash === undefined || templateHash === hash);
  return isMade ? { kind: 'Deployment', name: deployment } : { kind: 'ReplicaSet', name };
}
