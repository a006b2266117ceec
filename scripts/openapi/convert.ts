/** Swagger 2.0 to OpenAPI 3.0, as far as Kubernetes' document needs (spec kubernetes-wire §5). */
import { METHODS, type Operation, type Parameter, type PathItem, type Schema, type Swagger } from './swagger.ts';

/** Server-side apply and CBOR are not served: a client must not read here that they are. */
const NOT_SERVED = new Set(['application/apply-patch+yaml', 'application/apply-patch+cbor', 'application/cbor']);
/** Members of an operation that v3 has no place for. */
const V2_ONLY = new Set(['produces', 'schemes']);
const SECURITY_SCHEME = {
  BearerToken: { description: 'Bearer Token authentication', in: 'header', name: 'authorization', type: 'apiKey' },
};

/** A document of one group version; parameters are already resolved. */
export function toDocument({ paths, definitions }: Swagger): unknown {
  return {
    openapi: '3.0.0',
    info: { title: 'Mayfly', version: 'unversioned' },
    paths: mapValues(paths, toPathItem),
    components: { schemas: mapValues(definitions, toSchema), securitySchemes: SECURITY_SCHEME },
  };
}

function toPathItem({ parameters, ...item }: PathItem): unknown {
  const operations = METHODS.flatMap((method) => {
    const operation = item[method];
    return operation ? [[method, toOperation(operation)]] : [];
  });
  return { ...(parameters ? { parameters: parameters.map(toParameter) } : {}), ...Object.fromEntries(operations) };
}

function toOperation({ consumes, parameters = [], responses, ...rest }: Operation): unknown {
  const body = parameters.find((parameter) => parameter.in === 'body');
  const others = parameters.filter((parameter) => parameter.in !== 'body');
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !V2_ONLY.has(key))),
    ...(others.length > 0 ? { parameters: others.map(toParameter) } : {}),
    ...(body ? { requestBody: toRequestBody(body, consumes ?? ['*/*']) } : {}),
    responses: mapValues(responses, ({ description, schema }) => ({
      description,
      ...(schema ? { content: { 'application/json': { schema: toSchema(schema) } } } : {}),
    })),
  };
}

function toParameter({ type, uniqueItems, ...rest }: Parameter): unknown {
  return { ...rest, schema: { type, ...(uniqueItems === undefined ? {} : { uniqueItems }) } };
}

function toRequestBody({ schema = {}, required }: Parameter, consumes: readonly string[]): unknown {
  const media = consumes.filter((type) => !NOT_SERVED.has(type));
  return {
    content: Object.fromEntries(media.map((type) => [type, { schema: toSchema(schema) }])),
    ...(required ? { required } : {}),
  };
}

/** A reference may have no siblings in v3, so one with a description goes into `allOf`. */
function toSchema({ $ref, properties, items, additionalProperties, ...rest }: Schema): unknown {
  const reference = $ref?.replace('#/definitions/', '#/components/schemas/');
  if (reference && Object.keys(rest).length === 0) return { $ref: reference };
  return {
    ...rest,
    ...(reference ? { allOf: [{ $ref: reference }] } : {}),
    ...(properties ? { properties: mapValues(properties, toSchema) } : {}),
    ...(items ? { items: toSchema(items) } : {}),
    ...(additionalProperties ? { additionalProperties: toSchema(additionalProperties) } : {}),
  };
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
