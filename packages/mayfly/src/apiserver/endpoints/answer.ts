/**
 * Objects and lists to answers: the transformation asked for, then the encoding.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/response.go; spec kubernetes-wire §6.1, §14
 */
import type { KubernetesList, KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Status } from '@mayfly/api/meta/v1/status-error';
import { type Negotiated, negotiate } from './negotiation.ts';
import type { APIRequest } from './request.ts';
import { wantsPretty, writeAnswer } from './response.ts';
import type { Scope } from './scope.ts';
import { type IncludeObject, parseIncludeObject, transformList, transformObject } from './transform.ts';

/** Judges `Accept` before anything is done, so that a write is never followed by a 406. @throws StatusError 406, 400 */
export function negotiateAnswer(request: APIRequest): Negotiated {
  const form = negotiate(request.header('accept'));
  if (form.as === 'Table') parseIncludeObject(request.query);
  return form;
}

export interface AnswerContext {
  readonly scope: Scope;
  readonly form: Negotiated;
  /** Epoch milliseconds, for the ages in a Table. */
  readonly nowMs: number;
}

export async function writeObject(
  request: APIRequest,
  code: number,
  object: KubernetesObject,
  { scope, form, nowMs }: AnswerContext,
): Promise<void> {
  request.responseObject = object;
  if (form.as === '') return writeValue(request, code, object, form);
  const options = { scope, form, nowMs, include: includeOf(request) };
  return writeValue(request, code, transformObject(object, options), form);
}

export async function writeList(
  request: APIRequest,
  list: KubernetesList,
  { scope, form, nowMs }: AnswerContext,
): Promise<void> {
  request.responseObject = list;
  if (form.as === '') return writeValue(request, 200, list, form);
  const options = { scope, form, nowMs, include: includeOf(request) };
  return writeValue(request, 200, transformList(list, options), form);
}

function includeOf(request: APIRequest): IncludeObject {
  return parseIncludeObject(request.query);
}

/** A Status that is an answer, not a failure: what DELETE and binding say. */
export function writeSuccess(request: APIRequest, status: Status, form: Negotiated): Promise<void> | void {
  request.responseObject = status;
  return writeValue(request, status.code ?? 200, status, form);
}

function writeValue(request: APIRequest, code: number, value: unknown, form: Negotiated): Promise<void> | void {
  if (form.encoding === 'yaml') return writeYAML(request, code, value);
  writeJSON(request, code, value);
}

/** Compact with a final line feed, or indented for people. */
export function writeJSON(
  request: APIRequest,
  code: number,
  value: unknown,
  headers?: readonly string[],
  contentType = 'application/json',
): void {
  const text = wantsPretty(request) ? JSON.stringify(value, undefined, 2) : JSON.stringify(value);
  writeAnswer(request, code, contentType, `${text}\n`, headers);
}

async function writeYAML(request: APIRequest, code: number, value: unknown): Promise<void> {
  const { formatYAML } = await import('./yaml.ts');
  writeAnswer(request, code, 'application/yaml', formatYAML(value));
}
