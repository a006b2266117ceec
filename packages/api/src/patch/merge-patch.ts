/** JSON Merge Patch: null removes, objects merge, everything else replaces. @see RFC 7396 §2 */
import { isJSONObject, type JSONObject, MAX_JSON_DEPTH, memberOf, setMember } from '../decode/json.ts';
import { copyOf, PatchError } from './patch-error.ts';

export { PatchError } from './patch-error.ts';

/**
 * @param target the object as it is; not changed
 * @param patch  parsed JSON; untrusted
 * @returns a new value that shares nothing with either
 * @throws PatchError `malformed` when nested deeper than 200
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  return isJSONObject(patch) ? merge(copyOf(target), patch, MAX_JSON_DEPTH) : copyOf(patch);
}

/** @param target ours to change */
function merge(target: unknown, patch: JSONObject, depthLeft: number): JSONObject {
  if (depthLeft === 0) throw new PatchError('malformed', 'exceeded max depth');
  const object = isJSONObject(target) ? target : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete object[name];
    else if (isJSONObject(value)) setMember(object, name, merge(memberOf(object, name), value, depthLeft - 1));
    else setMember(object, name, copyOf(value));
  }
  return object;
}
