/**
 * Request bodies to objects: JSON, YAML or protobuf, of the kind the URL names, with unknown fields treated as asked.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/{create,rest}.go; spec kubernetes-wire §6.2, §6.3, §17
 */
import { DecodeError, decodeObject, duplicateFields } from '@mayfly/api/decode/object';
import { apiVersionOf, parseAPIVersion } from '@mayfly/api/meta/v1/group-version';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError, StatusError } from '@mayfly/api/meta/v1/status-error';
import { decodeEnvelope, decodeMessage } from '@mayfly/api/protobuf/decode';
import { BodyAbortedError, BodyTooLargeError, readBody } from '../../httpserver/body.ts';
import type { FieldValidation } from './options.ts';
import type { APIRequest } from './request.ts';
import type { BodyKind } from './scope.ts';

export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** What a body says before it is judged. */
interface ParsedBody {
  readonly apiVersion: string;
  readonly kind: string;
  /** Members whose keys appear twice. */
  readonly duplicates: readonly string[];
  decode(schema: string): { object: KubernetesObject; unknownFields: readonly string[] };
}

type Parser = (body: Buffer, want: BodyKind, validation: FieldValidation) => ParsedBody | Promise<ParsedBody>;

const PARSERS: Readonly<Record<string, Parser>> = {
  '': parseJSONBody,
  'application/json': parseJSONBody,
  'application/yaml': parseYAMLBody,
  'application/vnd.kubernetes.protobuf': parseProtobufBody,
};

/**
 * Reads and decodes the body of a create or update.
 *
 * @returns an object of its own, with apiVersion and kind set
 * @throws StatusError 400, 413, 415
 */
export async function decodeBody(
  request: APIRequest,
  want: BodyKind,
  validation: FieldValidation,
): Promise<KubernetesObject> {
  const parser = PARSERS[mediaType(request)] ?? unsupported();
  const body = await readRequestBody(request);
  const parsed = await parser(body, want, validation);
  requireKind(parsed, want);
  const { object, unknownFields } = decodeAs(parsed, want);
  reportFields(request, fieldComplaints(unknownFields, parsed.duplicates), validation, (text) =>
    badRequestError(cannotBeHandled(want, want.kind, `strict decoding error: ${text}`)),
  );
  object.apiVersion = apiVersionOf(want);
  object.kind = want.kind;
  request.requestObject = object;
  return object;
}

const DELETE_OPTIONS: BodyKind = { group: '', version: 'v1', kind: 'DeleteOptions', schema: 'meta/v1.DeleteOptions' };

/** Undefined for an empty body, whose Content-Type does not matter. Any served group version may be named in it. */
export async function decodeDeleteBody(request: APIRequest): Promise<KubernetesObject | undefined> {
  const body = await readRequestBody(request);
  if (body.length === 0) return undefined;
  const parser = PARSERS[mediaType(request)] ?? unsupported();
  const parsed = await parser(body, DELETE_OPTIONS, 'Ignore');
  if (parsed.kind !== '' && parsed.kind !== 'DeleteOptions') {
    throw badRequestError(`decoded object cannot be converted to DeleteOptions: ${parsed.kind}`);
  }
  const { object } = decodeAs(parsed, DELETE_OPTIONS);
  request.requestObject = object;
  return object;
}

/** @throws StatusError 413; 400 when the peer stopped sending */
export async function readRequestBody(request: APIRequest): Promise<Buffer> {
  try {
    return await readBody(request.incoming, MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw tooLarge(error.limitBytes);
    if (error instanceof BodyAbortedError) throw badRequestError('unexpected end of the request body', error);
    throw error;
  }
}

function tooLarge(limitBytes: number): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`);
}

const JSON_TYPE = 'application/json';

/** Media type in lower case without parameters; empty when the header is absent or empty. */
export function mediaType(request: APIRequest): string {
  const header = request.header('content-type');
  if (header === undefined) return '';
  if (header === JSON_TYPE) return JSON_TYPE; // the constant finds its parser faster than the same text from the wire
  const type = (header.split(';', 1)[0] as string).trim().toLowerCase();
  return type === '' && header !== '' ? header : type; // parameters of nothing are no media type
}

const BODY_TYPES = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** @param types accepted ones, joined by comma and blank */
export function unsupported(types: string = BODY_TYPES): never {
  const text = `the body of the request was in an unknown format - accepted media types include: ${types}`;
  throw new StatusError('UnsupportedMediaType', text);
}

function parseJSONBody(body: Buffer, want: BodyKind, validation: FieldValidation): ParsedBody {
  const text = body.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return bodyOf(value, want, text, validation === 'Ignore' ? [] : duplicateFields(text));
  } catch (error) {
    throw error instanceof StatusError ? error : unrecognized(want, text, (error as Error).message);
  }
}

/**
 * Differs: stock servers read YAML as large as JSON. The parser takes up to three seconds of the event loop for each megabyte, and
 * everybody who is authenticated may send a body somewhere, so larger ones must be JSON.
 */
const MAX_YAML_BYTES = 128 * 1024;

async function parseYAMLBody(body: Buffer, want: BodyKind): Promise<ParsedBody> {
  if (body.length > MAX_YAML_BYTES) throw tooLarge(MAX_YAML_BYTES);
  const { parseYAML } = await import('./yaml.ts');
  const text = body.toString('utf8');
  const { value, duplicates, error } = parseYAML(text);
  if (error !== undefined) throw unrecognized(want, text, error);
  return bodyOf(value, want, text, duplicates);
}

function parseProtobufBody(body: Buffer): ParsedBody {
  try {
    const { apiVersion, kind, raw } = decodeEnvelope(body);
    return {
      apiVersion,
      kind,
      duplicates: [],
      decode: (schema) => ({ object: decodeMessage(schema, raw), unknownFields: [] }),
    };
  } catch (error) {
    throw error instanceof DecodeError ? badRequestError(error.message) : error;
  }
}

function bodyOf(value: unknown, want: BodyKind, text: string, duplicates: readonly string[]): ParsedBody {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unrecognized(want, text, 'json: cannot unmarshal into an object');
  }
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
  return {
    apiVersion: typeof apiVersion === 'string' ? apiVersion : '',
    kind: typeof kind === 'string' ? kind : '',
    duplicates,
    decode: (schema) => decodeObject(schema, value),
  };
}

function unrecognized(want: BodyKind, text: string, why: string): StatusError {
  const shown = text.startsWith('{') ? text.slice(0, 30) : Buffer.from(text.slice(0, 30)).toString('hex');
  const more = text.length > 30 ? `${shown} ...` : shown;
  return badRequestError(`the object provided is unrecognized (must be of type ${want.kind}): ${why} (${more})`);
}

/** A body may leave out both; what it names must be what the URL names. */
function requireKind({ apiVersion, kind }: ParsedBody, want: BodyKind): void {
  const expected = apiVersionOf(want);
  if (kind !== '' && kind !== want.kind) {
    const { version } = parseAPIVersion(apiVersion === '' ? expected : apiVersion);
    throw badRequestError(
      cannotBeHandled({ ...want, kind, version }, want.kind, `the request takes a ${want.kind}, not a ${kind}`),
    );
  }
  if (apiVersion !== '' && apiVersion !== expected) {
    const text = `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`;
    throw badRequestError(text);
  }
}

function decodeAs(parsed: ParsedBody, want: BodyKind): ReturnType<ParsedBody['decode']> {
  try {
    return parsed.decode(want.schema);
  } catch (error) {
    if (error instanceof DecodeError) throw badRequestError(cannotBeHandled(want, want.kind, error.message));
    throw error;
  }
}

function cannotBeHandled({ kind, version }: BodyKind, wanted: string, why: string): string {
  return `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${wanted}: ${why}`;
}

/** `unknown field "a"`, `duplicate field "b"`. */
export function fieldComplaints(unknown: readonly string[], duplicates: readonly string[]): readonly string[] {
  if (unknown.length === 0 && duplicates.length === 0) return NO_COMPLAINTS;
  return [
    ...unknown.map((path) => `unknown field "${path}"`),
    ...duplicates.map((path) => `duplicate field "${path}"`),
  ];
}

const NO_COMPLAINTS: readonly string[] = [];

/** Strict refuses, Warn tells, Ignore is silent. */
export function reportFields(
  request: APIRequest,
  complaints: readonly string[],
  validation: FieldValidation,
  refusal: (text: string) => StatusError,
): void {
  if (complaints.length === 0 || validation === 'Ignore') return;
  if (validation === 'Strict') throw refusal(complaints.join(', '));
  for (const complaint of complaints) request.warn(complaint);
}
