/** First in, first out, in constant time each: an array that is cut when half of it is spent. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  #spent = 0;

  get first(): T | undefined {
    return this.#items[this.#spent];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Drops the first. */
  shift(): void {
    if (this.#spent === this.#items.length) return;
    this.#items[this.#spent++] = undefined;
    if (this.#spent * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#spent);
    this.#spent = 0;
  }
}
