/** `/openapi/v3` and `/openapi/v2` over HTTP: hashes, caching, redirects. @see kubernetes/kube-openapi pkg/handler3/handler.go; spec kubernetes-wire §5 */
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { type AcceptClause, parseAccept } from './negotiation.ts';
import type { OpenAPI } from './openapi/openapi.ts';
import type { APIRequest } from './request.ts';
import { writeAnswer, writeEmptyAnswer } from './response.ts';

const ROOT = '/openapi/v3';
const V2 = '/openapi/v2';

/** @returns false when the path is none of its own */
export function serveOpenAPI(request: APIRequest, path: string, openapi: OpenAPI): boolean {
  if (path === V2) return serveV2(request, openapi);
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return false;
  requireJSON(request);
  if (path === ROOT) {
    const { body, etag } = openapi.index();
    serveDocument(request, body, etag, []);
    return true;
  }
  const document = openapi.document(path.slice(ROOT.length + 1));
  if (document === undefined) return false;
  serveGroup(request, path, document);
  return true;
}

/** With a hash in the URL a document never changes, so it may be kept; a stale hash leads to the current one. */
function serveGroup(request: APIRequest, path: string, { body, hash }: { body: Buffer; hash: string }): void {
  const asked = request.query.get('hash');
  if (asked !== null && asked !== hash) {
    writeEmptyAnswer(request, 301, ['Location', `${path}?hash=${hash}`]);
    return;
  }
  const isPinned = asked === hash;
  serveDocument(
    request,
    body,
    quoted(hash),
    isPinned ? ['Cache-Control', 'public, immutable', 'Expires', aYearAfter(request.receivedAtMs)] : [],
  );
}

/** @see kubernetes/kube-openapi pkg/handler/handler.go */
function serveV2(request: APIRequest, openapi: OpenAPI): true {
  const asked = clausesOf(request);
  if (!asked.some(({ type }) => V2_TYPES.has(type))) refuse(V2_PROTOBUF);
  const { body, hash } = openapi.v2();
  serveDocument(request, body, hash, [], V2_PROTOBUF);
  return true;
}

/** The name with `@` is no valid media type; clients ask for it all the same, and answers carry the other. */
const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const V2_TYPES = new Set([V2_PROTOBUF, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf']);

function serveDocument(
  request: APIRequest,
  body: Buffer,
  etag: string,
  caching: readonly string[],
  contentType = 'application/json',
): void {
  const headers = ['ETag', quoted(etag), 'Vary', 'Accept', ...caching];
  if (request.header('if-none-match') === quoted(etag)) writeEmptyAnswer(request, 304, headers);
  else writeAnswer(request, 200, contentType, body, headers);
}

function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function aYearAfter(ms: number): string {
  return new Date(ms + 365 * 86_400_000).toUTCString();
}

/** The protobuf form of v3 is not served; JSON under 200 would be misread by who asked only for it. */
function requireJSON(request: APIRequest): void {
  const asked = clausesOf(request);
  if (asked.length > 0 && !asked.some(({ type }) => JSON_TYPES.has(type))) refuse('application/json');
}

const JSON_TYPES = new Set(['*/*', 'application/*', 'application/json']);

function clausesOf(request: APIRequest): readonly AcceptClause[] {
  return parseAccept(request.header('accept') ?? '');
}

function refuse(types: string): never {
  throw new StatusError('NotAcceptable', `only the following media types are accepted: ${types}`);
}
