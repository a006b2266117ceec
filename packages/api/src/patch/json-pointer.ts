/** JSON Pointer. @see RFC 6901 */
import { isJSONObject, memberOf } from '../decode/json.ts';
import { PatchError } from './patch-error.ts';

/** @throws PatchError `failed` for a text that is neither empty nor starts with `/`, or has a bad `~` escape */
export function parsePointer(text: unknown): string[] {
  if (text === '') return [];
  if (typeof text !== 'string' || !text.startsWith('/') || /~(?![01])/.test(text)) {
    throw new PatchError('failed', 'a path must be a JSON pointer');
  }
  return text.slice(1).split('/').map(unescapeToken);
}

function unescapeToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** RFC 6901 §4: digits without leading zeros. Undefined for anything else, and for what no list could hold. */
export function listIndex(token: string): number | undefined {
  return /^(?:0|[1-9]\d{0,8})$/.test(token) ? Number(token) : undefined;
}

/** One step down. Undefined when there is nothing: JSON has no undefined. */
export function child(value: unknown, token: string): unknown {
  if (isJSONObject(value)) return memberOf(value, token);
  if (!Array.isArray(value)) return undefined;
  const index = listIndex(token);
  return index === undefined ? undefined : (value[index] as unknown);
}
