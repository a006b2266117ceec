import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { acceptsContentType } from '../serviceaccount/discovery.ts';
import type { APIRequest } from './request.ts';
import { writeAnswer } from './response.ts';

/** A ready body at a fixed path, such as the OIDC discovery document and the key set. */
export interface StaticDocument {
  readonly path: string;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly body: Buffer;
}

/** Documents that may change while the server runs (a signing key is added). */
export interface DocumentSource {
  find(path: string): StaticDocument | undefined;
}

/** @returns false when there is no document at the path */
export function serveDocument(request: APIRequest, path: string, source: DocumentSource): boolean {
  const document = source.find(path);
  if (document === undefined) return false;
  requireAccepted(request, document.contentType);
  writeAnswer(request, 200, document.contentType, document.body, ['Cache-Control', document.cacheControl]);
  return true;
}

/** Relying parties ask for the exact type or for any. @see kubernetes/kubernetes pkg/routes/openidmetadata.go */
function requireAccepted(request: APIRequest, contentType: string): void {
  if (acceptsContentType(request.header('accept'), contentType)) return;
  throw new StatusError('NotAcceptable', `only the following media types are accepted: ${contentType}`);
}
