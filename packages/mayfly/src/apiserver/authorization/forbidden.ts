/**
 * How a refusal reads on the wire, byte for byte.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/responsewriters/errors.go; spec authorization §2.1, §2.2
 */
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { goQuote } from '@mayfly/api/validation/field-error';
import type { Attributes } from './authorizer.ts';

/** 403. `details.kind` is the resource. The reason follows unescaped, as upstream's does. */
export function forbiddenStatus(attributes: Attributes, reason: string): StatusError {
  const core = escapeHTML(cannot(attributes));
  const text = reason === '' ? core : `${core}: ${reason}`;
  const { resource, apiGroup, name } = attributes;
  if (!attributes.isResourceRequest || resource === '')
    return new StatusError('Forbidden', `forbidden: ${text}`, { details: detailsOf(attributes) });
  const what = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  const named = name === '' ? what : `${what} ${goQuote(name)}`;
  return new StatusError('Forbidden', `${named} is forbidden: ${text}`, { details: detailsOf(attributes) });
}

function cannot({
  user,
  verb,
  isResourceRequest,
  path,
  resource,
  subresource,
  apiGroup,
  namespace,
}: Attributes): string {
  const who = `User ${goQuote(user.name)} cannot ${verb}`;
  if (!isResourceRequest) return `${who} path ${goQuote(path)}`;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  return `${who} resource ${goQuote(what)} in API group ${goQuote(apiGroup)} ${where}`;
}

function detailsOf({ name, apiGroup, resource }: Attributes): { name?: string; group?: string; kind?: string } {
  return {
    ...(name === '' ? {} : { name }),
    ...(apiGroup === '' ? {} : { group: apiGroup }),
    ...(resource === '' ? {} : { kind: resource }),
  };
}

function escapeHTML(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Body of the plain-text 500 (`text/plain; charset=utf-8`) when judging itself failed. */
export function authorizationErrorBody(requestURI: string, error: string): string {
  return `${escapeHTML(`Internal Server Error: ${goQuote(requestURI)}: ${error}`)}\n`;
}
