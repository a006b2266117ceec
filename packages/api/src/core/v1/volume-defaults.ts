/** What a volume that does not say gets. @see kubernetes/kubernetes pkg/apis/core/v1/defaults.go */
import { DEFAULT_EXPIRATION_SECONDS } from '../../authentication/v1/expiration.ts';
import type { DownwardAPIVolumeFile, Volume, VolumeProjection } from './volume.ts';

/** rw-r--r-- */
const DEFAULT_MODE = 0o644;

export function setVolumeDefaults(volume: Volume): void {
  if (volumeSources(volume).length === 0) volume.emptyDir = {};
  const { secret, configMap, downwardAPI, projected, hostPath } = volume;
  for (const source of [secret, configMap, downwardAPI, projected]) {
    if (source) source.defaultMode ??= DEFAULT_MODE;
  }
  if (hostPath) hostPath.type ??= '';
  setItemDefaults(downwardAPI?.items);
  for (const source of projected?.sources ?? []) setProjectionDefaults(source);
}

/** Names of the sources that a volume has: anything but its own name. */
export function volumeSources(volume: object): string[] {
  return Object.entries(volume)
    .filter(([key, value]) => key !== 'name' && value !== undefined && value !== null)
    .map(([key]) => key);
}

function setProjectionDefaults({ serviceAccountToken, downwardAPI }: VolumeProjection): void {
  if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= DEFAULT_EXPIRATION_SECONDS;
  setItemDefaults(downwardAPI?.items);
}

function setItemDefaults(items: readonly DownwardAPIVolumeFile[] = []): void {
  for (const { fieldRef, resourceFieldRef } of items) {
    if (fieldRef) fieldRef.apiVersion ||= 'v1';
    if (resourceFieldRef) resourceFieldRef.divisor ||= '0';
  }
}
