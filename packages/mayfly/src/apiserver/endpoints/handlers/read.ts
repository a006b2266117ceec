import { methodNotSupportedError } from '@mayfly/api/meta/v1/status-error';
import { negotiateAnswer, writeList, writeObject } from '../answer.ts';
import { parseListOptions } from '../options.ts';
import type { APIRequest } from '../request.ts';
import type { Scope } from '../scope.ts';
import type { HandlerDependencies } from './context.ts';

/** GET of one object or of a subresource of one. */
export async function handleGet(request: APIRequest, scope: Scope, deps: HandlerDependencies): Promise<void> {
  const form = negotiateAnswer(request);
  const source = scope.subresource ?? scope.storage;
  if (source.get === undefined) throw methodNotSupportedError(scope.groupResource, 'get');
  const object = await source.get(request, request.requestInfo.name);
  await writeObject(request, 200, object, { scope, form, nowMs: deps.clock.nowMs() });
}

/** GET of a collection. @see spec kubernetes-wire §11 */
export async function handleList(request: APIRequest, scope: Scope, deps: HandlerDependencies): Promise<void> {
  const form = negotiateAnswer(request);
  if (scope.storage.list === undefined) throw methodNotSupportedError(scope.groupResource, 'list');
  const list = await scope.storage.list(request, parseListOptions(request, scope));
  await writeList(request, list, { scope, form, nowMs: deps.clock.nowMs() });
}
