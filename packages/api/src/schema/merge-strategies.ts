/**
 * How strategic merge treats lists and maps: Go's `patchStrategy` and `patchMergeKey` tags.
 *
 * A field that is not here is replaced when it is a list and merged when it is a map.
 *
 * @see kubernetes/api {core,apps}/v1/types.go, kubernetes/apimachinery pkg/apis/meta/v1/types.go; spec kubernetes-wire §15.2
 */

export type PatchStrategy = 'merge' | 'retainKeys' | 'merge,retainKeys';

export interface MergeStrategy {
  readonly patchStrategy: PatchStrategy;
  /** The member that identifies an element; absent for lists of scalars and for single structures. */
  readonly mergeKey?: string;
}

const by = (mergeKey: string): MergeStrategy => ({ patchStrategy: 'merge', mergeKey });
const byRetaining = (mergeKey: string): MergeStrategy => ({ patchStrategy: 'merge,retainKeys', mergeKey });
const UNION: MergeStrategy = { patchStrategy: 'merge' };
const RETAIN_KEYS: MergeStrategy = { patchStrategy: 'retainKeys' };

const CONTAINER: Readonly<Record<string, MergeStrategy>> = {
  env: by('name'),
  ports: by('containerPort'),
  volumeDevices: by('devicePath'),
  volumeMounts: by('mountPath'),
};

/** By message, then by JSON name of the field. */
export const MERGE_STRATEGIES: Readonly<Record<string, Readonly<Record<string, MergeStrategy>>>> = {
  'apps/v1.DeploymentSpec': { strategy: RETAIN_KEYS },
  'apps/v1.DeploymentStatus': { conditions: by('type') },
  'apps/v1.ReplicaSetStatus': { conditions: by('type') },
  'core/v1.Container': CONTAINER,
  'core/v1.ContainerStatus': { allocatedResourcesStatus: by('name'), volumeMounts: by('mountPath') },
  'core/v1.EphemeralContainerCommon': CONTAINER,
  'core/v1.NamespaceStatus': { conditions: by('type') },
  'core/v1.NodeSpec': { podCIDRs: UNION },
  'core/v1.NodeStatus': { addresses: by('type'), conditions: by('type') },
  'core/v1.PodSpec': {
    containers: by('name'),
    ephemeralContainers: by('name'),
    hostAliases: by('ip'),
    imagePullSecrets: by('name'),
    initContainers: by('name'),
    resourceClaims: byRetaining('name'),
    schedulingGates: by('name'),
    topologySpreadConstraints: by('topologyKey'),
    volumes: byRetaining('name'),
  },
  'core/v1.PodStatus': {
    conditions: by('type'),
    hostIPs: by('ip'),
    podIPs: by('ip'),
    resourceClaimStatuses: byRetaining('name'),
  },
  'core/v1.ServiceAccount': { secrets: by('name') },
  'core/v1.ServiceSpec': { ports: by('port') },
  'core/v1.ServiceStatus': { conditions: by('type') },
  'meta/v1.ObjectMeta': { finalizers: UNION, ownerReferences: by('uid') },
};
