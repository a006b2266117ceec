/** Broken requests and their answers. `ns1` holds ConfigMap `there`, ServiceAccount `app` and Lease `lease`. */
import type { StatusReason } from '@mayfly/api/meta/v1/status-error';
import type { WireRequest } from './wire.ts';

export interface Row extends WireRequest {
  readonly name: string;
  readonly code: number;
  /** Absent for an error that Kubernetes' server has no type for. */
  readonly reason?: StatusReason;
  readonly message: string | RegExp;
}

const CONFIGMAPS = '/api/v1/namespaces/ns1/configmaps';
const THERE = `${CONFIGMAPS}/there`;
const SERVICEACCOUNTS = '/api/v1/namespaces/ns1/serviceaccounts';
const TOKEN = `${SERVICEACCOUNTS}/app/token`;
const BODY_LIMIT = 3 * 1024 * 1024;

const create = (body: unknown, query = ''): Pick<Row, 'method' | 'path' | 'body'> => ({
  method: 'POST',
  path: CONFIGMAPS + query,
  body,
});
const put = (body: unknown, path = THERE): Pick<Row, 'method' | 'path' | 'body'> => ({ method: 'PUT', path, body });
const patch = (kind: string, body: unknown, query = ''): Pick<Row, 'method' | 'path' | 'type' | 'body'> => ({
  method: 'PATCH',
  path: THERE + query,
  type: `application/${kind}+json`,
  body,
});
const badRequest = { code: 400, reason: 'BadRequest' } as const;
const invalid = { code: 422, reason: 'Invalid' } as const;
const conflict = { code: 409, reason: 'Conflict' } as const;
const tooLarge = { code: 413, reason: 'RequestEntityTooLarge' } as const;
const unsupported = { code: 415, reason: 'UnsupportedMediaType' } as const;

const unrecognized = /^the object provided is unrecognized \(must be of type ConfigMap\): /;

const bodies: Row[] = [
  { name: 'refuses JSON that ends early', ...create('{"metadata":{'), ...badRequest, message: unrecognized },
  { name: 'refuses JSON with a comma too many', ...create('{"data":{},}'), ...badRequest, message: unrecognized },
  { name: 'refuses two JSON documents', ...create('{} {}'), ...badRequest, message: unrecognized },
  { name: 'refuses text', ...create('hello'), ...badRequest, message: unrecognized },
  { name: 'refuses NUL bytes', ...create(Buffer.alloc(64)), ...badRequest, message: unrecognized },
  { name: 'refuses an array', ...create('[]'), ...badRequest, message: /./ },
  { name: 'refuses a number', ...create('7'), ...badRequest, message: /./ },
  { name: 'refuses UTF-8 that is none', ...create(Buffer.from([0x7b, 0xff, 0xfe])), ...badRequest, message: /./ },
  {
    name: 'refuses JSON nested ten thousand deep',
    ...create(`{"data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses JSON nested a million deep',
    ...create('['.repeat(1_000_000)),
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses malformed YAML',
    ...create('a: [1'),
    type: 'application/yaml',
    ...badRequest,
    message: unrecognized,
  },
  {
    name: 'refuses YAML whose aliases grow without bound',
    ...create(
      `a: &a ["x","x","x","x","x","x","x","x","x"]\n${'bcdefghi'
        .split('')
        .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`)
        .join('\n')}`,
    ),
    type: 'application/yaml',
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses YAML that would hold the event loop',
    ...create(`a:\n${'  - b\n'.repeat(100_000)}`),
    type: 'application/yaml',
    ...tooLarge,
    message: 'Request entity too large: limit is 131072',
  },
  {
    name: 'refuses YAML nested too deep',
    ...create('- '.repeat(50_000)),
    type: 'application/yaml',
    ...badRequest,
    message: unrecognized,
  },
  {
    name: 'refuses protobuf without its magic',
    ...create('{"metadata":{"name":"x"}}'),
    type: 'application/vnd.kubernetes.protobuf',
    ...badRequest,
    message: /expected prefix \[107 56 115 0\]/,
  },
  {
    name: 'refuses protobuf that ends early',
    ...create(Buffer.from('6b387300ffffffff', 'hex')),
    type: 'application/vnd.kubernetes.protobuf',
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses a body one byte over the limit',
    ...create(Buffer.alloc(BODY_LIMIT + 1, 0x20)),
    ...tooLarge,
    message: `Request entity too large: limit is ${BODY_LIMIT}`,
  },
  {
    name: 'refuses an undeclared body one byte over the limit',
    ...create(Buffer.alloc(BODY_LIMIT + 1, 0x20)),
    headers: { 'transfer-encoding': 'chunked' },
    ...tooLarge,
    message: `Request entity too large: limit is ${BODY_LIMIT}`,
  },
  {
    name: 'reads a body of just the limit, and finds it empty',
    ...create(Buffer.alloc(BODY_LIMIT, 0x20)),
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses a patch one byte over the limit',
    ...patch('merge-patch', Buffer.alloc(BODY_LIMIT + 1, 0x20)),
    ...tooLarge,
    message: `Request entity too large: limit is ${BODY_LIMIT}`,
  },
  { name: 'refuses text/plain', ...create('{}'), type: 'text/plain', ...unsupported, message: /accepted media types/ },
  {
    name: 'refuses a media type that is none',
    ...create('{}'),
    type: ';;;',
    ...unsupported,
    message: /accepted media types/,
  },
  {
    name: 'refuses a patch of plain JSON',
    method: 'PATCH',
    path: THERE,
    body: {},
    ...unsupported,
    message: /application\/json-patch\+json/,
  },
];

const kinds: Row[] = [
  {
    name: 'refuses a Secret sent to configmaps',
    ...create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }),
    ...badRequest,
    message: /^Secret in version "v1" cannot be handled as a ConfigMap/,
  },
  {
    name: 'refuses another API version',
    ...create({ apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'x' } }),
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses a kind that is a number',
    ...create('{"apiVersion":"v1","kind":7,"metadata":{"name":"x"}}'),
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses a string field that holds a number',
    ...create({ metadata: { name: 'x' }, data: { a: 1 } }),
    ...badRequest,
    message: /ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number/,
  },
  {
    name: 'refuses metadata that is a list',
    ...create({ metadata: [] }),
    ...badRequest,
    message: /cannot be handled as a ConfigMap/,
  },
  {
    name: 'refuses binary data that is not base64',
    ...create({ metadata: { name: 'x' }, binaryData: { a: '%%%' } }),
    ...badRequest,
    message: /base64/,
  },
  {
    name: 'refuses another namespace in the body',
    ...create({ metadata: { name: 'x', namespace: 'other' } }),
    ...badRequest,
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'refuses another name in the body of an update',
    ...put({ metadata: { name: 'other', namespace: 'ns1' } }),
    ...badRequest,
    message: 'the name of the object (other) does not match the name on the URL (there)',
  },
  {
    name: 'refuses another namespace in the body of an update',
    ...put({ metadata: { name: 'there', namespace: 'other' } }),
    ...badRequest,
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  },
];

const strict = '?fieldValidation=Strict';
const fields: Row[] = [
  {
    name: 'refuses an unknown field under Strict',
    ...create({ metadata: { name: 'x' }, dataa: {} }, strict),
    ...badRequest,
    message: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dataa"',
  },
  {
    name: 'refuses an unknown field deep inside under Strict',
    ...create({ metadata: { name: 'x', ownerReferences: [{ nope: 1 }] } }, strict),
    ...badRequest,
    message: /strict decoding error: unknown field "metadata\.ownerReferences\[0\]\.nope"/,
  },
  {
    name: 'refuses a duplicate field under Strict',
    ...create('{"metadata":{"name":"x"},"data":{"a":"1","a":"2"}}', strict),
    ...badRequest,
    message: /strict decoding error: duplicate field "data\.a"/,
  },
  {
    name: 'refuses a duplicate YAML key under Strict',
    ...create('metadata: {name: x}\ndata:\n  a: "1"\n  a: "2"\n', strict),
    type: 'application/yaml',
    ...badRequest,
    message: /strict decoding error: duplicate field "data\.a"/,
  },
  {
    name: 'refuses an unknown field in a merge patch under Strict',
    ...patch('merge-patch', { dataa: {} }, strict),
    ...invalid,
    message: /unknown field "dataa"/,
  },
  {
    name: 'refuses an unknown field of a TokenRequest under Strict',
    method: 'POST',
    path: TOKEN + strict,
    body: { spec: { audience: 'a' } },
    ...badRequest,
    message: /strict decoding error: unknown field "spec\.audience"/,
  },
  {
    name: 'refuses a prototype as a field under Strict',
    ...create('{"metadata":{"name":"x"},"__proto__":{"a":1}}', strict),
    ...badRequest,
    message: /unknown field "__proto__"/,
  },
];

const badName = (name: string): Pick<Row, 'method' | 'path' | 'body'> => create({ metadata: { name } });
const names: Row[] = [
  ...['A', 'a_b', 'a'.repeat(254), '..', '.', 'a/b', 'a%b', '-a', 'a-', 'ä', 'a\u0000b', 'a b'].map(
    (name): Row => ({
      name: `refuses the name ${JSON.stringify(name.slice(0, 10))}`,
      ...badName(name),
      ...invalid,
      message: /^ConfigMap "/,
    }),
  ),
  {
    name: 'refuses no name',
    ...create({}),
    ...invalid,
    message: /metadata\.name: Required value: name or generateName/,
  },
  {
    name: 'refuses a namespace of 64 characters',
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { metadata: { name: 'n'.repeat(64) } },
    ...invalid,
    message: /must be no more than 63/,
  },
  {
    name: 'refuses a label value of 64 characters',
    ...create({ metadata: { name: 'x', labels: { a: 'v'.repeat(64) } } }),
    ...invalid,
    message: /metadata\.labels/,
  },
  {
    name: 'refuses annotations of 256 KiB and a byte',
    ...create({ metadata: { name: 'x', annotations: { a: 'v'.repeat(256 * 1024) } } }),
    ...invalid,
    message: /metadata\.annotations: Too long/,
  },
  {
    name: 'refuses a ConfigMap of over 1 MiB',
    ...create({ metadata: { name: 'x' }, data: { a: 'v'.repeat(1024 * 1024 + 1) } }),
    ...invalid,
    message: /Too long/,
  },
  {
    name: 'refuses a data key with a slash',
    ...create({ metadata: { name: 'x' }, data: { 'a/b': '' } }),
    ...invalid,
    message: /data\[a\/b\]: Invalid value/,
  },
  {
    name: 'refuses what is there already',
    ...create({ metadata: { name: 'there' } }),
    code: 409,
    reason: 'AlreadyExists',
    message: 'configmaps "there" already exists',
  },
  {
    name: 'refuses a namespace that is not there',
    method: 'POST',
    path: '/api/v1/namespaces/nowhere/configmaps',
    body: { metadata: { name: 'x' } },
    code: 404,
    reason: 'NotFound',
    message: 'namespaces "nowhere" not found',
  },
];

const STALE =
  'Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again';
const versions: Row[] = [
  {
    name: 'refuses a resourceVersion on create',
    ...create({ metadata: { name: 'x', resourceVersion: '5' } }),
    code: 500,
    message: /resourceVersion should not be set on objects to be created/,
  },
  {
    name: 'refuses a stale update',
    ...put({ metadata: { name: 'there', resourceVersion: '1' } }),
    ...conflict,
    message: STALE,
  },
  {
    name: 'refuses an update from the future',
    ...put({ metadata: { name: 'there', resourceVersion: '99999999' } }),
    ...conflict,
    message: STALE,
  },
  {
    name: 'refuses an update whose version is no number',
    ...put({ metadata: { name: 'there', resourceVersion: 'x' } }),
    ...conflict,
    message: STALE,
  },
  {
    name: 'refuses a stale merge patch',
    ...patch('merge-patch', { metadata: { resourceVersion: '1' }, data: { n: '1' } }),
    ...conflict,
    message: STALE,
  },
  {
    name: 'refuses an update of another uid',
    ...put({ metadata: { name: 'there', uid: 'other' } }),
    ...conflict,
    message: /Precondition failed: UID in precondition: other, UID in object meta: /,
  },
  {
    name: 'refuses a Lease update without a version',
    ...put({ metadata: { name: 'lease' } }, '/apis/coordination.k8s.io/v1/namespaces/ns1/leases/lease'),
    ...invalid,
    message: /metadata\.resourceVersion: Invalid value: .*must be specified for an update/,
  },
  {
    name: 'refuses a delete of another uid',
    method: 'DELETE',
    path: THERE,
    body: { preconditions: { uid: 'other' } },
    ...conflict,
    message: /the UID in the precondition \(other\) does not match the UID in record/,
  },
  {
    name: 'refuses a delete of another version',
    method: 'DELETE',
    path: THERE,
    body: { preconditions: { resourceVersion: '1' } },
    ...conflict,
    message: /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record/,
  },
];

const encode = encodeURIComponent;
const list = (query: string): Pick<Row, 'path'> => ({ path: `${CONFIGMAPS}?${query}` });
const token = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const lists: Row[] = [
  ...[
    ['garbage', '%%%'],
    ['base64 of no JSON', Buffer.from('hello').toString('base64url')],
    ['of another version', token({ v: 'meta.k8s.io/v9', rv: 5, start: 'a' })],
    ['without a start', token({ v: 'meta.k8s.io/v1', rv: 5 })],
    ['without a revision', token({ v: 'meta.k8s.io/v1', start: 'a' })],
    ['with a start that leaves the prefix', token({ v: 'meta.k8s.io/v1', rv: 5, start: '../secrets/a' })],
    ['with a revision that is a string', token({ v: 'meta.k8s.io/v1', rv: '5', start: 'a' })],
    ['with a fractional revision', token({ v: 'meta.k8s.io/v1', rv: 1.5, start: 'a' })],
    ['that is null', token(null)],
  ].map(
    ([what, value]): Row => ({
      name: `refuses a continue token ${what}`,
      ...list(`limit=1&continue=${encode(value ?? '')}`),
      ...badRequest,
      message: /continue/,
    }),
  ),
  {
    name: 'refuses a continue token with a version',
    ...list(`resourceVersion=5&continue=${token({ v: 'meta.k8s.io/v1', rv: 5, start: 'a\u0000' })}`),
    ...badRequest,
    message: 'specifying resource version is not allowed when using continue',
  },
  {
    name: 'refuses a version that is no number',
    ...list('resourceVersion=x'),
    ...badRequest,
    message: /resource version/,
  },
  { name: 'refuses a negative version', ...list('resourceVersion=-1'), ...badRequest, message: /resource version/ },
  {
    name: 'refuses a match without a version',
    ...list('resourceVersionMatch=Exact'),
    ...invalid,
    message: /^ListOptions\.meta\.k8s\.io "" is invalid: resourceVersionMatch: Forbidden/,
  },
  {
    name: 'refuses an unknown match',
    ...list('resourceVersion=1&resourceVersionMatch=Nearly'),
    ...invalid,
    message: /resourceVersionMatch: Unsupported value: "Nearly"/,
  },
  {
    name: 'refuses sendInitialEvents on a list',
    ...list('sendInitialEvents=true'),
    ...invalid,
    message: /sendInitialEvents is forbidden for list/,
  },
  { name: 'refuses a limit that is no number', ...list('limit=x'), ...badRequest, message: /./ },
  { name: 'refuses a limit beyond 64 bits', ...list('limit=99999999999999999999'), ...badRequest, message: /./ },
  { name: 'refuses a watch from no version', ...list('watch=true&resourceVersion=x'), ...badRequest, message: /./ },
  { name: 'refuses timeoutSeconds that is no number', ...list('timeoutSeconds=soon'), ...badRequest, message: /./ },
  ...[
    'a=(',
    'a in',
    'a in (',
    '=',
    'a==b==c',
    '!!a',
    'a>b',
    'a notin x',
    ',',
    `${'k'.repeat(64)}=v`,
    'a=%%',
    'a=b c',
  ].map(
    (selector): Row => ({
      name: `refuses the label selector ${JSON.stringify(selector.slice(0, 12))}`,
      ...list(`labelSelector=${encode(selector)}`),
      ...badRequest,
      message: /./,
    }),
  ),
  {
    name: 'refuses a field selector of an unknown field',
    ...list('fieldSelector=spec.x%3Dy'),
    ...badRequest,
    message: '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  },
  {
    name: 'refuses a field selector without operator',
    ...list('fieldSelector=abc'),
    ...badRequest,
    message: /invalid selector/,
  },
  {
    name: 'refuses a field selector with a loose backslash',
    ...list(`fieldSelector=${encode('metadata.name=a\\')}`),
    ...badRequest,
    message: /./,
  },
  {
    name: 'deletes nothing by a bad selector',
    method: 'DELETE',
    path: `${CONFIGMAPS}?labelSelector=${encode('a in (')}`,
    ...badRequest,
    message: /./,
  },
  {
    name: 'deletes nothing by a bad field selector',
    method: 'DELETE',
    path: `${CONFIGMAPS}?fieldSelector=x%3Dy`,
    ...badRequest,
    message: /./,
  },
];

const options: Row[] = [
  {
    name: 'refuses dryRun=x on create',
    ...create({ metadata: { name: 'x' } }, '?dryRun=x'),
    ...invalid,
    message: /dryRun: Unsupported value: "x"/,
  },
  {
    name: 'refuses dryRun=x on update',
    ...put({ metadata: { name: 'there' } }, `${THERE}?dryRun=x`),
    ...invalid,
    message: /dryRun: Unsupported value/,
  },
  {
    name: 'refuses dryRun=x on patch',
    ...patch('merge-patch', { data: { n: '1' } }, '?dryRun=x'),
    ...invalid,
    message: /dryRun: Unsupported value/,
  },
  {
    name: 'refuses dryRun=x on delete',
    method: 'DELETE',
    path: `${THERE}?dryRun=x`,
    ...invalid,
    message: /dryRun: Unsupported value/,
  },
  {
    name: 'refuses dryRun=["x"] in a delete body',
    method: 'DELETE',
    path: THERE,
    body: { dryRun: ['x'] },
    ...invalid,
    message: /dryRun: Unsupported value/,
  },
  {
    name: 'refuses dryRun=all',
    ...create({ metadata: { name: 'x' } }, '?dryRun=all'),
    ...invalid,
    message: /dryRun: Unsupported value: "all"/,
  },
  {
    name: 'refuses dryRun=x on a token request',
    method: 'POST',
    path: `${TOKEN}?dryRun=x`,
    body: {},
    ...invalid,
    message: /dryRun: Unsupported value/,
  },
  {
    name: 'refuses fieldValidation=x',
    ...create({ metadata: { name: 'x' } }, '?fieldValidation=x'),
    ...invalid,
    message: /fieldValidation: Unsupported value: "x"/,
  },
  {
    name: 'refuses a fieldManager of 129 characters',
    ...create({ metadata: { name: 'x' } }, `?fieldManager=${'m'.repeat(129)}`),
    ...invalid,
    message: /fieldManager/,
  },
  {
    name: 'refuses a fieldManager with a control character',
    ...create({ metadata: { name: 'x' } }, '?fieldManager=a%07b'),
    ...invalid,
    message: /fieldManager/,
  },
  {
    name: 'refuses timeout=abc',
    path: `${THERE}?timeout=abc`,
    ...badRequest,
    message: /^invalid timeout specified in the request URL/,
  },
  {
    name: 'refuses timeout=-',
    path: `${THERE}?timeout=-`,
    ...badRequest,
    message: /^invalid timeout specified in the request URL/,
  },
  {
    name: 'refuses timeout=abc on a write',
    ...create({ metadata: { name: 'x' } }, '?timeout=abc'),
    ...badRequest,
    message: /^invalid timeout/,
  },
  {
    name: 'refuses force on a merge patch',
    ...patch('merge-patch', {}, '?force=true'),
    ...invalid,
    message: /force: Forbidden: may not be specified for non-apply patch/,
  },
  {
    name: 'refuses gracePeriodSeconds that is no number',
    method: 'DELETE',
    path: `${THERE}?gracePeriodSeconds=x`,
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses an unknown propagationPolicy',
    method: 'DELETE',
    path: `${THERE}?propagationPolicy=Later`,
    ...invalid,
    message: /propagationPolicy/,
  },
  {
    name: 'refuses both ways to orphan',
    method: 'DELETE',
    path: THERE,
    body: { orphanDependents: true, propagationPolicy: 'Orphan' },
    ...invalid,
    message: /./,
  },
  {
    name: 'refuses malformed delete options',
    method: 'DELETE',
    path: THERE,
    body: '{"preconditions":',
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses another kind as delete options',
    method: 'DELETE',
    path: THERE,
    body: { kind: 'ConfigMap', apiVersion: 'v1' },
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses includeObject=bogus',
    path: `${THERE}?includeObject=bogus`,
    headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses an Accept it cannot serve',
    path: THERE,
    headers: { accept: 'text/html' },
    code: 406,
    reason: 'NotAcceptable',
    message: /./,
  },
];

const operation = (op: unknown): unknown => [op];
const SERVER_REJECTED = 'the server rejected our request due to an error in our request';
const patches: Row[] = [
  { name: 'refuses a JSON patch that is no list', ...patch('json-patch', {}), ...badRequest, message: /./ },
  { name: 'refuses a JSON patch that is no JSON', ...patch('json-patch', '[{'), ...badRequest, message: /./ },
  {
    name: 'refuses an unknown operation',
    ...patch('json-patch', operation({ op: 'nope', path: '/data' })),
    ...invalid,
    message: SERVER_REJECTED,
  },
  {
    name: 'refuses to remove what is not there',
    ...patch('json-patch', operation({ op: 'remove', path: '/data/zz' })),
    ...invalid,
    message: SERVER_REJECTED,
  },
  {
    name: 'refuses a failed test',
    ...patch('json-patch', [
      { op: 'add', path: '/data/n', value: '1' },
      { op: 'test', path: '/data/k', value: 'w' },
    ]),
    ...invalid,
    message: SERVER_REJECTED,
  },
  {
    name: 'refuses a pointer without a slash',
    ...patch('json-patch', operation({ op: 'add', path: 'data', value: {} })),
    ...invalid,
    message: SERVER_REJECTED,
  },
  {
    name: 'refuses a move into its own child',
    ...patch('json-patch', operation({ op: 'move', from: '/data', path: '/data/k' })),
    ...invalid,
    message: /./,
  },
  {
    name: 'refuses a result of another type',
    ...patch('json-patch', operation({ op: 'replace', path: '/data', value: 7 })),
    ...invalid,
    message: /patch/,
  },
  {
    name: 'refuses 10001 operations',
    ...patch('json-patch', Array(10_001).fill({ op: 'test', path: '/data/k', value: 'v' })),
    ...tooLarge,
    message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
  },
  {
    name: 'refuses copies that grow without bound',
    ...patch('json-patch', [
      { op: 'add', path: '/data/n', value: 'v'.repeat(100_000) },
      ...Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '/data', path: `/metadata/annotations${i}` })),
    ]),
    ...invalid,
    message: SERVER_REJECTED,
  },
  { name: 'refuses a merge patch that is no JSON', ...patch('merge-patch', '{'), ...badRequest, message: /./ },
  {
    name: 'refuses a merge patch that is a list',
    ...patch('merge-patch', '[]'),
    ...badRequest,
    message: /^error decoding patch/,
  },
  { name: 'refuses a merge patch of a wrong type', ...patch('merge-patch', { data: 7 }), ...invalid, message: /patch/ },
  {
    name: 'refuses an unknown directive',
    ...patch('strategic-merge-patch', { $patch: 'explode' }),
    ...badRequest,
    message: /./,
  },
  {
    name: 'refuses a patch that renames',
    ...patch('merge-patch', { metadata: { name: 'other' } }),
    ...badRequest,
    message: /does not match the name on the URL/,
  },
  {
    name: 'refuses a patch that moves',
    ...patch('merge-patch', { metadata: { namespace: 'other' } }),
    ...badRequest,
    message: /does not match the namespace sent on the request/,
  },
  {
    name: 'refuses a patch of nothing there',
    ...patch('merge-patch', {}),
    path: `${CONFIGMAPS}/zz`,
    code: 404,
    reason: 'NotFound',
    message: 'configmaps "zz" not found',
  },
  {
    name: 'refuses a patch of a whole collection',
    ...patch('merge-patch', {}),
    path: CONFIGMAPS,
    code: 405,
    reason: 'MethodNotAllowed',
    message: /./,
  },
];

export const rows = { bodies, kinds, fields, names, versions, lists, options, patches };
