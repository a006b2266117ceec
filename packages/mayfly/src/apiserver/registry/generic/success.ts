import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Status } from '@mayfly/api/meta/v1/status-error';

/** What `binding` and `eviction` answer. */
export function createdStatus(): KubernetesObject {
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return status as KubernetesObject;
}
