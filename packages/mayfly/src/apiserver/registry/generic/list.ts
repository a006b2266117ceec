/**
 * GET of a collection: a page of matching objects at one revision.
 *
 * @see kubernetes/apiserver pkg/storage/etcd3/store.go, GetList; spec kubernetes-wire §11
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KubernetesList, KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError, type StatusError, tooLargeResourceVersionError } from '@mayfly/api/meta/v1/status-error';
import { CompactedError, FutureRevisionError } from '../../../storage/errors.ts';
import type { KeyValue, RangeResponse } from '../../../storage/store.ts';
import type { ListOptions, RequestContext } from '../rest.ts';
import { decodeOnce } from './codec.ts';
import {
  type Continuation,
  continueAfter,
  decodeContinueToken,
  encodeContinueToken,
  NEWEST,
} from './continue-token.ts';
import { awaitRevision } from './future.ts';
import type { Kind } from './kind.ts';
import { requestedRevision, requireValidList } from './list-options.ts';
import { keyRangeOf, type Selection, selectionOf } from './selection.ts';
import { expiredError, storageStatus } from './storage-status.ts';

const MAX_CHUNK = 10_000;
/** A few milliseconds' worth, when all of them must be decoded. */
const SEARCHED_AT_ONCE = 1024;

/** Where a page begins and which state it shows. */
interface Page {
  readonly prefix: string;
  readonly start: string;
  readonly rangeEnd: string | undefined;
  /** Undefined: newest. */
  readonly revision: number | undefined;
  readonly limit: number;
}

/** @throws StatusError BadRequest, Invalid, Expired, Timeout */
export async function listObjects(kind: Kind, context: RequestContext, options: ListOptions): Promise<KubernetesList> {
  requireValidList(options);
  const continuation = options.continue === '' ? undefined : continuationOf(options);
  try {
    const page = await pageOf(kind, context.namespace, options, continuation);
    return await readPage(kind, page, selectionOf(kind, options));
  } catch (error) {
    if (error instanceof CompactedError && continuation !== undefined) throw expiredPage(continuation, error);
    if (error instanceof FutureRevisionError && continuation !== undefined)
      throw tooLargeResourceVersionError(continuation.revision, error.currentRevision);
    throw storageStatus(error, kind.resource, 'list');
  }
}

function continuationOf(options: ListOptions): Continuation {
  if (options.resourceVersion !== '' && options.resourceVersion !== '0')
    throw badRequestError('specifying resource version is not allowed when using continue');
  return decodeContinueToken(options.continue);
}

async function pageOf(
  kind: Kind,
  namespace: string,
  options: ListOptions,
  continuation: Continuation | undefined,
): Promise<Page> {
  const { key, rangeEnd } = keyRangeOf(kind, namespace, options);
  const prefix = kind.keys.prefix(namespace);
  const whole = { prefix, start: key, rangeEnd, limit: options.limit };
  if (continuation !== undefined) {
    const revision = continuation.revision === NEWEST ? undefined : continuation.revision;
    return { ...whole, start: prefix + continuation.start, revision };
  }
  return { ...whole, revision: await revisionOf(kind, options) };
}

/** The exact revision to read at, after waiting for it; undefined when the newest state will do. */
async function revisionOf(kind: Kind, options: ListOptions): Promise<number | undefined> {
  const revision = requestedRevision(options.resourceVersion);
  if (revision === undefined || revision === 0) return undefined;
  await awaitRevision(kind.deps, revision);
  const exact = options.resourceVersionMatch === 'Exact' || (options.resourceVersionMatch === '' && options.limit > 0);
  return exact ? revision : undefined;
}

async function readPage(kind: Kind, page: Page, selection: Selection): Promise<KubernetesList> {
  const items: KubernetesObject[] = [];
  let { start, revision, limit } = page;
  let chunk: RangeResponse;
  let last: KeyValue | undefined;
  do {
    chunk = await kind.deps.store.range({
      key: start,
      ...(page.rangeEnd === undefined ? {} : { rangeEnd: page.rangeEnd }),
      ...(limit === 0 ? {} : { limit }),
      ...(revision === undefined ? {} : { revision }),
    });
    revision ??= chunk.revision;
    last = await collect(chunk.kvs, selection, page.limit, items);
    if (last !== undefined) start = `${last.key}\0`;
    limit = Math.min(limit * 2, MAX_CHUNK); // a selector that matches little should not cost a read per object
  } while (chunk.more && items.length < page.limit);
  const more = last !== undefined && (chunk.more || last !== chunk.kvs.at(-1));
  const remaining = selection.everything ? chunk.count - chunk.kvs.length : undefined;
  return {
    kind: `${kind.strategy.definition.kind}List`,
    apiVersion: kind.apiVersion,
    metadata: {
      resourceVersion: String(revision),
      ...(more ? { continue: continueAfter(last?.key.slice(page.prefix.length) ?? '', revision) } : {}),
      ...(more && remaining !== undefined ? { remainingItemCount: remaining } : {}),
    },
    items,
  };
}

/** Adds matching items up to the limit. Returns the last pair looked at. Other requests get their turn in a long search. */
async function collect(
  kvs: readonly KeyValue[],
  selection: Selection,
  limit: number,
  items: KubernetesObject[],
): Promise<KeyValue | undefined> {
  let last: KeyValue | undefined;
  let sinceTurn = 0;
  for (const kv of kvs) {
    if (limit > 0 && items.length >= limit) break;
    last = kv;
    if (!selection.everything && ++sinceTurn === SEARCHED_AT_ONCE) {
      sinceTurn = 0;
      await nextTurn();
    }
    if (!selection.mayMatch(kv)) continue;
    const object = decodeOnce(kv);
    if (selection.matches(object)) items.push(asItem(object));
  }
  return last;
}

/** Items of a list carry no type of their own. */
function asItem({ kind: _kind, apiVersion: _apiVersion, ...item }: KubernetesObject): KubernetesObject {
  return item;
}

/** The way on for a client whose first page has been compacted: the rest, from the newest state. */
function expiredPage(continuation: Continuation, cause: unknown): StatusError {
  return expiredError(EXPIRED_PAGE, cause, encodeContinueToken({ ...continuation, revision: NEWEST }));
}

const EXPIRED_PAGE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
