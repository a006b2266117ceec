/**
 * What the store holds of the signing keys, read and written as a whole.
 *
 * Three records: the public objects (`signingkeys`), the private halves (`private-keys.ts`), and one root, which every
 * step of a rotation replaces. A step compares the root and each object it changes with what it has read, so that of
 * several servers one succeeds and the others see what it did.
 */
import type { SigningKey as SigningKeyObject } from '@mayfly/api/identity/v1alpha1/signing-key';
import type { SigningKey } from '../../../jose/keys.ts';
import { type Compare, type KeyValue, type Operation, prefixEnd, type Store } from '../../../storage/store.ts';
import { decodeShared, encodeObject } from '../generic/codec.ts';
import { keyLayout } from '../generic/keys.ts';
import { deletePrivateKey, kidOfPrivateKey, PRIVATE_KEYS_RANGE, putPrivateKey } from './private-keys.ts';
import { SIGNING_KEY_STORAGE_PATH } from './strategy.ts';

const ROOT_KEY = '/mayfly/signingkeys/root';
const ROOT_VERSION = 1;
const layout = keyLayout(SIGNING_KEY_STORAGE_PATH, false);

export const SIGNING_KEYS_PREFIX = layout.prefix('');

/** A record that cannot be used. The text names it and holds nothing secret. */
export class SigningKeyRecordError extends Error {
  override readonly name = 'SigningKeyRecordError';
}

/** What concerns the keys as a whole. */
export interface SigningKeysRoot {
  readonly version: typeof ROOT_VERSION;
  /** `--service-account-signing-algorithm` as last acted upon: only another one asks for a rotation. */
  readonly configuredAlgorithm: string;
}

/** One state of all the keys. */
export interface SigningKeyRecords {
  /** Of the store, when it was read. */
  readonly revision: number;
  /** Undefined: no server has made a key yet. */
  readonly root: SigningKeysRoot | undefined;
  readonly rootRevision: number;
  /** Oldest first. Shared: never change them. */
  readonly objects: readonly SigningKeyObject[];
  /** Undecoded; by `kid`. */
  readonly privateKeys: ReadonlyMap<string, KeyValue>;
}

/** What a step writes. */
export interface SigningKeyWrites {
  readonly root: SigningKeysRoot;
  /** New and changed objects. */
  readonly put?: readonly SigningKeyObject[];
  readonly putPrivate?: readonly SigningKey[];
  /** Whole keys, by `kid`. */
  readonly remove?: readonly string[];
  readonly removePrivate?: readonly string[];
}

/** @throws SigningKeyRecordError when a record is damaged, StorageError */
export async function readSigningKeys(store: Store): Promise<SigningKeyRecords> {
  const { revision, results } = await store.txn({
    compare: [],
    success: [
      { type: 'range', request: { key: ROOT_KEY } },
      { type: 'range', request: { key: SIGNING_KEYS_PREFIX, rangeEnd: prefixEnd(SIGNING_KEYS_PREFIX) } },
      { type: 'range', request: PRIVATE_KEYS_RANGE },
    ],
  });
  const [roots, publicHalves, privateHalves] = results.map((result) =>
    result.type === 'range' ? result.response.kvs : [],
  );
  const root = roots?.[0];
  return {
    revision,
    root: root && rootOf(root),
    rootRevision: root?.modRevision ?? 0,
    objects: byAge(publicHalves ?? []),
    privateKeys: new Map((privateHalves ?? []).map((kv) => [kidOfPrivateKey(kv), kv])),
  };
}

function rootOf({ value }: KeyValue): SigningKeysRoot {
  const root = attempt(() => JSON.parse(new TextDecoder().decode(value)) as Partial<SigningKeysRoot>);
  if (typeof root?.configuredAlgorithm !== 'string')
    throw new SigningKeyRecordError('the record of all signing keys is damaged');
  if (root.version !== ROOT_VERSION)
    throw new SigningKeyRecordError('the signing keys were written by a newer version');
  return root as SigningKeysRoot;
}

function objectOf(kv: KeyValue): SigningKeyObject {
  const object = attempt(() => decodeShared(kv) as unknown as Partial<SigningKeyObject>);
  if (object?.spec === undefined || object.status?.announcedAt === undefined)
    throw new SigningKeyRecordError(`the stored signing key "${kv.key.slice(SIGNING_KEYS_PREFIX.length)}" is damaged`);
  return object as SigningKeyObject;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // the caller says what is damaged, without quoting it
  }
}

/** Oldest first: by what they say, which is seconds, then by which was written first, then by name. */
function byAge(publicHalves: readonly KeyValue[]): readonly SigningKeyObject[] {
  const dated = publicHalves.map((kv) => ({ object: objectOf(kv), createRevision: kv.createRevision }));
  dated.sort(
    (a, b) =>
      a.object.status.announcedAt.localeCompare(b.object.status.announcedAt) ||
      a.createRevision - b.createRevision ||
      (nameOf(a.object) < nameOf(b.object) ? -1 : 1),
  );
  return dated.map(({ object }) => object);
}

function nameOf({ metadata }: SigningKeyObject): string {
  return metadata?.name ?? '';
}

/** @returns false when somebody else was faster, and nothing was written. @throws StorageError */
export async function writeSigningKeys(
  store: Store,
  { rootRevision }: Pick<SigningKeyRecords, 'rootRevision'>,
  writes: SigningKeyWrites,
): Promise<boolean> {
  const { put = [], putPrivate = [], remove = [], removePrivate = [] } = writes;
  const { succeeded } = await store.txn({
    compare: [{ key: ROOT_KEY, target: 'modRevision', equals: rootRevision }, ...put.map(unchanged)],
    success: [
      { type: 'put', key: ROOT_KEY, value: new TextEncoder().encode(JSON.stringify(writes.root)) },
      ...put.map(putObject),
      ...putPrivate.map(putPrivateKey),
      ...remove.map((kid): Operation => ({ type: 'delete', key: layout.key('', kid) })),
      ...[...remove, ...removePrivate].map(deletePrivateKey),
    ],
  });
  return succeeded;
}

/** Changes one object without a step. @returns as `writeSigningKeys` does */
export async function writeSigningKey(store: Store, object: SigningKeyObject): Promise<boolean> {
  const { succeeded } = await store.txn({ compare: [unchanged(object)], success: [putObject(object)] });
  return succeeded;
}

/** The object is still the version it was made from; one without a version is new. */
function unchanged(object: SigningKeyObject): Compare {
  const key = layout.key('', nameOf(object));
  return { key, target: 'modRevision', equals: Number(object.metadata?.resourceVersion ?? 0) };
}

function putObject(object: SigningKeyObject): Operation {
  return { type: 'put', key: layout.key('', nameOf(object)), value: encodeObject(object) };
}
