/** Strategic merge of two lists whose strategy is `merge`. @see spec kubernetes-wire §15.1 */
import { isJSONObject, type JSONObject, memberOf } from '../decode/json.ts';
import { directiveOf, withoutDirectives } from './directives.ts';
import { identify, orderElements } from './element-order.ts';
import { PatchError } from './patch-error.ts';

export type MergeElement = (element: JSONObject, change: JSONObject) => JSONObject;

/**
 * Lists of scalars become their union. Elements that are objects are matched by `mergeKey`: matches merge, others are
 * appended. Elements of the patch keep their order; the rest keeps its place among its old neighbours.
 *
 * @param original ours to change
 * @throws PatchError when elements are lists, of mixed kinds, or without their key
 */
export function mergeList(
  original: unknown[],
  patch: unknown[],
  mergeKey: string | undefined,
  mergeElement: MergeElement,
): unknown[] {
  if (!areObjects([...original, ...patch])) return mergeScalars(original, patch);
  if (mergeKey === undefined) throw new PatchError('malformed', 'cannot merge lists without merge key');
  const changes = patch as JSONObject[];
  const plain = changes.filter((change) => directiveOf(change) === undefined);
  if (changes.some((change) => directiveOf(change) === 'replace')) return plain.map(withoutDirectives);
  const kept = withoutDeleted(original as JSONObject[], changes, mergeKey);
  return orderElements(mergeObjects(kept, plain, mergeKey, mergeElement), plain, kept, mergeKey);
}

/** @throws PatchError unless all are scalars or all are objects */
function areObjects(elements: readonly unknown[]): boolean {
  if (elements.some(Array.isArray)) throw new PatchError('list-of-lists', 'lists of lists are not supported');
  const objects = elements.filter(isJSONObject).length;
  if (objects !== 0 && objects !== elements.length) {
    throw new PatchError('malformed', 'list element types are not identical');
  }
  return objects !== 0;
}

function mergeScalars(original: readonly unknown[], patch: readonly unknown[]): unknown[] {
  return orderElements([...new Set([...original, ...patch])], patch, original, undefined);
}

function withoutDeleted(
  original: readonly JSONObject[],
  changes: readonly JSONObject[],
  mergeKey: string,
): JSONObject[] {
  const deleted = new Set<unknown>();
  for (const change of changes) {
    if (directiveOf(change) === 'delete') deleted.add(identify(change, mergeKey));
  }
  return original.filter((element) => !deleted.has(memberOf(element, mergeKey)));
}

function mergeObjects(
  original: readonly JSONObject[],
  changes: readonly JSONObject[],
  mergeKey: string,
  mergeElement: MergeElement,
): JSONObject[] {
  const merged = [...original];
  const places = new Map<unknown, number>();
  for (const [place, element] of merged.entries()) {
    const id = memberOf(element, mergeKey);
    if (!places.has(id)) places.set(id, place); // of several, the first is meant
  }
  for (const change of changes) {
    const id = identify(change, mergeKey);
    const place = places.get(id);
    const element = place === undefined ? undefined : merged[place];
    if (place !== undefined && element !== undefined) merged[place] = mergeElement(element, change);
    else places.set(id, merged.push(withoutDirectives(change) as JSONObject) - 1);
  }
  return merged;
}
