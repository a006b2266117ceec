/**
 * Digests the rows that a restart has left undigested, so that the first search is as fast as the next.
 *
 * It takes a few milliseconds at a time, with requests in between, and a failure costs nothing but speed.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { prefixEnd, type Store } from '../../../storage/store.ts';
import { digestOf } from '../generic/digest.ts';
import { keyLayout } from '../generic/keys.ts';
import type { Strategy } from '../generic/strategy.ts';
import { ISSUED_TOKEN_STORAGE_PATH, issuedTokenStrategy } from './strategy.ts';

const AT_ONCE = 200;

/** Starts at once. @returns a function that ends it and resolves when it has ended */
export function prepareSearches(store: Store): () => Promise<void> {
  let stopped = false;
  const running = digestRows(store, () => stopped).catch(() => undefined); // a search tells of what cannot be read
  return () => {
    stopped = true;
    return running;
  };
}

async function digestRows(store: Store, isStopped: () => boolean): Promise<void> {
  const prefix = keyLayout(ISSUED_TOKEN_STORAGE_PATH, true).prefix('');
  let key = prefix;
  for (let more = true; more && !isStopped(); ) {
    const page = await store.range({ key, rangeEnd: prefixEnd(prefix), limit: AT_ONCE });
    for (const kv of page.kvs) digestOf(issuedTokenStrategy as Strategy, kv);
    more = page.more;
    key = `${page.kvs.at(-1)?.key}\0`;
    await nextTurn();
  }
}
