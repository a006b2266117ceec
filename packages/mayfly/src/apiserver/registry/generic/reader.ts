/** Reads for other parts of the server, without a request behind them. */
import { EVERY_FIELD, type FieldSelector } from '@mayfly/api/fields/selector';
import { EVERY_LABEL } from '@mayfly/api/labels/selector';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { prefixEnd } from '../../../storage/store.ts';
import type { WatchEventType } from '../rest.ts';
import { decodeOnce, decodeShared } from './codec.ts';
import { readPair } from './get.ts';
import type { Kind } from './kind.ts';
import type { Stored } from './strategy.ts';
import { watchObjects } from './watch.ts';

export interface ObjectEvent<T extends KubernetesObject> {
  /** `BOOKMARK`: everything that existed at the start has been told; its object is empty but for the version. */
  readonly type: WatchEventType;
  readonly object: T;
}

/** Ends when cancelled, when the store closes and when the reader fell behind; an ERROR event is the last one. */
export interface ObjectWatch<T extends KubernetesObject> extends AsyncIterable<readonly ObjectEvent<T>[]> {
  cancel(): void;
}

/** Objects are shared: never change them. All reads see the newest state. */
export interface ObjectReader<T extends KubernetesObject = KubernetesObject> {
  get(namespace: string, name: string): Promise<Stored<T> | undefined>;
  /** @param namespace absent: all */
  list(namespace?: string): Promise<readonly Stored<T>[]>;
  /** ADDED for all that exists, one BOOKMARK, then every change. */
  watch(): ObjectWatch<Stored<T>>;
  /** The same for a single object, which need not exist. It reads one key. */
  watchOne(namespace: string, name: string): ObjectWatch<Stored<T>>;
}

/** The caller names the kind's type: what the registry stores under this kind has passed its validation. */
export function newReader<T extends KubernetesObject>(kind: Kind): ObjectReader<T> {
  return {
    get(namespace, name) {
      return readPair(kind, kind.keys.key(namespace, name)).then((kv) => kv && (decodeShared(kv) as Stored<T>));
    },
    async list(namespace = '') {
      const prefix = kind.keys.prefix(namespace);
      const { kvs } = await kind.deps.store.range({ key: prefix, rangeEnd: prefixEnd(prefix) });
      return kvs.map((kv) => decodeOnce(kv) as Stored<T>);
    },
    watch: () => watchObjects(kind, '', FOREVER) as ObjectWatch<Stored<T>>,
    watchOne(namespace, name) {
      const fieldSelector: FieldSelector = { requirements: [{ field: 'metadata.name', operator: '=', value: name }] };
      return watchObjects(kind, namespace, { ...FOREVER, fieldSelector }) as ObjectWatch<Stored<T>>;
    },
  };
}

const FOREVER = {
  labelSelector: EVERY_LABEL,
  fieldSelector: EVERY_FIELD,
  resourceVersion: '',
  resourceVersionMatch: 'NotOlderThan',
  sendInitialEvents: true,
  allowBookmarks: true,
  timeoutMs: Number.POSITIVE_INFINITY,
} as const;
