/** etcd's own words where clients and operators know them. @see etcd-io/etcd api/v3rpc/rpctypes/error.go */

export type StorageErrorCode =
  | 'ERR_COMPACTED'
  | 'ERR_FUTURE_REVISION'
  | 'ERR_SLOW_WATCHER'
  | 'ERR_INVALID_REQUEST'
  | 'ERR_REQUEST_TOO_LARGE'
  | 'ERR_LEASE_NOT_FOUND'
  | 'ERR_STORE_BUSY'
  | 'ERR_STORE_CLOSED'
  | 'ERR_STORE_OPEN'
  | 'ERR_STORE_FULL'
  | 'ERR_STORE_FAULT';

/** The store could not do what was asked. `retryable` says whether the same call may succeed later. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  readonly retryable: boolean;

  constructor(code: StorageErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

export class CompactedError extends StorageError {
  readonly compactRevision: number;

  constructor(compactRevision: number) {
    super('ERR_COMPACTED', 'etcdserver: mvcc: required revision has been compacted');
    this.compactRevision = compactRevision;
  }
}

export class FutureRevisionError extends StorageError {
  readonly currentRevision: number;

  constructor(currentRevision: number) {
    super('ERR_FUTURE_REVISION', 'etcdserver: mvcc: required revision is a future revision');
    this.currentRevision = currentRevision;
  }
}

export class SlowWatcherError extends StorageError {
  constructor() {
    super('ERR_SLOW_WATCHER', 'watch cancelled: the reader fell too far behind');
  }
}
