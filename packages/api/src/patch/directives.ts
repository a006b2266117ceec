/** The words of strategic merge that steer it and never reach an object. @see spec kubernetes-wire §15.1 */
import { isJSONObject, type JSONObject, memberOf, setMember } from '../decode/json.ts';
import { PatchError } from './patch-error.ts';

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
export const SET_ELEMENT_ORDER = '$setElementOrder/';
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList/';

export type PatchDirective = 'merge' | 'replace' | 'delete';

export function isDirective(name: string): boolean {
  return (
    name.startsWith('$') &&
    (name === PATCH ||
      name === RETAIN_KEYS ||
      name.startsWith(SET_ELEMENT_ORDER) ||
      name.startsWith(DELETE_FROM_PRIMITIVE_LIST))
  );
}

/** @throws PatchError `bad-directive` for a `$patch` that means nothing */
export function directiveOf(patch: JSONObject): PatchDirective | undefined {
  const directive = memberOf(patch, PATCH);
  if (directive === undefined || directive === 'merge' || directive === 'replace' || directive === 'delete') {
    return directive;
  }
  throw new PatchError(
    'bad-directive',
    `unknown patch type: ${typeof directive === 'string' ? directive : 'not a string'}`,
  );
}

/**
 * What `$retainKeys` keeps.
 *
 * @returns undefined without the directive
 * @throws PatchError `bad-directive` when it is no list of names, or the patch sets a key that it does not retain
 */
export function retainedKeys(patch: JSONObject): ReadonlySet<unknown> | undefined {
  const list = memberOf(patch, RETAIN_KEYS);
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) throw badRetainKeys();
  const retained = new Set<unknown>(list);
  for (const [name, value] of Object.entries(patch)) {
    if (value !== null && !isDirective(name) && !retained.has(name)) throw badRetainKeys();
  }
  return retained;
}

function badRetainKeys(): PatchError {
  return new PatchError('bad-directive', 'invalid patch format of retainKeys');
}

/** The list under a directive such as `$setElementOrder/containers`. */
export function directiveList(value: unknown, directive: string): unknown[] {
  if (Array.isArray(value)) return value;
  const name = directive.slice(1, directive.indexOf('/'));
  throw new PatchError('bad-directive', `invalid patch format of ${name} list`);
}

/** A part of the patch that nothing stands against: itself, without directives and without nulls. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(isElement).map(withoutDirectives);
  if (!isJSONObject(value)) return value;
  const plain: JSONObject = {};
  if (directiveOf(value) === 'delete') return plain;
  for (const [name, member] of Object.entries(value)) {
    if (member !== null && !isDirective(name)) setMember(plain, name, withoutDirectives(member));
  }
  return plain;
}

/** Not one that only says what to do with others. */
function isElement(item: unknown): boolean {
  if (!isJSONObject(item)) return true;
  const directive = directiveOf(item);
  return directive !== 'delete' && !(directive === 'replace' && Object.keys(item).length === 1);
}
