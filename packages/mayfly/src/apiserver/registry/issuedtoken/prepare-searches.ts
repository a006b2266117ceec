/**
 * Digests the rows that a restart has left undigested, so that the first search is as fast as the next.
 *
 * It takes a few milliseconds at a time, with requests in between, and a failure costs nothing but speed.
 */
import type { Store } from '../../../storage/store.ts';
import { digestOf } from '../generic/digest.ts';
import type { Strategy } from '../generic/strategy.ts';
import { ledgerPages } from './search.ts';
import { issuedTokenStrategy } from './strategy.ts';

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
  for await (const page of ledgerPages(store, '', AT_ONCE)) {
    if (isStopped()) return;
    for (const kv of page) digestOf(issuedTokenStrategy as Strategy, kv);
  }
}
