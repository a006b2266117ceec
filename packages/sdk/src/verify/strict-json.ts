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
    const char = text[i];
    if (char === '"') {
      const end = endOfString(text, i);
      const seen = open.at(-1);
      if (atKey && seen !== undefined) {
        const key = JSON.parse(text.slice(i, end + 1)) as string; // escapes may spell one key in two ways
        if (seen.has(key)) return key;
        seen.add(key);
        atKey = false;
      }
      i = end;
    } else if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : undefined);
      atKey = char === '{';
    } else if (char === '}' || char === ']') {
      open.pop();
      atKey = false;
    } else if (char === ',') atKey = open.at(-1) !== undefined;
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
