/**
 * Reads from a request line what authorization, admission and audit judge by: verb, namespace, resource, name.
 *
 * There is one reading of a URL and everybody uses it: the path is percent-decoded once and then split, exactly as the Go
 * server does (`%2F` separates), so no handler can see another resource than the authorizer did. Nothing here is
 * validated; a name that cannot exist is simply not found later.
 *
 * @see kubernetes/apiserver pkg/endpoints/request/requestinfo.go; spec authorization §1
 */
import { nameInFieldSelector } from './name-in-selector.ts';
import { NO_QUERY, parseCollectionQuery } from './query.ts';
import type { RequestInfo } from './request-info.ts';

/** `malformed`: the URL is not one (400). `incomplete`: a path verb without a resource (500, as Kubernetes answers). */
export class RequestInfoError extends Error {
  override readonly name = 'RequestInfoError';
  readonly code: 'malformed' | 'incomplete';

  constructor(code: RequestInfoError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const VERB_OF_METHOD: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Computes the attributes of a request.
 *
 * @param method as sent, upper case
 * @param url untrusted request target: origin form (`/api/v1/pods?limit=5`) or absolute form
 * @throws RequestInfoError `malformed` for a bad percent escape, `incomplete` for `/api/v1/watch` and the like
 */
export function parseRequestInfo(method: string, url: string): RequestInfo {
  const target = url.charCodeAt(0) === SLASH ? url : originForm(url);
  const mark = target.indexOf('?');
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  const parts = splitPath(path);
  const start = resourceStart(parts);
  if (start === 0) return nonResource(method, path);
  return resourceRequest(method, path, parts, start, url, mark < 0 ? '' : target.slice(mark + 1));
}

const SLASH = 0x2f;

/** Proxies and old clients send `GET https://host/path`; only the path counts. */
function originForm(url: string): string {
  const scheme = url.indexOf('://');
  if (scheme < 0) return url;
  const slash = url.indexOf('/', scheme + 3);
  return slash < 0 ? '/' : url.slice(slash);
}

function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw new RequestInfoError('malformed', 'the request path holds an invalid percent escape');
  }
}

function splitPath(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === SLASH) start++;
  while (end > start && path.charCodeAt(end - 1) === SLASH) end--;
  return start === end ? [] : path.slice(start, end).split('/');
}

/** Index of the first part behind the version; 0 when this is not a resource request. */
function resourceStart(parts: readonly string[]): number {
  if (parts[0] === 'api') return parts.length >= 3 ? 2 : 0;
  if (parts[0] === 'apis') return parts.length >= 4 ? 3 : 0;
  return 0;
}

function nonResource(method: string, path: string): RequestInfo {
  return {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    rest: NO_PARTS,
    fieldSelector: undefined,
    labelSelector: undefined,
  };
}

const NO_PARTS: readonly string[] = [];

function resourceRequest(
  method: string,
  path: string,
  parts: readonly string[],
  start: number,
  url: string,
  query: string,
): RequestInfo {
  let at = start;
  let verb = VERB_OF_METHOD[method] ?? '';
  if (parts[at] === 'watch' || parts[at] === 'proxy') {
    if (parts.length - at < 2)
      throw new RequestInfoError('incomplete', `unable to determine kind and namespace from url: ${url}`);
    verb = parts[at++] ?? '';
  }
  let namespace = '';
  if (parts[at] === 'namespaces' && parts.length - at > 1) {
    namespace = parts[at + 1] ?? '';
    if (parts.length - at > 2 && !isNamespaceSubresource(parts[at + 2])) at += 2;
  }
  let name = parts[at + 1] ?? '';
  const isCollection = name === '' && (verb === 'get' || verb === 'delete');
  const selectors = isCollection ? parseCollectionQuery(query) : NO_QUERY;
  if (isCollection) {
    verb = verb === 'delete' ? 'deletecollection' : selectors.watch ? 'watch' : 'list';
    name = nameInFieldSelector(selectors.fieldSelector);
  }
  const hasSubresource = verb !== 'proxy';
  return {
    isResourceRequest: true,
    path,
    verb,
    apiGroup: start === 3 ? (parts[1] ?? '') : '',
    apiVersion: parts[start - 1] ?? '',
    namespace,
    resource: parts[at] ?? '',
    subresource: (hasSubresource ? parts[at + 2] : undefined) ?? '',
    name,
    rest: parts.length > at + 3 ? parts.slice(at + 3) : NO_PARTS,
    fieldSelector: selectors.fieldSelector,
    labelSelector: selectors.labelSelector,
  };
}

function isNamespaceSubresource(part: string | undefined): boolean {
  return part === 'status' || part === 'finalize';
}
