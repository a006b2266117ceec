/** As much of Swagger 2.0 as Kubernetes' document uses. @see https://swagger.io/specification/v2/ */

export interface Schema {
  $ref?: string;
  description?: string;
  type?: string;
  format?: string;
  default?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  allOf?: Schema[];
  [extension: `x-kubernetes-${string}`]: unknown;
}

export interface Parameter {
  $ref?: string;
  name?: string;
  in?: 'body' | 'path' | 'query';
  description?: string;
  required?: boolean;
  type?: string;
  uniqueItems?: boolean;
  schema?: Schema;
}

export interface Operation {
  description?: string;
  operationId?: string;
  consumes?: string[];
  produces?: string[];
  schemes?: string[];
  tags?: string[];
  parameters?: Parameter[];
  responses: Record<string, { description: string; schema?: Schema }>;
  [extension: `x-kubernetes-${string}`]: unknown;
}

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';
export type PathItem = { parameters?: Parameter[] } & { [method in Method]?: Operation };

export interface Swagger {
  definitions: Record<string, Schema>;
  parameters: Record<string, Parameter>;
  paths: Record<string, PathItem>;
}

export const METHODS: readonly Method[] = ['get', 'put', 'post', 'delete', 'patch'];

/** Follows a reference to a shared parameter. */
export function resolveParameter(swagger: Swagger, parameter: Parameter): Parameter {
  if (parameter.$ref === undefined) return parameter;
  const shared = swagger.parameters[parameter.$ref.replace('#/parameters/', '')];
  if (!shared) throw new Error(`no parameter ${parameter.$ref}`);
  return shared;
}
