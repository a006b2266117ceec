import type { Clock } from '../../clock/clock.ts';
import { type Log, silentLog } from '../../log/log.ts';
import { MVCCStore } from '../mvcc/mvcc-store.ts';
import type { Store } from '../store.ts';
import { MemoryLog } from './memory-log.ts';

/**
 * Opens an empty store that ends with the process: for tests, and for a server that is asked to keep nothing.
 *
 * @param clock for leases only
 */
export function newMemoryStore({ clock, log = silentLog }: { readonly clock: Clock; readonly log?: Log }): Store {
  return new MVCCStore({ revisions: new MemoryLog(), clock, log });
}
