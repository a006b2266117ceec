import type { HTTPRequest } from './listener.ts';

/** The body is larger than the caller allows. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`body exceeds ${limitBytes} bytes`);
    this.limitBytes = limitBytes;
  }
}

/** The peer went away before it had sent all it announced. */
export class BodyAbortedError extends Error {
  override readonly name = 'BodyAbortedError';
}

const EMPTY = Buffer.alloc(0);

/**
 * Reads a whole body, at most `limitBytes`.
 *
 * A declared length over the limit is refused before a byte is read; an undeclared one as soon as it passes.
 *
 * @throws BodyTooLargeError, BodyAbortedError
 */
export function readBody(request: HTTPRequest, limitBytes: number): Promise<Buffer> {
  const declared = request.headers['content-length'];
  if (declared === '0') return Promise.resolve(EMPTY);
  if (declared !== undefined && Number(declared) > limitBytes) return Promise.reject(new BodyTooLargeError(limitBytes));
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined; // nearly every body arrives in one piece
    let more: Buffer[] | undefined;
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) {
        request.pause();
        reject(new BodyTooLargeError(limitBytes));
      } else if (first === undefined) first = chunk;
      else if (more === undefined) more = [first, chunk];
      else more.push(chunk);
    });
    let ended = false;
    request.on('end', () => {
      ended = true;
      resolve(more === undefined ? (first ?? EMPTY) : Buffer.concat(more, sizeBytes));
    });
    request.on('error', (error) => reject(new BodyAbortedError('request ended early', { cause: error })));
    request.on('close', () => {
      if (!ended) reject(new BodyAbortedError('request ended early'));
    });
  });
}
