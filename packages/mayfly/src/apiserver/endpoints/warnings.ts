/**
 * `Warning: 299` headers. @see kubernetes/apiserver pkg/endpoints/filters/warning.go; spec kubernetes-wire §17
 */
const MAX_TOTAL_CHARACTERS = 4096;
const TRUNCATED_CHARACTERS = 256;

/** Distinct texts in order of appearance. Past 4096 characters in all, each is cut to 256. */
export class Warnings {
  readonly #texts = new Set<string>();
  #characters = 0;

  add(text: string): void {
    const clean = withoutControlCharacters(text);
    if (clean === '' || this.#texts.has(clean)) return;
    if (this.#texts.size * TRUNCATED_CHARACTERS >= MAX_TOTAL_CHARACTERS && this.#characters > MAX_TOTAL_CHARACTERS)
      return;
    this.#texts.add(clean);
    this.#characters += clean.length;
  }

  headers(): readonly string[] {
    const cut = this.#characters > MAX_TOTAL_CHARACTERS;
    const headers: string[] = [];
    let total = 0;
    for (const text of this.#texts) {
      const shown = cut ? text.slice(0, TRUNCATED_CHARACTERS) : text;
      total += shown.length;
      if (total > MAX_TOTAL_CHARACTERS) break;
      headers.push(formatWarning(shown));
    }
    return headers;
  }
}

/** `299 - "text"`, quotes and backslashes escaped; characters outside Latin-1 become `?`, which headers cannot carry. */
export function formatWarning(text: string): string {
  return `299 - "${text.replace(/["\\]/g, '\\$&').replace(/[^\x20-\xff]/g, '?')}"`;
}

/** A line feed would begin another header. */
function withoutControlCharacters(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
