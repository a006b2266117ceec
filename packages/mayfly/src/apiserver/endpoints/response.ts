/**
 * Writes whole answers: headers every answer carries, compression, HEAD.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/responsewriters/writers.go; spec kubernetes-wire §3
 */

import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { gzip } from 'node:zlib';
import type { APIRequest } from './request.ts';

const GZIP_THRESHOLD_BYTES = 128 * 1024;
const NO_HEADERS: readonly string[] = [];
const DEFAULT_CACHE_CONTROL = 'no-cache, private';

/**
 * Writes status line, headers and body at once.
 *
 * @param headers flat list of names and values; `Cache-Control` in it replaces the default
 */
export function writeAnswer(
  request: APIRequest,
  code: number,
  contentType: string,
  body: string | Buffer,
  headers: readonly string[] = NO_HEADERS,
): void {
  if (!request.unanswered) return;
  const sizeBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (sizeBytes > GZIP_THRESHOLD_BYTES && acceptsGzip(request)) {
    compressAnswer(request, code, contentType, body, headers);
    return;
  }
  const head = beginAnswer(request, code, headers);
  head.push('Content-Type', contentType, 'Content-Length', String(sizeBytes));
  finishAnswer(request, code, head, body);
}

/** Status line and headers without a body: 304, 301. */
export function writeEmptyAnswer(request: APIRequest, code: number, headers: readonly string[] = NO_HEADERS): void {
  if (!request.unanswered) return;
  const head = beginAnswer(request, code, headers);
  if (code !== 304) head.push('Content-Length', '0');
  finishAnswer(request, code, head, '');
}

/** Headers of a stream of unknown length, sent before its first byte: clients block on them. */
export function beginStream(request: APIRequest, contentType: string): void {
  const head = beginAnswer(request, 200, NO_HEADERS);
  head.push('Content-Type', contentType);
  sendHead(request, 200, head);
  if (!request.connection.isHTTP2) (request.outgoing as ServerResponse).flushHeaders(); // HTTP/2 sends HEADERS at once
}

function beginAnswer(request: APIRequest, code: number, headers: readonly string[]): string[] {
  request.code = code;
  const head = ['Audit-Id', request.auditID];
  let cacheControl = true;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name === 'Cache-Control') cacheControl = false;
    if (name === 'Connection' && request.connection.isHTTP2) continue; // HTTP/2 has no such header: GOAWAY says it
    head.push(name, headers[i + 1] as string);
  }
  if (cacheControl) head.push('Cache-Control', DEFAULT_CACHE_CONTROL);
  for (const warning of request.warningHeaders) head.push('Warning', warning);
  return head;
}

function finishAnswer(request: APIRequest, code: number, head: string[], body: string | Buffer): void {
  sendHead(request, code, head);
  if (request.method === 'HEAD') request.outgoing.end();
  else request.outgoing.end(body);
}

function sendHead(request: APIRequest, code: number, head: string[]): void {
  if (request.connection.isHTTP2) (request.outgoing as Http2ServerResponse).writeHead(code, head as never);
  else (request.outgoing as ServerResponse).writeHead(code, head);
}

function compressAnswer(
  request: APIRequest,
  code: number,
  contentType: string,
  body: string | Buffer,
  headers: readonly string[],
): void {
  const head = beginAnswer(request, code, headers);
  head.push('Content-Type', contentType, 'Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding');
  gzip(body, { level: 1 }, (error, compressed) => {
    if (request.outgoing.destroyed) return;
    if (error !== null) {
      request.outgoing.destroy(error);
      return;
    }
    head.push('Content-Length', String(compressed.length));
    finishAnswer(request, code, head, compressed);
  });
}

/** @see RFC 9110 §12.5.3; a zero weight refuses */
export function acceptsGzip(request: APIRequest): boolean {
  const header = request.header('accept-encoding');
  if (header === undefined) return false;
  return header.split(',').some((clause) => /^\s*gzip\s*(;\s*q=(1(\.0*)?|0?\.\d*[1-9]\d*))?\s*$/i.test(clause));
}

/** `pretty` in the query, else whether a person is likely to read it. */
export function wantsPretty(request: APIRequest): boolean {
  const asked = request.query.get('pretty');
  if (asked !== null) return asked === 'true' || asked === '1';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request.userAgent);
}
