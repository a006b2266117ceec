/** The projected volume by which a container gets token, CA bundle and namespace; spec service-account-tokens §10.1 step 4, §10.2. */

import { ROOT_CA_CONFIG_MAP } from '@mayfly/api/core/v1/config-map';
import type { Container, PodSpec, Volume } from '@mayfly/api/core/v1/pod';

export const TOKEN_VOLUME_PREFIX = 'kube-api-access-';
/** Where every client library looks for it. */
export const TOKEN_MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

/** An odd number on purpose: it marks the tokens whose life the server may extend. @see upstream WarnOnlyBoundTokenExpirationSeconds */
const TOKEN_SECONDS = 3607;
/** rw-r--r-- */
const FILE_MODE = 0o644;

/**
 * Mounts the volume, in place, in each container that has nothing at its path, and adds it where it was needed and missing.
 *
 * @param newName   asked for only when the pod brings no volume of that prefix; whatever such a one holds is used
 */
export function mountToken(spec: PodSpec, newName: () => string): void {
  const own = spec.volumes?.find(({ name }) => (name ?? '').startsWith(TOKEN_VOLUME_PREFIX)); // not validated yet
  const name = own?.name ?? newName();
  const lacking = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(lacksMount);
  for (const container of lacking)
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: TOKEN_MOUNT_PATH }];
  if (own === undefined && lacking.length > 0) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function lacksMount({ volumeMounts = [] }: Container): boolean {
  return !volumeMounts.some(({ mountPath }) => mountPath === TOKEN_MOUNT_PATH);
}

function tokenVolume(name: string): Volume {
  const ofPod = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  const sources = [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
    { configMap: { name: ROOT_CA_CONFIG_MAP, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: ofPod }] } },
  ];
  return { name, projected: { sources, defaultMode: FILE_MODE } };
}
