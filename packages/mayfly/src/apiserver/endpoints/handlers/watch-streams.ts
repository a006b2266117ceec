import type { EventStream } from '../../registry/rest.ts';

/** Every watch that is open, so that a server going down can end them. */
export class WatchStreams {
  readonly #open = new Set<EventStream>();
  #ended = false;

  get size(): number {
    return this.#open.size;
  }

  add(stream: EventStream): void {
    if (this.#ended) stream.cancel();
    else this.#open.add(stream);
  }

  delete(stream: EventStream): void {
    this.#open.delete(stream);
  }

  /** Ends every watch open now; whoever still may comes back. */
  interrupt(): void {
    for (const stream of this.#open) stream.cancel();
  }

  /** Ends every watch as if its time were up; clients come back elsewhere. Later ones end at once. */
  end(): void {
    this.#ended = true;
    for (const stream of this.#open) stream.cancel();
  }
}
