/**
 * Which form of the answer a client wants, by its `Accept` header. Pure; answers are cached for each distinct header.
 *
 * A protobuf clause is passed over, and when nothing else fits the answer is JSON all the same: every client that asks
 * for protobuf decodes by the answer's Content-Type.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/negotiation/negotiate.go; spec kubernetes-wire §6.1
 */
import { StatusError } from '@mayfly/api/meta/v1/status-error';

export type Transformation = '' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface Negotiated {
  readonly encoding: 'json' | 'yaml';
  /** Empty: the object itself. */
  readonly as: Transformation;
  readonly metaVersion: 'v1' | 'v1beta1';
}

const PLAIN_JSON: Negotiated = { encoding: 'json', as: '', metaVersion: 'v1' };
const TRANSFORMATIONS = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);
const MAX_CACHED_HEADERS = 256;

const objectAnswers = new Map<string, Negotiated | undefined>();
const streamAnswers = new Map<string, Negotiated | undefined>();

/** @throws StatusError 406 when nothing the client accepts can be given */
export function negotiate(accept: string | undefined): Negotiated {
  return cached(objectAnswers, accept, OBJECT_TYPES) ?? refuse('application/json, application/yaml');
}

/** For watches: only JSON is framed. @throws StatusError 406 */
export function negotiateStream(accept: string | undefined): Negotiated {
  return cached(streamAnswers, accept, STREAM_TYPES) ?? refuse('application/json;stream=watch');
}

function refuse(types: string): never {
  throw new StatusError('NotAcceptable', `only the following media types are accepted: ${types}`);
}

/** Headers come from outside, so the cache is emptied rather than let grow. */
function cached(
  answers: Map<string, Negotiated | undefined>,
  accept: string | undefined,
  types: EncodingOf,
): Negotiated | undefined {
  if (accept === undefined || accept === '') return PLAIN_JSON;
  if (answers.has(accept)) return answers.get(accept);
  const answer = judge(parseAccept(accept), types);
  if (answers.size >= MAX_CACHED_HEADERS) answers.clear();
  answers.set(accept, answer);
  return answer;
}

type EncodingOf = Readonly<Record<string, 'json' | 'yaml' | 'protobuf'>>;

const STREAM_TYPES: EncodingOf = {
  '*/*': 'json',
  'application/*': 'json',
  'application/json': 'json',
  'application/vnd.kubernetes.protobuf': 'protobuf',
};
const OBJECT_TYPES: EncodingOf = { ...STREAM_TYPES, 'application/yaml': 'yaml' };

function judge(clauses: readonly AcceptClause[], types: EncodingOf): Negotiated | undefined {
  let protobuf: Negotiated | undefined;
  for (const clause of clauses) {
    const encoding = types[clause.type];
    const form = encoding === undefined ? undefined : formOf(clause);
    if (encoding === undefined || form === undefined) continue;
    if (encoding !== 'protobuf') return { encoding, ...form };
    protobuf ??= { encoding: 'json', ...form };
  }
  return protobuf;
}

/** Undefined when the clause asks for a form there is none of. */
function formOf({ parameters }: AcceptClause): Pick<Negotiated, 'as' | 'metaVersion'> | undefined {
  const as = parameters.get('as');
  if (as === undefined) return { as: '', metaVersion: 'v1' };
  const version = parameters.get('v');
  if (!TRANSFORMATIONS.has(as) || parameters.get('g') !== 'meta.k8s.io') return undefined;
  if (version !== 'v1' && version !== 'v1beta1') return undefined;
  return { as: as as Transformation, metaVersion: version };
}

export interface AcceptClause {
  /** Lower case. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Clauses by weight, then position; refused ones (`q=0`) left out. @see RFC 9110 §12.5.1 */
export function parseAccept(header: string): readonly AcceptClause[] {
  const weighted = header.split(',').map((text, position) => ({ ...parseClause(text), position }));
  return weighted
    .filter(({ type, weight }) => type !== '' && weight > 0)
    .sort((a, b) => b.weight - a.weight || a.position - b.position);
}

function parseClause(text: string): AcceptClause & { weight: number } {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals > 0) parameters.set(part.slice(0, equals).toLowerCase(), part.slice(equals + 1).replaceAll('"', ''));
  }
  const weight = Number(parameters.get('q') ?? 1);
  return { type: type.toLowerCase(), parameters, weight: Number.isNaN(weight) ? 0 : weight };
}
