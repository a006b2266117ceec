/**
 * One description of every message we read, for three uses: protobuf bodies, strict JSON decoding and strategic merge.
 *
 * The rows are text and are parsed when a message is first asked for, so that start-up pays nothing. Names are
 * `<group>/<version>.<Message>`, the group by its first label: `core/v1.Pod`, `rbac/v1.Role`, `meta/v1.ObjectMeta`.
 */
import { KUBERNETES_MESSAGES } from './kubernetes-messages.ts';
import { MERGE_STRATEGIES, type PatchStrategy } from './merge-strategies.ts';
import { OWN_MESSAGES } from './own-messages.ts';

export type ScalarType = 'string' | 'bool' | 'int32' | 'int64' | 'bytes';
/** Go types with a JSON form of their own. */
export type SpecialType =
  | 'Time'
  | 'MicroTime'
  | 'Quantity'
  | 'IntOrString'
  | 'FieldsV1'
  | 'RawExtension'
  | 'ExtraValue';

export interface FieldSchema {
  /** Protobuf field number. */
  readonly number: number;
  /** JSON name; `-` when inlined. */
  readonly name: string;
  /** A `ScalarType`, a `SpecialType` or the name of a message: that of the elements for lists, of the values for maps. */
  readonly type: string;
  readonly repeated: boolean;
  readonly map: boolean;
  /** A Go pointer: presence means something, and zero values are kept. */
  readonly pointer: boolean;
  /** The JSON form leaves it out when it is zero. */
  readonly omitEmpty: boolean;
  /** A Go embedded structure: nested in protobuf, part of the parent in JSON. */
  readonly inline: boolean;
  readonly mergeKey?: string;
  readonly patchStrategy?: PatchStrategy;
}

export interface MessageSchema {
  readonly name: string;
  readonly fields: readonly FieldSchema[];
  /** Looks through inlined structures. */
  byJSONName(name: string): FieldSchema | undefined;
  byNumber(number: number): FieldSchema | undefined;
}

const SPECIAL_OR_SCALAR = new Set<string>([
  ...(['string', 'bool', 'int32', 'int64', 'bytes'] satisfies ScalarType[]),
  ...([
    'Time',
    'MicroTime',
    'Quantity',
    'IntOrString',
    'FieldsV1',
    'RawExtension',
    'ExtraValue',
  ] satisfies SpecialType[]),
]);

/** Whether a field's type names a message of this table. */
export function isMessageType(type: string): boolean {
  return !SPECIAL_OR_SCALAR.has(type);
}

const ROWS: ReadonlyMap<string, string> = new Map(Object.entries({ ...KUBERNETES_MESSAGES, ...OWN_MESSAGES }));
const schemas = new Map<string, MessageSchema>();

/** @throws Error for a name that is not in the table, which only a mistake of ours can ask for */
export function messageSchema(name: string): MessageSchema {
  const known = schemas.get(name);
  if (known) return known;
  const row = ROWS.get(name);
  if (row === undefined) throw new Error(`no message "${name}" in the schema`);
  const schema = new Message(
    name,
    row.split(' ').map((entry) => parseField(name, entry)),
  );
  schemas.set(name, schema);
  return schema;
}

/** Every message name, sorted. */
export function messageNames(): string[] {
  return [...ROWS.keys()].sort();
}

function parseField(message: string, entry: string): FieldSchema {
  const [number = '', name = '', type = '', flags = ''] = entry.split(':');
  const map = type.startsWith('{');
  const bare = map || type.startsWith('[') ? type.slice(1, -1) : type;
  return {
    number: Number(number),
    name,
    type: map && bare === '[string]' ? 'ExtraValue' : bare, // protobuf has no map of lists: the value is wrapped
    repeated: type.startsWith('['),
    map,
    pointer: flags.includes('p'),
    omitEmpty: flags.includes('o'),
    inline: flags.includes('i'),
    ...MERGE_STRATEGIES[message]?.[name],
  };
}

class Message implements MessageSchema {
  readonly name: string;
  readonly fields: readonly FieldSchema[];
  readonly #byNumber = new Map<number, FieldSchema>();
  #byJSONName: ReadonlyMap<string, FieldSchema> | undefined;

  constructor(name: string, fields: readonly FieldSchema[]) {
    this.name = name;
    this.fields = fields;
    for (const field of fields) this.#byNumber.set(field.number, field);
  }

  byNumber(number: number): FieldSchema | undefined {
    return this.#byNumber.get(number);
  }

  byJSONName(name: string): FieldSchema | undefined {
    this.#byJSONName ??= new Map(jsonFields(this).map((field) => [field.name, field]));
    return this.#byJSONName.get(name);
  }
}

/** The members of a message's JSON object: its fields, with inlined structures replaced by theirs. */
export function jsonFields(schema: MessageSchema): FieldSchema[] {
  return schema.fields.flatMap((field) => (field.inline ? jsonFields(messageSchema(field.type)) : [field]));
}
