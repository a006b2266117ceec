import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { methodNotSupportedError, type Status } from '@mayfly/api/meta/v1/status-error';
import type { DeleteOptions } from '../../registry/rest.ts';
import { negotiateAnswer, writeList, writeObject, writeSuccess } from '../answer.ts';
import { type ParsedDeleteOptions, parseDeleteOptions } from '../delete-options.ts';
import { parseListOptions } from '../options.ts';
import type { APIRequest } from '../request.ts';
import type { Scope } from '../scope.ts';
import { admissionAttributes } from './admission.ts';
import type { HandlerDependencies } from './context.ts';

/** DELETE of one object. @see spec kubernetes-wire §9.3 */
export async function handleDelete(request: APIRequest, scope: Scope, deps: HandlerDependencies): Promise<void> {
  const form = negotiateAnswer(request);
  const { storage, subresource } = scope;
  if (storage.delete === undefined || subresource !== undefined) {
    throw methodNotSupportedError(scope.groupResource, 'delete');
  }
  const parsed = await parseDeleteOptions(request);
  const options = await admitted(request, scope, parsed, deps);
  const { object, removed } = await storage.delete(request, request.requestInfo.name, options);
  if (removed && storage.returnsDeletedObject !== true) {
    await writeSuccess(request, deletedStatus(scope, object), form);
    return;
  }
  const code = !removed && parsed.orphanDependents === false ? 202 : 200;
  await writeObject(request, code, object, { scope, form, nowMs: deps.clock.nowMs() });
}

/** DELETE of a collection. */
export async function handleDeleteCollection(
  request: APIRequest,
  scope: Scope,
  deps: HandlerDependencies,
): Promise<void> {
  const form = negotiateAnswer(request);
  const { storage } = scope;
  if (storage.deleteCollection === undefined || !scope.definition.verbs.includes('deletecollection')) {
    throw methodNotSupportedError(scope.groupResource, 'deletecollection');
  }
  const list = parseListOptions(request, scope);
  const parsed = await parseDeleteOptions(request);
  const options = await admitted(request, scope, parsed, deps);
  const deleted = await storage.deleteCollection(request, options, list);
  await writeList(request, deleted, { scope, form, nowMs: deps.clock.nowMs() });
}

/** Admission's first half runs before anything is read, the second on each object that would go. */
async function admitted(
  request: APIRequest,
  scope: Scope,
  parsed: ParsedDeleteOptions,
  { admission }: HandlerDependencies,
): Promise<DeleteOptions> {
  const { dryRun } = parsed;
  const attributes = (oldObject: KubernetesObject | undefined) =>
    admissionAttributes(request, scope, { operation: 'DELETE', object: undefined, oldObject, dryRun });
  await admission.admit(attributes(undefined));
  return { ...parsed, validate: (old) => admission.validate(attributes(old)) };
}

/** kubectl takes the uid to wait for from here. */
function deletedStatus({ definition }: Scope, { metadata }: KubernetesObject): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: metadata?.name ?? '',
      ...(definition.group === '' ? {} : { group: definition.group }),
      kind: definition.resource,
      uid: metadata?.uid ?? '',
    },
  };
}
