/** Which Secrets a pod reads. @see kubernetes/kubernetes pkg/api/v1/pod/util.go, VisitPodSecretNames */
import type { Container, Pod, PodSpec } from './pod-types.ts';
import type { Volume } from './volume.ts';

/** The names of every Secret of its own namespace that a pod refers to, by whatever way. */
export function podSecretNames({ spec }: Pod): ReadonlySet<string> {
  const names = [
    ...(spec.imagePullSecrets ?? []).map(({ name }) => name),
    ...containersOf(spec).flatMap(containerSecretNames),
    ...(spec.volumes ?? []).flatMap(volumeSecretNames),
  ];
  return new Set(names.filter((name): name is string => name !== undefined && name !== ''));
}

function containersOf({ initContainers = [], containers, ephemeralContainers = [] }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers, ...ephemeralContainers];
}

function containerSecretNames({ env = [], envFrom = [] }: Container): readonly (string | undefined)[] {
  return [
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...envFrom.map(({ secretRef }) => secretRef?.name),
  ];
}

/** Volume drivers that read a Secret, and the member that names it. Only these members are read of them. */
const DRIVERS: readonly (readonly [driver: string, reference: string])[] = [
  ['cephfs', 'secretRef'],
  ['cinder', 'secretRef'],
  ['csi', 'nodePublishSecretRef'],
  ['flexVolume', 'secretRef'],
  ['iscsi', 'secretRef'],
  ['rbd', 'secretRef'],
  ['scaleIO', 'secretRef'],
  ['storageos', 'secretRef'],
];

function volumeSecretNames(volume: Volume): readonly (string | undefined)[] {
  const drivers = volume as unknown as Readonly<Record<string, Record<string, unknown> | undefined>>;
  const azure = drivers.azureFile?.secretName;
  return [
    volume.secret?.secretName,
    ...(volume.projected?.sources ?? []).map(({ secret }) => secret?.name),
    typeof azure === 'string' ? azure : undefined,
    ...DRIVERS.map(([driver, reference]) => (drivers[driver]?.[reference] as { name?: string } | undefined)?.name),
  ];
}
