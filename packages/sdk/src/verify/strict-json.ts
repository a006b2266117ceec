/** JSON as a security token wants it: one object, in UTF-8, with no key twice at any depth. */

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
      const end = endOfString(text, i);
      const seen = atKey ? open.at(-1) : undefined;
      if (seen !== undefined) {
        const key = stringAt(text, i, end);
        if (seen.has(key)) return key;
        seen.add(key);
        atKey = false;
      }
      i = end;
    } else if (char === OPEN_OBJECT || char === OPEN_ARRAY) {
      open.push(char === OPEN_OBJECT ? new Set() : undefined);
      atKey = char === OPEN_OBJECT;
    } else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) {
      open.pop();
      atKey = false;
    } else if (char === COMMA) atKey = open.at(-1) !== undefined;
  }
  return undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The quote that ends the string: the first with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

/** Escapes may spell one key in two ways. */
function stringAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end + 1)) as string) : raw;
}
