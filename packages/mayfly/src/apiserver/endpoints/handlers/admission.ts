import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { AdmissionAttributes } from '../../admission/plugin.ts';
import type { APIRequest } from '../request.ts';
import type { Scope } from '../scope.ts';

export interface AdmissionSubject {
  readonly operation: AdmissionAttributes['operation'];
  readonly object: KubernetesObject | undefined;
  readonly oldObject: KubernetesObject | undefined;
  readonly dryRun: boolean;
}

/** What admission judges: the request, and the object before and after. */
export function admissionAttributes(request: APIRequest, scope: Scope, subject: AdmissionSubject): AdmissionAttributes {
  const { operation, object, oldObject, dryRun } = subject;
  return {
    context: request,
    operation,
    group: scope.definition.group,
    version: scope.definition.version,
    resource: scope.definition.resource,
    subresource: scope.subresourceName,
    kind: scope.body.kind,
    name: request.requestInfo.name === '' ? (object?.metadata?.name ?? '') : request.requestInfo.name,
    namespace: request.requestInfo.namespace,
    object,
    oldObject,
    dryRun,
  };
}
