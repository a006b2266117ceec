/**
 * Strategic merge patch: merge patch that knows which lists merge, and by which key.
 *
 * The schema says so (`patchStrategy`, `mergeKey`); directives in the patch say otherwise. What the patch sets without a
 * counterpart in the object is taken as it is, minus directives.
 *
 * @see kubernetes/apimachinery pkg/util/strategicpatch/patch.go; spec kubernetes-wire §15.1
 */
import { isJSONObject, type JSONObject, memberOf, setMember } from '../decode/json.ts';
import { type FieldSchema, isMessageType, type MessageSchema, messageSchema } from '../schema/messages.ts';
import {
  DELETE_FROM_PRIMITIVE_LIST,
  directiveList,
  directiveOf,
  isDirective,
  membersWithoutDirectives,
  retainedKeys,
  SET_ELEMENT_ORDER,
  withoutDirectives,
} from './directives.ts';
import { checkPatchOrder, orderElements } from './element-order.ts';
import { copyOf, PatchError } from './patch-error.ts';
import { mergeList } from './strategic-list.ts';

export { PatchError } from './patch-error.ts';

/**
 * @param schema   message of the object in `@mayfly/api/schema/messages`
 * @param original the object as it is; not changed
 * @param patch    parsed JSON; untrusted
 * @returns a new object that shares nothing with either. Members the schema does not know are still in it: decode it.
 * @throws PatchError `malformed`, `bad-directive` or `list-of-lists`
 */
export function applyStrategicMergePatch(schema: string, original: unknown, patch: unknown): unknown {
  if (!isJSONObject(original) || !isJSONObject(patch)) throw new PatchError('malformed', 'a patch must be an object');
  return mergeMap(copyOf(original) as JSONObject, copyOf(patch) as JSONObject, messageSchema(schema));
}

/**
 * @param original ours to change
 * @param schema   undefined below maps and free-form values, where lists are replaced
 */
function mergeMap(original: JSONObject, patch: JSONObject, schema: MessageSchema | undefined): JSONObject {
  const directive = directiveOf(patch);
  if (directive === 'delete') return {};
  if (directive === 'replace') return membersWithoutDirectives(patch);
  retain(original, retainedKeys(patch));
  const orders = elementOrders(original, patch);
  deleteFromLists(original, patch);
  for (const [name, value] of Object.entries(patch)) {
    if (!isDirective(name)) mergeMember(original, name, value, schema?.byJSONName(name));
  }
  for (const order of orders) applyOrder(original, order, schema?.byJSONName(order.field)?.mergeKey);
  return original;
}

function retain(original: JSONObject, retained: ReadonlySet<unknown> | undefined): void {
  if (retained === undefined) return;
  for (const name of Object.keys(original)) if (!retained.has(name)) delete original[name];
}

function mergeMember(original: JSONObject, name: string, value: unknown, field: FieldSchema | undefined): void {
  const merged = value === null ? undefined : mergeValue(memberOf(original, name), value, field);
  if (merged === undefined) delete original[name];
  else setMember(original, name, merged);
}

function mergeValue(original: unknown, patch: unknown, field: FieldSchema | undefined): unknown {
  if (isJSONObject(original) && isJSONObject(patch)) return mergeMap(original, patch, memberSchema(field));
  if (!Array.isArray(original) || !Array.isArray(patch) || !field?.patchStrategy?.startsWith('merge')) {
    return withoutDirectives(patch);
  }
  const elementSchema = messageOf(field.type);
  return mergeList(original, patch, field.mergeKey, (element, change) => mergeMap(element, change, elementSchema));
}

/** The schema of a structure's members. The members of a map have none. */
function memberSchema(field: FieldSchema | undefined): MessageSchema | undefined {
  return field === undefined || field.map ? undefined : messageOf(field.type);
}

function messageOf(type: string): MessageSchema | undefined {
  return isMessageType(type) ? messageSchema(type) : undefined;
}

function deleteFromLists(original: JSONObject, patch: JSONObject): void {
  for (const [directive, value] of Object.entries(patch)) {
    if (!directive.startsWith(DELETE_FROM_PRIMITIVE_LIST)) continue;
    const name = directive.slice(DELETE_FROM_PRIMITIVE_LIST.length);
    const gone = new Set(directiveList(value, directive));
    const list = memberOf(original, name);
    if (Array.isArray(list)) {
      setMember(
        original,
        name,
        list.filter((item) => !gone.has(item)),
      );
    }
  }
}

interface ElementOrder {
  readonly field: string;
  readonly wanted: readonly unknown[];
  /** The field's list before the merge, and the one in the patch. */
  readonly before: readonly unknown[];
  readonly patched: readonly unknown[];
}

function elementOrders(original: JSONObject, patch: JSONObject): ElementOrder[] {
  return Object.entries(patch)
    .filter(([name]) => name.startsWith(SET_ELEMENT_ORDER))
    .map(([directive, value]) => {
      const field = directive.slice(SET_ELEMENT_ORDER.length);
      const wanted = directiveList(value, directive);
      return { field, wanted, before: listAt(original, field), patched: listAt(patch, field) };
    });
}

function listAt(object: JSONObject, field: string): readonly unknown[] {
  const list = memberOf(object, field);
  return Array.isArray(list) ? list.slice() : [];
}

function applyOrder(
  original: JSONObject,
  { field, wanted, before, patched }: ElementOrder,
  mergeKey: string | undefined,
): void {
  checkPatchOrder(patched, wanted, mergeKey);
  const merged = memberOf(original, field);
  if (Array.isArray(merged)) setMember(original, field, orderElements(merged, wanted, before, mergeKey));
}
