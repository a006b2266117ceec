/**
 * PATCH: the stored object's JSON, changed as the body says, then on as an update.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/patch.go; spec kubernetes-wire §15
 */
import { DecodeError, decodeObject, duplicateFields } from '@mayfly/api/decode/object';
import { apiVersionOf } from '@mayfly/api/meta/v1/group-version';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError, invalidError, notFoundError, StatusError } from '@mayfly/api/meta/v1/status-error';
import { applyJSONPatch } from '@mayfly/api/patch/json-patch';
import { applyMergePatch } from '@mayfly/api/patch/merge-patch';
import { PatchError } from '@mayfly/api/patch/patch-error';
import { applyStrategicMergePatch } from '@mayfly/api/patch/strategic-merge-patch';
import { invalid } from '@mayfly/api/validation/field-error';
import { negotiateAnswer, writeObject } from '../answer.ts';
import { fieldComplaints, mediaType, readRequestBody, reportFields, unsupported } from '../decode-body.ts';
import { type FieldValidation, parseMutationOptions } from '../options.ts';
import type { APIRequest } from '../request.ts';
import type { BodyKind, Scope } from '../scope.ts';
import type { HandlerDependencies } from './context.ts';
import { fitUpdate } from './fit.ts';
import { requireUpdatable, update } from './update.ts';

type Apply = (schema: string, current: KubernetesObject, patch: unknown) => unknown;

const APPLY: Readonly<Record<string, Apply>> = {
  'application/json-patch+json': (_schema, current, patch) => applyJSONPatch(current, patch),
  'application/merge-patch+json': (_schema, current, patch) => applyMergePatch(current, patch),
  'application/strategic-merge-patch+json': applyStrategicMergePatch,
};
const MAX_JSON_PATCH_OPERATIONS = 10_000;

export async function handlePatch(request: APIRequest, scope: Scope, deps: HandlerDependencies): Promise<void> {
  const form = negotiateAnswer(request);
  requireUpdatable(request, scope, 'patch');
  const type = mediaType(request);
  const apply = APPLY[type] ?? unsupported(Object.keys(APPLY).join(', '));
  const options = parseMutationOptions(request, 'PatchOptions');
  const patch = parsePatch((await readRequestBody(request)).toString('utf8'), type);
  request.requestObject = patch.value;
  const compute = (current: KubernetesObject | undefined): KubernetesObject => {
    if (current === undefined) throw notFoundError(scope.groupResource, request.requestInfo.name);
    const wanted = applyPatch(scope, current, apply, patch);
    const object = decodeResult(request, scope.body, wanted, patch, options.fieldValidation);
    fitUpdate(request, scope, object);
    return object;
  };
  const { object, created } = await update(request, scope, compute, options.dryRun, deps);
  await writeObject(request, created ? 201 : 200, object, { scope, form, nowMs: deps.clock.nowMs() });
}

interface Patch {
  readonly text: string;
  readonly value: unknown;
  readonly isJSONPatch: boolean;
  readonly isStrategic: boolean;
}

/** @throws StatusError 400, 413 */
function parsePatch(text: string, type: string): Patch {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequestError(`error decoding patch: ${(error as Error).message}`, error);
  }
  const isJSONPatch = type === 'application/json-patch+json';
  if (!isJSONPatch && (typeof value !== 'object' || value === null || Array.isArray(value))) {
    throw badRequestError('error decoding patch: it must be a JSON object');
  }
  if (isJSONPatch && Array.isArray(value) && value.length > MAX_JSON_PATCH_OPERATIONS) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${value.length}`,
    );
  }
  return { text, value, isJSONPatch, isStrategic: type === 'application/strategic-merge-patch+json' };
}

function applyPatch(scope: Scope, current: KubernetesObject, apply: Apply, patch: Patch): unknown {
  try {
    return apply(scope.body.schema, current, patch.value);
  } catch (error) {
    throw error instanceof PatchError ? refusedPatch(error) : error;
  }
}

function refusedPatch(error: PatchError): StatusError {
  if (error.code === 'too-many-operations') {
    return new StatusError('RequestEntityTooLarge', `Request entity too large: ${error.message}`);
  }
  if (error.code === 'malformed' || error.code === 'bad-directive') return badRequestError(error.message);
  // no name and no kind in the details, or kubectl would leave the message out
  return new StatusError('Invalid', 'the server rejected our request due to an error in our request', {
    details: {},
    cause: error,
  });
}

/** @throws StatusError 422 at the field `patch` when the result is not an object of the kind */
function decodeResult(
  request: APIRequest,
  body: BodyKind,
  wanted: unknown,
  patch: Patch,
  validation: FieldValidation,
): KubernetesObject {
  const refusal = (why: string): StatusError =>
    invalidError(body, request.requestInfo.name, [invalid('patch', patch.text, why)]);
  try {
    const { object, unknownFields } = decodeObject(body.schema, wanted);
    if (!patch.isStrategic) requireKind(body, object);
    const duplicates = validation === 'Ignore' ? [] : duplicateFields(patch.text);
    const complaints = fieldComplaints(unknownFields, duplicates);
    const shown = patch.isJSONPatch ? complaints.map((text) => `json patch ${text}`) : complaints;
    reportFields(request, shown, validation, (text) => refusal(`strict decoding error: ${text}`));
    object.apiVersion = apiVersionOf(body);
    object.kind = body.kind;
    return object;
  } catch (error) {
    throw error instanceof DecodeError ? refusal(error.message) : error;
  }
}

/** A strategic patch works on the typed object, whose kind nothing changes; the others on its JSON. @throws DecodeError */
function requireKind(body: BodyKind, { apiVersion, kind }: KubernetesObject): void {
  const wanted = `${apiVersionOf(body)}, Kind=${body.kind}`;
  const got = `${apiVersion ?? apiVersionOf(body)}, Kind=${kind ?? body.kind}`;
  if (got !== wanted) throw new DecodeError(`${got} is not ${wanted}`);
}
