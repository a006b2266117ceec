/** Cuts a Swagger document down to some paths, the schemas they reach, and the fields that our server knows. */
import { type MessageSchema, messageNames, messageSchema } from '@mayfly/api/schema/messages';
import {
  METHODS,
  type Method,
  type Parameter,
  type PathItem,
  resolveParameter,
  type Schema,
  type Swagger,
} from './swagger.ts';

const MESSAGES = new Set(messageNames());
/** Of sharded lists, of server-side apply and of unreadable stored objects: none of them ours. */
const NOT_SERVED = new Set(['shardSelector', 'force', 'ignoreStoreReadErrorWithClusterBreakingPotential']);

/** @throws Error for a path or method that the document lacks: the list of what we serve would be wrong */
export function trim(swagger: Swagger, served: Readonly<Record<string, readonly Method[]>>): Swagger {
  const paths: Record<string, PathItem> = {};
  for (const [path, methods] of Object.entries(served)) paths[path] = trimPath(swagger, path, methods);
  return { paths, parameters: {}, definitions: closure(swagger, paths) };
}

/**
 * The message of our own table that a schema describes.
 *
 * @param name   such as `io.k8s.api.core.v1.Pod`
 */
export function messageOf(name: string): MessageSchema | undefined {
  const [kind = '', version = '', group = ''] = name.split('.').toReversed();
  const message = `${group}/${version}.${kind}`;
  return MESSAGES.has(message) ? messageSchema(message) : undefined;
}

function trimPath(swagger: Swagger, path: string, methods: readonly Method[]): PathItem {
  const item = swagger.paths[path];
  if (!item) throw new Error(`no path ${path}`);
  const trimmed: PathItem = item.parameters ? { parameters: resolveAll(swagger, item.parameters) } : {};
  for (const method of METHODS) {
    const operation = item[method];
    if (!methods.includes(method)) continue;
    if (!operation) throw new Error(`no ${method} ${path}`);
    trimmed[method] = { ...operation, parameters: resolveAll(swagger, operation.parameters ?? []) };
  }
  return trimmed;
}

function resolveAll(swagger: Swagger, parameters: readonly Parameter[]): Parameter[] {
  const resolved = parameters.map((parameter) => resolveParameter(swagger, parameter));
  return resolved.filter(({ name }) => !NOT_SERVED.has(name ?? ''));
}

function closure(swagger: Swagger, paths: Readonly<Record<string, PathItem>>): Record<string, Schema> {
  const reached: Record<string, Schema> = {};
  const queue = references(paths);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached[name]) continue;
    const schema = swagger.definitions[name];
    if (!schema) throw new Error(`no definition ${name}`);
    reached[name] = withoutUnknownFields(name, schema);
    queue.push(...references(reached[name]));
  }
  return Object.fromEntries(Object.entries(reached).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A field that the server would drop must not be advertised. */
function withoutUnknownFields(name: string, schema: Schema): Schema {
  const message = messageOf(name);
  if (!message || !schema.properties) return schema;
  const known = Object.entries(schema.properties).filter(
    ([key]) => key === 'apiVersion' || key === 'kind' || message.byJSONName(key) !== undefined,
  );
  return { ...schema, properties: Object.fromEntries(known) };
}

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === '$ref' && typeof member === 'string' ? [member.replace('#/definitions/', '')] : references(member),
  );
}
