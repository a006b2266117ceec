/**
 * The smallest OpenAPI v2 document that kubectl can use, in gnostic's protobuf form.
 *
 * kubectl reads OpenAPI v3 first. For a `kind: List` it asks v2 all the same, in protobuf only: whether PATCH of a kind
 * takes `fieldValidation` in its query. The document says that and nothing else; schemas are in v3.
 *
 * Kinds that are only created, reviews among them, have a PATCH in it as well, which v3 rightly denies them: kubectl asks v2
 * next, and without one it would look for a CustomResourceDefinition, find no such API and refuse to send anything.
 *
 * @see kubernetes/cli-runtime pkg/resource/query_param_verifier.go; google/gnostic-models openapiv2/OpenAPIv2.proto
 */
import { apiVersionOf } from '@mayfly/api/meta/v1/group-version';
import { message, text } from '@mayfly/api/protobuf/writer';
import type { ResourceDefinition } from '../../registry/rest.ts';

/** What the document says of a kind. */
export type DescribedResource = Pick<
  ResourceDefinition,
  'group' | 'version' | 'resource' | 'kind' | 'namespaced' | 'verbs'
>;

/** Protobuf of `openapi.v2.Document`: one path with one `patch` operation for each resource that can be sent. */
export function encodeOpenAPIV2(resources: readonly DescribedResource[], version: string): Buffer {
  const paths = resources.filter(({ verbs }) => verbs.includes('patch') || verbs.includes('create')).map(namedPathItem);
  return Buffer.concat([
    text(DOCUMENT.swagger, '2.0'),
    message(DOCUMENT.info, text(INFO.title, 'Mayfly'), text(INFO.version, version)),
    message(DOCUMENT.paths, ...paths),
  ]);
}

/** Field numbers, message by message, of those that are written. */
const DOCUMENT = { swagger: 1, info: 2, paths: 8 };
const INFO = { title: 1, version: 2 };
const PATHS = { path: 2 };
const NAMED = { name: 1, value: 2 };
const PATH_ITEM = { patch: 8 };
const OPERATION = { parameters: 8, responses: 9, vendorExtension: 13 };
const ANY = { yaml: 2 };
const PARAMETERS_ITEM = { parameter: 1 };
const PARAMETER = { nonBodyParameter: 2 };
const NON_BODY_PARAMETER = { queryParameterSubSchema: 3 };
const QUERY_PARAMETER = { in: 2, name: 4, type: 6 };
const RESPONSES = { responseCode: 1 };
const RESPONSE_VALUE = { response: 1 };
const RESPONSE = { description: 1 };

function namedPathItem(resource: DescribedResource): Uint8Array {
  const operation = message(PATH_ITEM.patch, ...patchOperation(resource));
  return message(PATHS.path, text(NAMED.name, itemPath(resource)), message(NAMED.value, operation));
}

function itemPath({ group, version, resource, namespaced }: DescribedResource): string {
  const root = `${group === '' ? '/api' : '/apis'}/${apiVersionOf({ group, version })}`;
  return `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${resource}/{name}`;
}

function patchOperation({ group, version, kind }: DescribedResource): Uint8Array[] {
  const gvk = JSON.stringify({ group, kind, version }); // JSON is YAML
  return [
    message(OPERATION.parameters, FIELD_VALIDATION),
    message(OPERATION.responses, OK_RESPONSE),
    message(
      OPERATION.vendorExtension,
      text(NAMED.name, 'x-kubernetes-group-version-kind'),
      message(NAMED.value, text(ANY.yaml, gvk)),
    ),
  ];
}

const FIELD_VALIDATION = message(
  PARAMETERS_ITEM.parameter,
  message(
    PARAMETER.nonBodyParameter,
    message(
      NON_BODY_PARAMETER.queryParameterSubSchema,
      text(QUERY_PARAMETER.in, 'query'),
      text(QUERY_PARAMETER.name, 'fieldValidation'),
      text(QUERY_PARAMETER.type, 'string'),
    ),
  ),
);

const OK_RESPONSE = message(
  RESPONSES.responseCode,
  text(NAMED.name, '200'),
  message(NAMED.value, message(RESPONSE_VALUE.response, text(RESPONSE.description, 'OK'))),
);
