/**
 * Finds members that a JSON text names twice, which `JSON.parse` silently folds into one.
 *
 * @see kubernetes-sigs/json strict decoding (`duplicate field "data.a"`); spec kubernetes-wire §17
 */
import { DecodeError } from './decode-error.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  closingQuote,
  nameOf,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-text.ts';
import { formatPath } from './value.ts';

/** Far deeper than any object of ours; Go's decoder stops at 10 000. */
const MAX_DEPTH = 1000;
/** As many as the API server reports for one body. */
const MAX_DUPLICATES = 100;
/** Up to this many members a list is faster than a set. */
const SMALL_OBJECT = 12;

/** An object or list that is being read. */
class Frame {
  readonly isObject: boolean;
  /** The member or index that is being read. */
  step: string | number;
  readonly #names: string[] = [];
  #nameSet: Set<string> | undefined;

  constructor(isObject: boolean) {
    this.isObject = isObject;
    this.step = isObject ? '' : 0;
  }

  /** False: the name was there before. */
  enter(name: string): boolean {
    this.step = name;
    if (this.#nameSet ? this.#nameSet.has(name) : this.#names.includes(name)) return false;
    if (this.#nameSet) this.#nameSet.add(name);
    else if (this.#names.push(name) > SMALL_OBJECT) this.#nameSet = new Set(this.#names);
    return true;
  }
}

/**
 * Scans once, in linear time.
 *
 * @param jsonText a text that `JSON.parse` accepts; for others the answer means nothing
 * @returns paths such as `data.a` or `spec.containers[0].name`, each once, at most a hundred
 * @throws DecodeError when nested deeper than 1000
 */
export function duplicateFields(jsonText: string): string[] {
  const duplicates = new Set<string>();
  const frames: Frame[] = [];
  let top: Frame | undefined;
  let atName = false;
  for (let i = 0; i < jsonText.length; i++) {
    const char = jsonText.charCodeAt(i);
    if (char === QUOTE) {
      const end = closingQuote(jsonText, i);
      if (atName && top && !top.enter(nameOf(jsonText, i, end)) && duplicates.size < MAX_DUPLICATES) {
        duplicates.add(formatPath(frames.map(({ step }) => step)));
      }
      atName = false;
      i = end;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      if (frames.length === MAX_DEPTH) throw new DecodeError('exceeded max depth');
      atName = char === OPEN_BRACE;
      top = new Frame(atName);
      frames.push(top);
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      frames.pop();
      top = frames.at(-1);
      atName = false;
    } else if (char === COMMA && top) {
      atName = top.isObject;
      if (typeof top.step === 'number') top.step++;
    }
  }
  return [...duplicates];
}
