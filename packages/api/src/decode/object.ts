/**
 * Strict, typed decoding of parsed JSON, as Go's decoder does it for the kind's structure.
 *
 * Unknown fields are dropped and named; nulls are dropped; values of the wrong type are refused; times are normalised;
 * fields that Go's encoder would leave out are left out. So one object has one form, whichever body it came in. The
 * result shares nothing with the input. Plans are compiled per message when first needed.
 *
 * @see kubernetes-sigs/json, the case-sensitive strict decoder of the API server; spec kubernetes-wire §6.2 and §17
 */
import type { KubernetesObject } from '../meta/v1/object-meta.ts';
import {
  type FieldSchema,
  isMessageType,
  jsonFields,
  messageSchema,
  type ScalarType,
  type SpecialType,
} from '../schema/messages.ts';
import { isJSONObject, type JSONObject, setMember } from './json.ts';
import {
  type Decoding,
  formatPath,
  goType,
  isZero,
  type Place,
  typeError,
  VALUE_DECODERS,
  type ValueDecoder,
} from './value.ts';

export { DecodeError } from './decode-error.ts';
export { duplicateFields } from './duplicate-fields.ts';

/** As many as the API server reports for one body. */
const MAX_UNKNOWN_FIELDS = 100;

interface FieldPlan {
  readonly decode: ValueDecoder;
  readonly place: Place;
  /** The result is left out when it is zero. */
  readonly omitZero: boolean;
}

interface MessagePlan {
  readonly place: Place;
  readonly fields: ReadonlyMap<string, FieldPlan>;
}

/**
 * Decodes a JSON body as the named message.
 *
 * @param schema a message of `@mayfly/api/schema/messages`, such as `core/v1.Pod`
 * @param value  what `JSON.parse` gave; untrusted
 * @returns the object, and paths such as `spec.containers[0].foo` of members that the message does not have
 * @throws DecodeError naming the field whose value has the wrong type
 */
export function decodeObject(schema: string, value: unknown): { object: KubernetesObject; unknownFields: string[] } {
  const decoding: Decoding = { path: [], unknownFields: [] };
  const plan = bodyPlan(schema);
  const object = decodeMembers(value, plan, decoding, plan.place);
  return { object: object as KubernetesObject, unknownFields: decoding.unknownFields };
}

function decodeMembers(value: unknown, plan: MessagePlan, decoding: Decoding, place: Place): JSONObject {
  if (!isJSONObject(value)) throw typeError(value, decoding, place);
  const object: JSONObject = {};
  for (const name of Object.keys(value)) {
    const field = plan.fields.get(name);
    if (field === undefined) noteUnknown(decoding, name);
    else decodeMember(object, name, value[name], field, decoding);
  }
  return object;
}

function decodeMember(object: JSONObject, name: string, value: unknown, field: FieldPlan, decoding: Decoding): void {
  if (value === null || value === undefined) return;
  decoding.path.push(name);
  const decoded = field.decode(value, decoding, field.place);
  decoding.path.pop();
  if (!field.omitZero || !isZero(decoded)) object[name] = decoded;
}

function noteUnknown({ path, unknownFields }: Decoding, name: string): void {
  if (unknownFields.length < MAX_UNKNOWN_FIELDS) unknownFields.push(formatPath([...path, name]));
}

const bodyPlans = new Map<string, MessagePlan>();
const messagePlans = new Map<string, MessagePlan>();

/** A body has `apiVersion` and `kind` on top of its message's own members. */
function bodyPlan(schema: string): MessagePlan {
  const known = bodyPlans.get(schema);
  if (known) return known;
  const plan = messagePlan(schema);
  const withTypeMeta = { place: plan.place, fields: new Map([...typeMetaFields(schema), ...plan.fields]) };
  bodyPlans.set(schema, withTypeMeta);
  return withTypeMeta;
}

function messagePlan(schema: string): MessagePlan {
  const known = messagePlans.get(schema);
  if (known) return known;
  const fields = new Map(jsonFields(messageSchema(schema)).map((field) => [field.name, planField(schema, field)]));
  // The one message that is a kind of its own and is also carried inside another (Eviction).
  if (schema === 'meta/v1.DeleteOptions') for (const [name, field] of typeMetaFields(schema)) fields.set(name, field);
  const plan = { place: { struct: structName(schema), goType: goType(schema) }, fields };
  messagePlans.set(schema, plan);
  return plan;
}

function typeMetaFields(schema: string): [string, FieldPlan][] {
  const place = { struct: structName(schema), goType: 'string' };
  const plan = { decode: VALUE_DECODERS.string, place, omitZero: true };
  return [
    ['apiVersion', plan],
    ['kind', plan],
  ];
}

function planField(schema: string, field: FieldSchema): FieldPlan {
  const decode = elementDecoder(field.type);
  const struct = structName(schema);
  const place = { struct, goType: goType(field.type) };
  const omitZero = field.omitEmpty && !field.pointer;
  if (field.map) {
    return {
      decode: mapDecoder(decode, place, field),
      place: { struct, goType: `map[string]${place.goType}` },
      omitZero,
    };
  }
  if (field.repeated) {
    return { decode: listDecoder(decode, place, field), place: { struct, goType: `[]${place.goType}` }, omitZero };
  }
  return { decode, place, omitZero };
}

function elementDecoder(type: string): ValueDecoder {
  if (!isMessageType(type)) return VALUE_DECODERS[type as ScalarType | SpecialType];
  let plan: MessagePlan | undefined; // compiled on first use: most messages never see most of their fields
  return (value, decoding, place) => {
    plan ??= messagePlan(type);
    return decodeMembers(value, plan, decoding, place);
  };
}

function listDecoder(decode: ValueDecoder, element: Place, field: FieldSchema): ValueDecoder {
  return (value, decoding, place) => {
    if (!Array.isArray(value)) throw typeError(value, decoding, place);
    return value.map((item: unknown, index) => {
      if (item === null) return zeroOf(field.type);
      decoding.path.push(index);
      const decoded = decode(item, decoding, element);
      decoding.path.pop();
      return decoded;
    });
  };
}

function mapDecoder(decode: ValueDecoder, element: Place, field: FieldSchema): ValueDecoder {
  return (value, decoding, place) => {
    if (!isJSONObject(value)) throw typeError(value, decoding, place);
    const map: JSONObject = {};
    for (const key of Object.keys(value)) {
      const item = value[key];
      setMember(map, key, item === null ? zeroOf(field.type) : decode(item, decoding, element));
    }
    return map;
  };
}

/** What Go makes of a null inside a list or a map, where it cannot be left out. */
function zeroOf(type: string): unknown {
  if (type === 'ExtraValue') return [];
  if (type === 'Quantity') return '0';
  if (type === 'bool') return false;
  if (type === 'int32' || type === 'int64') return 0;
  return isMessageType(type) ? {} : '';
}

/** `PodSpec` for `core/v1.PodSpec`. */
function structName(schema: string): string {
  return schema.slice(schema.lastIndexOf('.') + 1);
}
