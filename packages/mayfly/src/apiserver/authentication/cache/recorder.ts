import type { AuthenticationContext } from '../authenticator.ts';

/** Stands in for the caller while a shared look-up runs, and later tells each caller what the look-up said on the way. */
export class ContextRecorder implements AuthenticationContext {
  readonly audiences: readonly string[] | undefined;
  #warnings: string[] | undefined;
  #annotations: Map<string, string> | undefined;

  constructor(audiences: readonly string[] | undefined) {
    this.audiences = audiences;
  }

  warn(text: string): void {
    this.#warnings ??= [];
    this.#warnings.push(text);
  }

  annotate(key: string, value: string): void {
    this.#annotations ??= new Map();
    if (!this.#annotations.has(key)) this.#annotations.set(key, value); // the first value of a key stays
  }

  replay(context: AuthenticationContext): void {
    if (this.#warnings !== undefined) for (const text of this.#warnings) context.warn(text);
    if (this.#annotations !== undefined) for (const [key, value] of this.#annotations) context.annotate(key, value);
  }
}
