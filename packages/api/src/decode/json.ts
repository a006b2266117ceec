/** Safe handling of parsed JSON from outside: members of any name, bounded depth. */

export type JSONObject = Record<string, unknown>;

/** Deeper than any object of our kinds, and far from what overflows a stack. */
export const MAX_JSON_DEPTH = 200;

export function isJSONObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets an own member whatever its name: plain assignment of `__proto__` would change the prototype instead. */
export function setMember(object: JSONObject, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** An own member; never what the prototype has under that name. */
export function memberOf(object: JSONObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/**
 * A deep copy that shares nothing.
 *
 * @param tooDeep makes the error for a value nested deeper than 200
 */
export function copyJSON(value: unknown, tooDeep: () => Error, depthLeft = MAX_JSON_DEPTH): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depthLeft === 0) throw tooDeep();
  if (Array.isArray(value)) return value.map((item) => copyJSON(item, tooDeep, depthLeft - 1));
  const copy: JSONObject = {};
  for (const [name, member] of Object.entries(value)) setMember(copy, name, copyJSON(member, tooDeep, depthLeft - 1));
  return copy;
}
