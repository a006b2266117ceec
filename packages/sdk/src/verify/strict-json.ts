/** JSON as a security token wants it: one object, in UTF-8, with no key twice at any depth. */
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  closingQuote,
  nameOf,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '@mayfly/api/decode/json-text';

export type JSONObject = Readonly<Record<string, unknown>>;

export type JSONObjectVerdict =
  | { readonly ok: true; readonly value: JSONObject }
  | { readonly ok: false; readonly fault: 'not-utf-8' | 'not-json' | 'not-an-object' }
  | { readonly ok: false; readonly fault: 'duplicate-key'; readonly key: string };

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses one JSON object strictly.
 *
 * Two parsers may disagree on which of two equal keys counts, so a token that holds both must not verify.
 *
 * @param bytes untrusted
 * @see RFC 7515 §4 (header), RFC 7519 §4 (claims); RFC 8725 §3.12
 */
export function parseJSONObject(bytes: Uint8Array): JSONObjectVerdict {
  const text = decodeUTF8(bytes);
  if (text === undefined) return { ok: false, fault: 'not-utf-8' };
  const value = parse(text);
  if (value === undefined) return { ok: false, fault: 'not-json' };
  if (!isJSONObject(value)) return { ok: false, fault: 'not-an-object' };
  const key = firstDuplicateKey(text);
  return key === undefined ? { ok: true, value } : { ok: false, fault: 'duplicate-key', key };
}

/** True for `{}` and its like, not for arrays and null. */
export function isJSONObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeUTF8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined; // the verdict says so
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // the verdict says so; no JSON text parses to undefined
  }
}

/** The first key that its object has already seen. `text` is known to be valid JSON; no recursion, so depth is no risk. */
function firstDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // keys seen, for each open object; undefined for an open array
  let atKey = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) {
      const end = closingQuote(text, i);
      const seen = atKey ? open.at(-1) : undefined;
      if (seen !== undefined) {
        const key = nameOf(text, i, end);
        if (seen.has(key)) return key;
        seen.add(key);
        atKey = false;
      }
      i = end;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      open.push(char === OPEN_BRACE ? new Set() : undefined);
      atKey = char === OPEN_BRACE;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      open.pop();
      atKey = false;
    } else if (char === COMMA) atKey = open.at(-1) !== undefined;
  }
  return undefined;
}
