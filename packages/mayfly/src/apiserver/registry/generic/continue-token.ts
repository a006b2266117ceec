/**
 * The token that continues a list: where it stopped, and at which revision it is being read.
 *
 * @see kubernetes/apiserver pkg/storage/continue.go; spec kubernetes-wire §11
 */
import { badRequestError } from '@mayfly/api/meta/v1/status-error';

const VERSION = 'meta.k8s.io/v1';

export interface Continuation {
  /** Revision of the first page; -1: the newest state (the first page's is compacted). */
  readonly revision: number;
  /** First key of the next page, without the collection's prefix. */
  readonly start: string;
}

export const NEWEST = -1;

/** @param lastKey the last key read, without the collection's prefix */
export function continueAfter(lastKey: string, revision: number): string {
  return encodeContinueToken({ revision, start: `${lastKey}\0` });
}

export function encodeContinueToken({ revision, start }: Continuation): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString('base64url');
}

/** @throws StatusError BadRequest */
export function decodeContinueToken(token: string): Continuation {
  const { v, rv, start } = parseToken(token);
  if (v !== VERSION) throw refuse('server does not recognize this encoded version');
  if (!Number.isSafeInteger(rv) || rv === 0 || (rv as number) < NEWEST)
    throw refuse(`incorrect encoded start resourceVersion (version ${VERSION})`);
  if (typeof start !== 'string' || start === '') throw refuse(`encoded start key empty (version ${VERSION})`);
  if (start.split('/').some((part) => part === '..' || part === '.')) throw refuse(String(JSON.stringify(start)));
  return { revision: rv as number, start };
}

function parseToken(token: string): { v?: unknown; rv?: unknown; start?: unknown } {
  if (!/^[A-Za-z0-9_-]+$/.test(token)) throw refuse('illegal base64 data');
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // not JSON: refused below like any other shape
  }
  throw refuse('not an object');
}

function refuse(why: string): Error {
  return badRequestError(`invalid continue token: continue key is not valid: ${why}`);
}
