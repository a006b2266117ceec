/** Reads for other parts of the server, without a request behind them. */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { prefixEnd } from '../../../storage/store.ts';
import type { WatchEventType } from '../rest.ts';
import { decodeOnce, decodeShared } from './codec.ts';
import type { Kind } from './kind.ts';
import type { Stored } from './strategy.ts';

export interface ObjectEvent<T extends KubernetesObject> {
  /** `BOOKMARK`: everything that existed at the start has been told; its object is empty but for the version. */
  readonly type: WatchEventType;
  readonly object: T;
}

/** Ends when cancelled, when the store closes and when the reader fell behind. */
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
}
