/** A selector that cannot be read. `message` is Kubernetes' own and is for the caller. Leaves as 400. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}
