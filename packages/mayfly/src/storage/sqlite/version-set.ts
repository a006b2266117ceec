import type { VersionName } from '../mvcc/revision-log.ts';
import type { BatchReader } from './batch-codec.ts';

/** Versions to look for in rows: asks for a key only where the revision is one of them. */
export class VersionSet {
  readonly #keys = new Map<number, string[]>();

  constructor(names: Iterable<VersionName>) {
    for (const { key, revision } of names) {
      const others = this.#keys.get(revision);
      if (others === undefined) this.#keys.set(revision, [key]);
      else others.push(key);
    }
  }

  /** Ascending. */
  get revisions(): number[] {
    return [...this.#keys.keys()].sort((a, b) => a - b);
  }

  has(record: BatchReader): boolean {
    return this.#keys.get(record.modRevision)?.includes(record.key()) ?? false;
  }
}
