import type { Handler } from '../endpoints/request.ts';

/** One stage around the rest of the chain. It is composed once, at start: a request meets plain calls. */
export type Filter = (next: Handler) => Handler;

/** @param filters outermost first */
export function compose(filters: readonly Filter[], handler: Handler): Handler {
  return filters.reduceRight((next, filter) => filter(next), handler);
}
