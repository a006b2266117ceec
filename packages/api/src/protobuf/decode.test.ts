import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DecodeError, decodeObject } from '../decode/object.ts';
import { decodeEnvelope, decodeMessage } from './decode.ts';

/** A little encoder of its own, so that the decoder is not tested against itself. */
function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...out, Number(rest)];
}
const int = (field: number, value: number | bigint) => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, content: readonly number[]) => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];
const text = (field: number, value: string) => bytes(field, [...Buffer.from(value)]);
const message = (field: number, ...parts: number[][]) => bytes(field, parts.flat());
const raw = (...parts: number[][]) => Uint8Array.from(parts.flat());
const entry = (field: number, key: string, ...value: number[][]) => message(field, text(1, key), ...value);
const MAGIC = [0x6b, 0x38, 0x73, 0x00];

for (const { name, schema, parts, want } of [
  {
    name: 'drops zero scalars that JSON omits, and empty structures and times',
    schema: 'core/v1.ServiceAccount',
    parts: [message(1, text(1, 'a'), text(2, ''), int(7, 0), message(8))],
    want: { metadata: { name: 'a' } },
  },
  {
    name: 'keeps zero scalars that JSON keeps',
    schema: 'core/v1.EnvVar',
    parts: [text(1, ''), text(2, '')],
    want: { name: '' },
  },
  {
    name: 'keeps zero values behind pointers',
    schema: 'apps/v1.Deployment',
    parts: [message(2, int(1, 0), message(3, message(2, int(4, 0), int(21, 0))), int(5, 0))],
    want: {
      spec: {
        replicas: 0,
        template: { spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false } },
      },
    },
  },
  {
    name: 'writes bytes as base64, empty ones too',
    schema: 'core/v1.Secret',
    parts: [entry(2, 'a', text(2, 'hi')), entry(2, 'b', bytes(2, [])), entry(2, 'c')],
    want: { data: { a: 'aGk=', b: '', c: '' } },
  },
  {
    name: 'lets the last entry of a map win, whatever its key',
    schema: 'core/v1.ConfigMap',
    parts: [entry(2, 'a', text(2, '1')), entry(2, 'a', text(2, '2')), message(2, text(2, 'v'))],
    want: { data: { a: '2', '': 'v' } },
  },
  {
    name: 'keeps six digits of a MicroTime and whole seconds of a Time',
    schema: 'coordination/v1.Lease',
    parts: [
      message(1, message(8, int(1, 1_700_000_000), int(2, 999_999_999))),
      message(2, message(4, int(1, 1_700_000_000), int(2, 123_456_789)), message(3, int(1, 1_700_000_000))),
    ],
    want: {
      metadata: { creationTimestamp: '2023-11-14T22:13:20Z' },
      spec: { renewTime: '2023-11-14T22:13:20.123456Z', acquireTime: '2023-11-14T22:13:20.000000Z' },
    },
  },
  {
    name: 'reads times before 1970',
    schema: 'meta/v1.ObjectMeta',
    parts: [message(9, int(1, -1))],
    want: { deletionTimestamp: '1969-12-31T23:59:59Z' },
  },
  {
    name: 'merges inlined structures into their parent',
    schema: 'core/v1.Volume',
    parts: [text(1, 'v'), message(2, message(6, text(1, 's'), int(3, 420)))],
    want: { name: 'v', secret: { secretName: 's', defaultMode: 420 } },
  },
  {
    name: 'reads numbers or strings',
    schema: 'core/v1.HTTPGetAction',
    parts: [message(2, int(1, 1), int(2, 0), text(3, 'http'))],
    want: { port: 'http' },
  },
  {
    name: 'reads a number even when it is zero',
    schema: 'core/v1.TCPSocketAction',
    parts: [message(1, int(1, 0), int(2, 8080), text(3, ''))],
    want: { port: 8080 },
  },
  {
    name: 'reads quantities and extra values',
    schema: 'core/v1.ResourceRequirements',
    parts: [entry(1, 'cpu', message(2, text(1, '500m')))],
    want: { limits: { cpu: '500m' } },
  },
  {
    name: 'reads extra values',
    schema: 'authentication/v1.UserInfo',
    parts: [text(1, 'u'), entry(4, 'scopes', message(2, text(1, 'a'), text(1, 'b'))), entry(4, 'none')],
    want: { username: 'u', extra: { scopes: ['a', 'b'], none: [] } },
  },
  {
    name: 'reads applied field sets as JSON',
    schema: 'meta/v1.ManagedFieldsEntry',
    parts: [text(1, 'm'), message(7, text(1, '{"f:data":{}}'))],
    want: { manager: 'm', fieldsV1: { 'f:data': {} } },
  },
  {
    name: 'reads negative numbers in ten bytes',
    schema: 'core/v1.PodSpec',
    parts: [int(25, -5), int(5, -7)],
    want: { priority: -5, activeDeadlineSeconds: -7 },
  },
  {
    name: 'reads repeated numbers one by one and packed',
    schema: 'core/v1.PodSecurityContext',
    parts: [int(4, 1), bytes(4, [...varint(2), ...varint(300)]), int(4, 4)],
    want: { supplementalGroups: [1, 2, 300, 4] },
  },
  {
    name: 'joins a structure that comes in pieces',
    schema: 'core/v1.Pod',
    parts: [message(1, text(1, 'a')), message(1, text(3, 'n'))],
    want: { metadata: { name: 'a', namespace: 'n' } },
  },
  {
    name: 'skips unknown fields of every wire type',
    schema: 'core/v1.EnvVar',
    parts: [
      int(1000, 5),
      [...varint(1001 * 8 + 1), 1, 2, 3, 4, 5, 6, 7, 8],
      text(1002, 'x'),
      [...varint(1003 * 8 + 5), 1, 2, 3, 4],
      [...varint(1004 * 8 + 3), ...int(1, 1), ...varint(9 * 8 + 3), ...varint(9 * 8 + 4), ...varint(1004 * 8 + 4)],
      text(1, 'kept'),
    ],
    want: { name: 'kept' },
  },
  {
    name: 'replaces invalid UTF-8 and reads the rest',
    schema: 'core/v1.EnvVar',
    parts: [bytes(1, [0x61, 0xff]), text(2, 'h\u00e9llo, a longer text with \u{1f600} in it')],
    want: { name: 'a\ufffd', value: 'h\u00e9llo, a longer text with \u{1f600} in it' },
  },
  {
    name: 'reads delete options with preconditions',
    schema: 'meta/v1.DeleteOptions',
    parts: [int(1, 0), message(2, text(1, 'u')), text(4, 'Foreground'), text(5, 'All')],
    want: { gracePeriodSeconds: 0, preconditions: { uid: 'u' }, propagationPolicy: 'Foreground', dryRun: ['All'] },
  },
]) {
  test(`decodeMessage ${name}`, () => assert.deepEqual(decodeMessage(schema, raw(...parts)), want));
}

for (const { name, schema = 'core/v1.Pod', content } of [
  { name: 'a truncated varint', content: [0x80] },
  { name: 'a varint of eleven bytes', content: [...varint(1000 * 8), ...Array.from({ length: 11 }, () => 0xff)] },
  { name: 'a length beyond the end', content: [0x0a, 0x05, 0x01] },
  { name: 'a length near 2^32', content: [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f] },
  { name: 'a length near 2^64', content: [0x0a, ...Array.from({ length: 9 }, () => 0xff), 0x01] },
  { name: 'a truncated fixed64', content: [...varint(1000 * 8 + 1), 1, 2] },
  { name: 'field number zero', content: [0x02, 0x00] },
  { name: 'an illegal wire type', content: [...varint(1000 * 8 + 6)] },
  { name: 'a group that never ends', content: [...varint(1000 * 8 + 3)] },
  { name: 'a group that never began', content: [...varint(1000 * 8 + 4)] },
  { name: 'groups nested without bound', content: Array.from({ length: 5000 }, () => varint(1000 * 8 + 3)).flat() },
  { name: 'a number where a structure belongs', content: int(1, 1) },
  { name: 'a structure where a number belongs', schema: 'core/v1.PodSpec', content: text(25, 'x') },
  { name: 'a number where a text belongs', schema: 'core/v1.EnvVar', content: int(1, 1) },
  { name: 'a number beyond 2^53', schema: 'core/v1.PodSpec', content: int(5, 2n ** 53n) },
  { name: 'a time beyond the year 9999', schema: 'meta/v1.ObjectMeta', content: message(9, int(1, 253_402_300_800)) },
  {
    name: 'a quantity that is none',
    schema: 'core/v1.ResourceRequirements',
    content: entry(1, 'cpu', message(2, text(1, 'x'))),
  },
  { name: 'a field set that is no JSON', schema: 'meta/v1.ManagedFieldsEntry', content: message(7, text(1, '{')) },
  {
    name: 'more messages than any object has',
    schema: 'core/v1.PodSpec',
    content: Array.from({ length: 250_001 }, () => [0x12, 0]).flat(),
  },
]) {
  test(`decodeMessage refuses ${name}`, () =>
    assert.throws(() => decodeMessage(schema, Uint8Array.from(content)), DecodeError));
}

test('decodeEnvelope refuses a body without magic, with the text clients know', () => {
  for (const body of ['', 'k8s', '{"kind":"Pod"}']) {
    assert.throws(() => decodeEnvelope(Buffer.from(body)), {
      name: 'DecodeError',
      message: 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    });
  }
});

test('decodeEnvelope refuses a body that is only the magic', () => {
  assert.throws(() => decodeEnvelope(Buffer.from('k8s\0')), { name: 'DecodeError', message: 'empty body' });
});

test('decodeEnvelope opens the envelope, skips what it does not know and refuses compressed contents', () => {
  const typeMeta = message(1, text(1, 'v1'), text(2, 'Pod'), int(9, 1));
  const opened = decodeEnvelope(raw(MAGIC, typeMeta, bytes(2, [1, 2]), text(3, ''), text(4, ''), int(9, 1)));
  assert.deepEqual({ ...opened, raw: [...opened.raw] }, { apiVersion: 'v1', kind: 'Pod', raw: [1, 2] });
  assert.throws(() => decodeEnvelope(raw(MAGIC, typeMeta, text(3, 'gzip'))), DecodeError);
});

interface Fixture {
  command: string;
  schema: string;
  protobuf: string;
  json?: unknown;
}
const fixtures = JSON.parse(readFileSync(new URL('fixtures/kubectl-1.32.json', import.meta.url), 'utf8')) as {
  requests: Fixture[];
};
/** What the commands without `--dry-run` mean. */
const MEANINGS: Readonly<Record<string, unknown>> = {
  'create token robot': {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    spec: {
      audiences: ['vault', 'https://example.test'],
      expirationSeconds: 600,
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'web', uid: '1f0f7a7e-0000-4000-8000-000000000001' },
    },
    status: { token: '' },
  },
  'create role reader': {
    kind: 'Role',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    metadata: { name: 'reader', namespace: 'team' },
    rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'configmaps'], resourceNames: ['one'] }],
  },
  'auth can-i get pods/log': {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    spec: { resourceAttributes: { namespace: 'team', verb: 'get', resource: 'pods', subresource: 'log', name: 'log' } },
    status: { allowed: false },
  },
  'auth can-i get /metrics': {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    spec: { nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    status: { allowed: false },
  },
  'auth can-i --list': {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    spec: { namespace: 'team' },
    status: { incomplete: false },
  },
  'auth whoami': { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
};

for (const { command, schema, protobuf, json } of fixtures.requests) {
  test(`the body of "${command}" decodes to the object kubectl means`, () => {
    const { apiVersion, kind, raw: content } = decodeEnvelope(Buffer.from(protobuf, 'base64'));
    const decoded = { apiVersion, kind, ...decodeMessage(schema, content) };
    const meant = json ?? Object.entries(MEANINGS).find(([start]) => command.startsWith(`kubectl ${start}`))?.[1];
    assert.deepEqual(decoded, decodeObject(schema, meant).object);
    assert.deepEqual(decodeObject(schema, decoded), { object: decoded, unknownFields: [] });
  });
}

test('damaged bodies end in DecodeError or in an object, whatever the damage (seed 20261121)', () => {
  const int32 = mulberry32(20_261_121);
  for (let round = 0; round < 3000; round++) {
    const { schema, protobuf } = fixtures.requests[int32(fixtures.requests.length)] as Fixture;
    const body = Buffer.from(protobuf, 'base64').subarray(0, int32(4) === 0 ? int32(200) : undefined);
    for (let flips = int32(6); flips > 0; flips--) body[int32(body.length)] = int32(256);
    decodesOrRefuses(() => decodeMessage(schema, decodeEnvelope(body).raw));
    decodesOrRefuses(() =>
      decodeMessage(
        schema,
        Uint8Array.from({ length: int32(64) }, () => int32(256)),
      ),
    );
  }
});

function decodesOrRefuses(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
  }
}

function mulberry32(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * max);
  };
}
