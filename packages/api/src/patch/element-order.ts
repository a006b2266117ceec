/** The order of a merged list. @see kubernetes/apimachinery pkg/util/strategicpatch/patch.go, normalizeElementOrder */
import { isJSONObject, memberOf } from '../decode/json.ts';
import { directiveOf } from './directives.ts';
import { PatchError } from './patch-error.ts';

/**
 * What tells an element from its siblings: the value of its merge key, or itself for a scalar.
 *
 * @throws PatchError `malformed` for an element without its key
 */
export function identify(element: unknown, mergeKey: string | undefined): unknown {
  if (mergeKey === undefined) return element;
  const id = isJSONObject(element) ? memberOf(element, mergeKey) : undefined;
  if (id === undefined) throw new PatchError('malformed', `map does not contain declared merge key: ${mergeKey}`);
  return id;
}

/**
 * Elements that `wanted` names take its order. The others keep the order they had in `before`, each standing in front of
 * the first named element that it stood in front of.
 *
 * @param merged every element once; @param wanted elements, or stand-ins with only their key
 */
export function orderElements(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  before: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const wantedPlace = places(wanted, mergeKey);
  const oldPlace = places(before, mergeKey);
  const id = (element: unknown): unknown => identify(element, mergeKey);
  const named = merged.filter((element) => wantedPlace.has(id(element)));
  const others = merged.filter((element) => !wantedPlace.has(id(element)));
  const inOrder = (order: ReadonlyMap<unknown, number>) => (a: unknown, b: unknown) =>
    (order.get(id(a)) ?? order.size) - (order.get(id(b)) ?? order.size);
  named.sort(inOrder(wantedPlace));
  others.sort(inOrder(oldPlace));
  return interleave(others, named, (element) => oldPlace.get(id(element)));
}

function places(elements: readonly unknown[], mergeKey: string | undefined): ReadonlyMap<unknown, number> {
  const found = new Map<unknown, number>();
  for (const [place, element] of elements.entries()) {
    const id = identify(element, mergeKey);
    if (!found.has(id)) found.set(id, place);
  }
  return found;
}

function interleave(
  others: readonly unknown[],
  named: readonly unknown[],
  oldPlace: (element: unknown) => number | undefined,
): unknown[] {
  const out: unknown[] = [];
  let next = 0;
  for (const element of named) {
    const place = oldPlace(element) ?? -1; // a new element: nothing stood in front of it
    while (next < others.length && (oldPlace(others[next]) ?? Number.POSITIVE_INFINITY) < place)
      out.push(others[next++]);
    out.push(element);
  }
  return [...out, ...others.slice(next)];
}

/**
 * Checks a patch list against its `$setElementOrder`: all its elements are named there, in the same order.
 *
 * @throws PatchError `bad-directive`
 */
export function checkPatchOrder(
  patched: readonly unknown[],
  wanted: readonly unknown[],
  mergeKey: string | undefined,
): void {
  if (patched.length === 0 || wanted.length === 0) return;
  let next = 0;
  const kept = patched.filter((element) => !isJSONObject(element) || directiveOf(element) === undefined);
  for (const element of kept) {
    const id = identify(element, mergeKey);
    while (next < wanted.length && identify(wanted[next], mergeKey) !== id) next++;
    if (next++ === wanted.length) {
      throw new PatchError('bad-directive', "The order in patch list doesn't match $setElementOrder list");
    }
  }
}
