/**
 * PUT, and the part of PATCH that is the same: the wanted object is computed from the stored one, anew after every lost
 * race, and passes mutating admission each time.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/update.go; spec kubernetes-wire §9.2
 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { methodNotAllowedError, methodNotSupportedError } from '@mayfly/api/meta/v1/status-error';
import { attributesOf } from '../../authorization/attributes.ts';
import { forbiddenStatus } from '../../authorization/forbidden.ts';
import type { Transform, UpdateOptions } from '../../registry/rest.ts';
import { negotiateAnswer, writeObject } from '../answer.ts';
import { decodeBody } from '../decode-body.ts';
import { parseMutationOptions } from '../options.ts';
import type { APIRequest } from '../request.ts';
import type { Scope } from '../scope.ts';
import { admissionAttributes } from './admission.ts';
import type { HandlerDependencies } from './context.ts';
import { fitUpdate } from './fit.ts';

export async function handleUpdate(request: APIRequest, scope: Scope, deps: HandlerDependencies): Promise<void> {
  const form = negotiateAnswer(request);
  requireUpdatable(request, scope, 'update');
  const options = parseMutationOptions(request, 'UpdateOptions');
  const sent = await decodeBody(request, scope.body, options.fieldValidation);
  fitUpdate(request, scope, sent);
  const { object, created } = await update(request, scope, () => structuredClone(sent), options.dryRun, deps);
  await writeObject(request, created ? 201 : 200, object, { scope, form, nowMs: deps.clock.nowMs() });
}

/** @throws StatusError 405 when the resource cannot be updated, or is asked for without a name */
export function requireUpdatable(request: APIRequest, scope: Scope, action: 'update' | 'patch'): void {
  const target = scope.subresource ?? scope.storage;
  const verbs = (scope.subresource?.definition ?? scope.definition).verbs;
  if (target.update === undefined || !verbs.includes(action))
    throw methodNotSupportedError(scope.groupResource, action);
  if (request.requestInfo.name === '') throw methodNotAllowedError(); // a whole collection
}

/** Computes the wanted object; `current` is undefined when there is none and must not be changed. */
export type Compute = (current: KubernetesObject | undefined) => KubernetesObject;

/** The target must have been checked by `requireUpdatable`. */
export async function update(
  request: APIRequest,
  scope: Scope,
  compute: Compute,
  dryRun: boolean,
  deps: HandlerDependencies,
): Promise<{ object: KubernetesObject; created: boolean }> {
  const target = scope.subresource ?? scope.storage;
  if (target.update === undefined) throw methodNotSupportedError(scope.groupResource, 'update');
  const transform: Transform = async (current) => {
    if (current === undefined) await requireCreateRight(request, deps);
    const object = compute(current);
    await deps.admission.admit(attributes(object, current));
    return object;
  };
  const attributes = (object: KubernetesObject, oldObject: KubernetesObject | undefined) =>
    admissionAttributes(request, scope, {
      operation: oldObject === undefined ? 'CREATE' : 'UPDATE',
      object,
      oldObject,
      dryRun,
    });
  const options: UpdateOptions = {
    dryRun,
    validate: (object, old) => deps.admission.validate(attributes(object, old)),
  };
  return target.update(request, request.requestInfo.name, transform, options);
}

/** A PUT that creates needs the right to create: the right to update one name is not that. */
async function requireCreateRight(request: APIRequest, { authorizer }: HandlerDependencies): Promise<void> {
  const attributes = { ...attributesOf(request.user, request.requestInfo), verb: 'create' };
  const { decision, reason } = await authorizer.authorize(attributes);
  if (decision !== 'Allow') throw forbiddenStatus(attributes, reason);
}
