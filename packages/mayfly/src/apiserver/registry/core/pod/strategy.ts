/**
 * Pods: the spec is frozen but for a few fields, the status has its own path, and DELETE waits for the node.
 *
 * @see kubernetes/kubernetes pkg/registry/core/pod/strategy.go; spec kubernetes-wire §9.3, §19
 */
import { isDeepStrictEqual } from 'node:util';
import {
  POD_FIELDS,
  type Pod,
  podFields,
  podQOSClass,
  setPodDefaults,
  validatePod,
  validatePodUpdate,
} from '@mayfly/api/core/v1/pod';
import { dns1123Subdomain } from '@mayfly/api/validation/names';
import { coreDefinition } from '../../generic/definitions.ts';
import { type Strategy, statusDefinition, type UpdatePath } from '../../generic/strategy.ts';

const DEFAULT_GRACE_SECONDS = 30;

const definition = coreDefinition({
  resource: 'pods',
  singular: 'pod',
  kind: 'Pod',
  namespaced: true,
  shortNames: ['po'],
  categories: ['all'],
});

const statusPath: UpdatePath<Pod> = {
  definition: statusDefinition(definition),
  prepareForUpdate(pod, old) {
    pod.spec = old.spec;
    const { metadata = {} } = pod;
    const owners = old.metadata?.ownerReferences;
    delete metadata.ownerReferences;
    if (owners !== undefined) metadata.ownerReferences = owners;
  },
};

export const podStrategy: Strategy<Pod> = {
  definition,
  validateName: dns1123Subdomain,
  returnsDeletedObject: true,
  selectableFields: POD_FIELDS,
  fields: podFields,
  updatePaths: [statusPath],
  prepareForCreate(pod) {
    pod.metadata = { ...pod.metadata, generation: 1 };
    setPodDefaults(pod);
    pod.status = { phase: 'Pending', qosClass: podQOSClass(pod) };
  },
  prepareForUpdate(pod, old) {
    if (old.status === undefined) delete pod.status;
    else pod.status = old.status;
    setPodDefaults(pod);
    if (!isDeepStrictEqual(pod.spec, old.spec)) advanceGeneration(pod);
  },
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  gracePeriodSeconds: podGraceSeconds,
};

/** Seconds a pod is given to end. A pod that no node runs needs none. */
export function podGraceSeconds({ spec, status }: Pod, requested: number | undefined): number {
  if ((spec.nodeName ?? '') === '') return 0;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
  return requested ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
}

function advanceGeneration(pod: Pod): void {
  pod.metadata = { ...pod.metadata, generation: (pod.metadata?.generation ?? 0) + 1 };
}
