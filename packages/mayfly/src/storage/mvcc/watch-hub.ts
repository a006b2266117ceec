import type { StoreEvent } from '../store.ts';
import { isInRange } from './key-order.ts';
import type { Watch } from './watch.ts';

/**
 * Hands committed events to the watches that want them. A watch of a collection is found by the event's key, part by
 * part, and a watch of one key by the key itself: three hundred watches of other collections cost nothing.
 */
export class WatchHub {
  readonly #byKey = new Map<string, Set<Watch>>();
  readonly #byPrefix = new Map<string, Set<Watch>>();
  /** Ranges of another shape: each is asked for each event. */
  readonly #others = new Set<Watch>();
  readonly #all = new Set<Watch>();

  join(watch: Watch): void {
    this.#all.add(watch);
    this.#groupFor(watch).add(watch);
  }

  leave(watch: Watch): void {
    if (!this.#all.delete(watch)) return;
    const group = this.#groupFor(watch);
    group.delete(watch);
    if (group.size > 0 || group === this.#others) return;
    (watch.request.rangeEnd === undefined ? this.#byKey : this.#byPrefix).delete(watch.request.key);
  }

  /** Delivers the events of one commit. */
  publish(events: readonly StoreEvent[]): void {
    if (this.#all.size === 0) return;
    const touched = new Set<Watch>();
    for (const event of events) this.#deliver(event, touched);
    for (const watch of touched) watch.flush();
  }

  /** Ends every live watch as cancelled. */
  close(): void {
    for (const watch of [...this.#all]) watch.end(undefined);
  }

  #deliver(event: StoreEvent, touched: Set<Watch>): void {
    const key = event.type === 'put' ? event.kv.key : event.key;
    addTo(this.#byKey.get(key), event, touched);
    for (let slash = key.indexOf('/'); slash !== -1; slash = key.indexOf('/', slash + 1)) {
      if (this.#byPrefix.size === 0) break;
      addTo(this.#byPrefix.get(key.slice(0, slash + 1)), event, touched);
    }
    for (const watch of this.#others) {
      if (!isInRange(key, watch.request.key, watch.request.rangeEnd)) continue;
      watch.add(event);
      touched.add(watch);
    }
  }

  #groupFor({ request: { key, rangeEnd } }: Watch): Set<Watch> {
    if (rangeEnd === undefined) return groupOf(this.#byKey, key);
    return isCollection(key, rangeEnd) ? groupOf(this.#byPrefix, key) : this.#others;
  }
}

/** Whether the range is all keys that begin with `key`, which ends in a slash ('0' follows '/'). */
function isCollection(key: string, rangeEnd: string): boolean {
  return key.endsWith('/') && rangeEnd.length === key.length && rangeEnd === `${key.slice(0, -1)}0`;
}

function groupOf(groups: Map<string, Set<Watch>>, name: string): Set<Watch> {
  const group = groups.get(name) ?? new Set<Watch>();
  groups.set(name, group);
  return group;
}

function addTo(group: Set<Watch> | undefined, event: StoreEvent, touched: Set<Watch>): void {
  if (group === undefined) return;
  for (const watch of group) {
    watch.add(event);
    touched.add(watch);
  }
}
