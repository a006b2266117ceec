/**
 * Which pods read Secrets, by any of the ways a pod spec has.
 *
 * Sources that identity knows nothing else of count too: a mirror pod must not reach a Secret through any of them.
 *
 * @see kubernetes/kubernetes pkg/api/v1/pod/util.go, VisitPodSecretNames
 */
import type { Container, PodSpec } from './pod-types.ts';
import type { Volume } from './volume.ts';

/** Fields by which one volume source or another names a Secret. */
const SECRET_REFERENCES = ['secretRef', 'nodePublishSecretRef', 'secretName'];

export function podReferencesSecrets(spec: PodSpec): boolean {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
  return (
    (spec.imagePullSecrets ?? []).length > 0 ||
    containers.some(containerReferencesSecrets) ||
    (spec.volumes ?? []).some(volumeReferencesSecrets)
  );
}

function containerReferencesSecrets({ env = [], envFrom = [] }: Container): boolean {
  return (
    env.some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined) ||
    envFrom.some(({ secretRef }) => secretRef !== undefined)
  );
}

function volumeReferencesSecrets(volume: Volume): boolean {
  if (volume.secret !== undefined) return true;
  if (volume.projected?.sources?.some(({ secret }) => secret !== undefined) === true) return true;
  return Object.values(volume).some(
    (source: unknown) => isRecord(source) && SECRET_REFERENCES.some((field) => (source[field] ?? '') !== ''),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
