/** Makes a body agree with the URL it was sent to, or refuses it. @see spec kubernetes-wire §6.2, §9.1 */
import type { KubernetesObject, ObjectMeta, OwnerReference } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError } from '@mayfly/api/meta/v1/status-error';
import type { APIRequest } from '../request.ts';
import type { Scope } from '../scope.ts';

/**
 * Prepares the caller's own copy for a create: server-owned metadata dropped, namespace filled in.
 *
 * What is sent to a subresource is not stored under that name: whether its name must fit, and what its uid is a
 * precondition of, the subresource says.
 *
 * @throws StatusError 400 when the body names another namespace
 */
export function fitCreate(request: APIRequest, scope: Scope, object: KubernetesObject): void {
  const metadata = object.metadata ?? {};
  object.metadata = metadata;
  if (scope.subresource === undefined) delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  fitNamespace(request, scope, metadata);
  if (scope.subresource !== undefined) nameSubresource(request, metadata);
  dedupOwners(request, object);
}

/** @throws StatusError 400 when name or namespace differ from the URL's */
export function fitUpdate(request: APIRequest, scope: Scope, object: KubernetesObject): void {
  const metadata = object.metadata ?? {};
  object.metadata = metadata;
  fitNamespace(request, scope, metadata);
  const { name } = request.requestInfo;
  if ((metadata.name ?? '') === '') metadata.name = name;
  else if (metadata.name !== name) {
    throw badRequestError(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  dedupOwners(request, object);
}

/** What has no namespace may name one, as many manifests do: it is dropped. @see kubernetes/apiserver pkg/registry/rest/meta.go */
function fitNamespace({ namespace }: APIRequest, { definition }: Scope, metadata: ObjectMeta): void {
  if (!definition.namespaced) {
    delete metadata.namespace;
    return;
  }
  const own = metadata.namespace ?? '';
  if (own !== '' && own !== namespace) {
    throw badRequestError('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata.namespace = namespace;
}

function nameSubresource({ requestInfo }: APIRequest, metadata: ObjectMeta): void {
  if ((metadata.name ?? '') === '') metadata.name = requestInfo.name;
}

/** Exact repetitions are stored once and warned of. */
function dedupOwners(request: APIRequest, { metadata }: KubernetesObject): void {
  const owners = metadata?.ownerReferences;
  if (metadata === undefined || owners === undefined || owners.length < 2) return;
  const seen = new Map<string, OwnerReference>();
  const repeated = new Set<string>();
  for (const owner of owners) {
    const key = identityOf(owner);
    if (seen.has(key)) repeated.add(owner.uid);
    else seen.set(key, owner);
  }
  if (repeated.size === 0) return;
  metadata.ownerReferences = [...seen.values()];
  request.warn(
    '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject' +
      ` such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...repeated].join(', ')}`,
  );
}

function identityOf(owner: OwnerReference): string {
  const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = owner;
  return JSON.stringify([apiVersion, kind, name, uid, controller, blockOwnerDeletion]);
}
