import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError, methodNotSupportedError } from '@mayfly/api/meta/v1/status-error';
import { negotiateAnswer, writeObject } from '../answer.ts';
import { decodeBody } from '../decode-body.ts';
import { type MutationOptions, parseMutationOptions } from '../options.ts';
import type { APIRequest } from '../request.ts';
import type { Scope } from '../scope.ts';
import { admissionAttributes } from './admission.ts';
import type { HandlerDependencies } from './context.ts';
import { fitCreate } from './fit.ts';

/** POST on a collection, or on a subresource of a named object. @see spec kubernetes-wire §9.1 */
export async function handleCreate(request: APIRequest, scope: Scope, deps: HandlerDependencies): Promise<void> {
  const form = negotiateAnswer(request);
  const options = parseMutationOptions(request, 'CreateOptions');
  const object = await decodeBody(request, scope.body, options.fieldValidation);
  fitCreate(request, scope, object);
  await deps.admission.admit(
    admissionAttributes(request, scope, { operation: 'CREATE', object, oldObject: undefined, dryRun: options.dryRun }),
  );
  const created = await create(request, scope, object, options, deps);
  await writeObject(request, 201, created, { scope, form, nowMs: deps.clock.nowMs() });
}

function create(
  request: APIRequest,
  scope: Scope,
  object: KubernetesObject,
  { dryRun }: MutationOptions,
  { admission }: HandlerDependencies,
): Promise<KubernetesObject> {
  const options = {
    dryRun,
    validate: (complete: KubernetesObject) =>
      admission.validate(
        admissionAttributes(request, scope, { operation: 'CREATE', object: complete, oldObject: undefined, dryRun }),
      ),
  };
  const { name } = request.requestInfo;
  if (scope.subresource !== undefined) {
    if (scope.subresource.create === undefined) throw methodNotSupportedError(scope.groupResource, 'create');
    if (name === '') throw badRequestError('name must be provided');
    return scope.subresource.create(request, name, object, options);
  }
  if (scope.storage.create === undefined || name !== '') throw methodNotSupportedError(scope.groupResource, 'create');
  return scope.storage.create(request, object, options);
}
