/** What bounds a store. Each names what would grow without it. */

/** etcd's limit on the operations of a transaction. @see etcd-io/etcd server/embed/config.go, DefaultMaxTxnOps */
export const MAX_OPERATIONS = 128;

/** Keys that one transaction may change; a deletion of a range can name more than it has operations. */
export const MAX_CHANGES = 1024;

/** etcd's limit on a request. @see etcd-io/etcd server/embed/config.go, DefaultMaxRequestBytes */
export const MAX_VALUE_BYTES = 1.5 * 1024 * 1024;

/** Longer than any path of three names of 253 characters. */
export const MAX_KEY_LENGTH = 2048;

/** Writes that may wait for a commit before new ones are refused. */
export const MAX_WAITING_WRITES = 16_384;

/** What one commit takes of them: more would hold up readers, who share the thread. */
export const MAX_COMMIT_WRITES = 1024;
export const MAX_COMMIT_BYTES = 8 * 1024 * 1024;

/** Events a live watch may have waiting for its reader. */
export const MAX_WATCH_EVENTS = 10_000;

/** Revisions a watch that starts in the past reads at once. */
export const REPLAY_REVISIONS = 1000;

/** Versions that a compaction forgets in one turn of the event loop. */
export const SWEEP_VERSIONS = 250;

/** Keys that one transaction deletes when their lease has expired. */
export const EXPIRE_KEYS = 100;
