/**
 * Watches: headers at once, then one line for each event, each batch written as soon as it is there.
 *
 * What is not read is not buffered here: the next batch is fetched only when the socket has taken the last one, so the
 * store sees a slow reader and cuts it off.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/watch.go; spec kubernetes-wire §12
 */
import type { Writable } from 'node:stream';
import { internalError, methodNotSupportedError, StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Clock } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { EventStream, WatchEvent } from '../../registry/rest.ts';
import { negotiateStream } from '../negotiation.ts';
import { parseWatchOptions } from '../options.ts';
import type { APIRequest } from '../request.ts';
import { beginStream } from '../response.ts';
import type { Scope } from '../scope.ts';
import { parseIncludeObject, type TransformOptions, transformObject } from '../transform.ts';
import type { HandlerDependencies } from './context.ts';

export async function handleWatch(request: APIRequest, scope: Scope, deps: HandlerDependencies): Promise<void> {
  const form = negotiateStream(request.header('accept'));
  if (scope.storage.watch === undefined || scope.subresource !== undefined) {
    throw methodNotSupportedError(scope.groupResource, 'watch');
  }
  const include = form.as === 'Table' ? parseIncludeObject(request.query) : 'None';
  const options = parseWatchOptions(request, scope, deps.random);
  const encode = newEncoder({ scope, form, include, nowMs: 0 }, deps.clock);
  const stream = await openStream(scope.storage.watch(request, options));
  if (request.aborted) {
    if (!(stream instanceof StatusError)) stream.cancel();
    return;
  }
  beginStream(request, 'application/json');
  request.recording?.streamStarted();
  if (stream instanceof StatusError) request.outgoing.end(encodeError(stream));
  else await pump(request, stream, encode, deps);
}

/** A version that is gone or not yet there is told inside a stream that began well: client-go looks for it there. */
async function openStream(opening: Promise<EventStream>): Promise<EventStream | StatusError> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof StatusError && (error.code === 410 || error.code === 504)) return error;
    throw error;
  }
}

type Encoder = (event: WatchEvent) => string;

async function pump(
  request: APIRequest,
  stream: EventStream,
  encode: Encoder,
  { streams, log }: HandlerDependencies,
): Promise<void> {
  const outgoing: Writable = request.outgoing;
  const cancel = (): void => stream.cancel();
  request.signal.addEventListener('abort', cancel, { once: true });
  streams.add(stream);
  try {
    for await (const events of stream) {
      if (request.aborted) break;
      if (!outgoing.write(events.map(encode).join(''))) await drained(request);
    }
  } catch (error) {
    if (!request.aborted) outgoing.write(encodeError(asStatusError(error, request, log)));
  } finally {
    streams.delete(stream);
    request.signal.removeEventListener('abort', cancel);
    stream.cancel();
    outgoing.end();
  }
}

/** Resolves when the socket has room again, or is gone. */
function drained(request: APIRequest): Promise<void> {
  const { outgoing } = request;
  if (request.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.removeListener('drain', done);
      outgoing.removeListener('close', done);
      resolve();
    };
    outgoing.once('drain', done);
    outgoing.once('close', done);
  });
}

function newEncoder(options: TransformOptions, clock: Clock): Encoder {
  if (options.form.as === '') return ({ type, object }) => encodeEvent(type, object);
  const form =
    options.form.as === 'PartialObjectMetadataList' // clients ask for the list's form on watches too
      ? { ...options.form, as: 'PartialObjectMetadata' as const }
      : options.form;
  let withColumns = true;
  return ({ type, object }) => {
    if (type === 'ERROR') return encodeEvent(type, object);
    const shown = transformObject(object, { ...options, form, nowMs: clock.nowMs() }, withColumns);
    withColumns = false;
    return encodeEvent(type, shown);
  };
}

function encodeEvent(type: string, object: unknown): string {
  return `{"type":"${type}","object":${JSON.stringify(object)}}\n`;
}

function encodeError(error: StatusError): string {
  return encodeEvent('ERROR', error.toStatus());
}

function asStatusError(error: unknown, request: APIRequest, log: Log): StatusError {
  if (error instanceof StatusError) return error;
  log.error('watch failed', { auditID: request.auditID, path: request.path, error });
  return internalError('an unexpected error, see the server log', error);
}
