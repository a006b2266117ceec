/**
 * `/openid/v1/token-status-lists` and each list below it, for relying parties that verify without asking a review.
 *
 * @see draft-ietf-oauth-status-list-17 §8, §9
 */
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { acceptsContentType } from '../serviceaccount/discovery.ts';
import { STATUS_LISTS_PATH } from '../serviceaccount/statuslist/uri.ts';
import type { APIRequest } from './request.ts';
import { writeAnswer, writeEmptyAnswer } from './response.ts';

/** What is served here. */
export interface StatusListSource {
  /** Addresses of all lists. */
  uris(): Promise<readonly string[]>;
  /** @returns undefined when there is no such list */
  find(list: number): Promise<StatusListDocument | undefined>;
}

export interface StatusListDocument {
  readonly body: Buffer;
  readonly etag: string;
  readonly maxAgeSeconds: number;
}

const MEDIA_TYPE = 'application/statuslist+jwt';
const LIST = new RegExp(`^${STATUS_LISTS_PATH}/(0|[1-9][0-9]{0,14})$`);

/** @returns undefined when the path is none of ours */
export function serveStatusLists(
  request: APIRequest,
  path: string,
  source: StatusListSource | undefined,
): Promise<void> | undefined {
  if (source === undefined || !path.startsWith(STATUS_LISTS_PATH)) return undefined;
  if (path === STATUS_LISTS_PATH) return serveIndex(request, source);
  const list = LIST.exec(path)?.[1];
  return list === undefined ? undefined : serveList(request, Number(list), source);
}

async function serveIndex(request: APIRequest, source: StatusListSource): Promise<void> {
  requireAccepted(request, 'application/json');
  const body = JSON.stringify({ status_lists: await source.uris() });
  writeAnswer(request, 200, 'application/json', body, ['Cache-Control', 'public, max-age=60']);
}

async function serveList(request: APIRequest, list: number, source: StatusListSource): Promise<void> {
  requireAccepted(request, MEDIA_TYPE);
  const document = await source.find(list);
  if (document === undefined) throw new StatusError('NotFound', 'there is no such token status list', { details: {} });
  const { body, etag, maxAgeSeconds } = document;
  const headers = ['Cache-Control', `public, max-age=${maxAgeSeconds}`, 'ETag', etag];
  if (matches(request.header('if-none-match'), etag)) writeEmptyAnswer(request, 304, headers);
  else writeAnswer(request, 200, MEDIA_TYPE, body, headers);
}

/** RFC 9110 §13.1.2: any of a list, weak or strong. */
function matches(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false;
}

function requireAccepted(request: APIRequest, contentType: string): void {
  if (acceptsContentType(request.header('accept'), contentType)) return;
  throw new StatusError('NotAcceptable', `only the following media types are accepted: ${contentType}`);
}
