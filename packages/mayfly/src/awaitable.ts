/**
 * Values that are mostly there at once and sometimes come later.
 *
 * A cached verdict, a rule in memory, a plugin with nothing to say: waiting for each with a promise would cost a request
 * more than all of them do.
 */

export type Awaitable<T> = T | Promise<T>;

/** Goes on with the value: now if it is there, else when it comes. What `next` throws is thrown, or rejects. */
export function whenThere<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
