/** The words of strategic merge that steer it and never reach an object. @see spec kubernetes-wire §15.1 */
import { isJSONObject, type JSONObject, memberOf, setMember } from '../decode/json.ts';
import { PatchError } from './patch-error.ts';

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
export const SET_ELEMENT_ORDER = '$setElementOrder/';
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList/';

export type PatchDirective = 'replace' | 'delete';

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
  if (directive === undefined || directive === 'replace' || directive === 'delete') return directive;
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

/**
 * A part of the patch that nothing stands against: itself, without directives and without nulls.
 *
 * @returns undefined for a map with a `$patch`: it only says what to do with something that is not there
 */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isJSONObject(value)) return value;
  return Object.hasOwn(value, PATCH) ? undefined : membersWithoutDirectives(value);
}

/** The same for a map that is to replace another. */
export function membersWithoutDirectives(value: JSONObject): JSONObject {
  const plain: JSONObject = {};
  for (const [name, member] of Object.entries(value)) {
    const kept = member === null || isDirective(name) ? undefined : withoutDirectives(member);
    if (kept !== undefined) setMember(plain, name, kept);
  }
  return plain;
}
