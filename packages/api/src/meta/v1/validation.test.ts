import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dns1123Subdomain } from '../../validation/names.ts';
import type { ObjectMeta, OwnerReference } from './object-meta.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from './validation.ts';

const RULES = { namespaced: true, validateName: dns1123Subdomain };
const GOOD: ObjectMeta = { name: 'a', namespace: 'ns1' };

function owner(change: Partial<OwnerReference> = {}): OwnerReference {
  return { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', ...change };
}

function texts(meta: ObjectMeta, rules = RULES): string[] {
  return validateObjectMeta(meta, rules).map(({ field, body }) => `${field}: ${body}`);
}

for (const { name, meta, want } of [
  { name: 'nothing wrong', meta: {}, want: [] },
  { name: 'no name', meta: { name: '' }, want: [/^metadata\.name: Required value: name or generateName is required$/] },
  {
    name: 'a bad name',
    meta: { name: 'A' },
    want: [/^metadata\.name: Invalid value: "A": a lowercase RFC 1123 subdomain/],
  },
  { name: 'a bad generateName', meta: { generateName: 'A-' }, want: [/^metadata\.generateName: Invalid value: "A-"/] },
  { name: 'a generateName with a hyphen', meta: { generateName: 'a-' }, want: [] },
  { name: 'no namespace', meta: { namespace: '' }, want: [/^metadata\.namespace: Required value$/] },
  {
    name: 'a bad namespace',
    meta: { namespace: 'a.b' },
    want: [/^metadata\.namespace: Invalid value: "a\.b": must not contain dots$/],
  },
  {
    name: 'a negative generation',
    meta: { generation: -1 },
    want: [/^metadata\.generation: Invalid value: -1: must be greater than or equal to 0$/],
  },
  {
    name: 'a label key with blanks',
    meta: { labels: { 'a b': '' } },
    want: [/^metadata\.labels: Invalid value: "a b": name part must consist/],
  },
  { name: 'a label value of 63', meta: { labels: { a: 'x'.repeat(63) } }, want: [] },
  {
    name: 'a label value of 64',
    meta: { labels: { a: 'x'.repeat(64) } },
    want: [/^metadata\.labels: Invalid value: "x{64}": must be no more than 63 bytes$/],
  },
  { name: 'an annotation key in capitals', meta: { annotations: { 'EXAMPLE.com/A': 'x' } }, want: [] },
  {
    name: 'a bad annotation key',
    meta: { annotations: { '-': 'x' } },
    want: [/^metadata\.annotations: Invalid value: "-": name part/],
  },
  { name: '256 KiB of annotations', meta: { annotations: { a: 'x'.repeat(262_143) } }, want: [] },
  {
    name: 'a byte more',
    meta: { annotations: { a: 'x'.repeat(262_144) } },
    want: [/^metadata\.annotations: Too long: may not be more than 262144 bytes$/],
  },
  { name: 'an owner', meta: { ownerReferences: [owner()] }, want: [] },
  {
    name: 'an empty owner',
    meta: { ownerReferences: [owner({ apiVersion: '', kind: '', name: '', uid: '' })] },
    want: [
      /\.apiVersion: Invalid value: "": version must not be empty/,
      /\.kind: .*: must not be empty/,
      /\.name: /,
      /\.uid: /,
    ],
  },
  {
    name: 'an event as owner',
    meta: { ownerReferences: [owner({ kind: 'Event' })] },
    want: [/\/v1, Kind=Event is disallowed from being an owner$/],
  },
  {
    name: 'two controllers',
    meta: { ownerReferences: [owner({ controller: true }), owner({ kind: 'Node', controller: true })] },
    want: [
      /^metadata\.ownerReferences: Invalid value: .*: Only one reference can have Controller set to true\. Found "true" in references for Pod\/p and Node\/p$/,
    ],
  },
  { name: 'finalizers', meta: { finalizers: ['orphan', 'example.com/f'] }, want: [] },
  {
    name: 'an unqualified finalizer',
    meta: { finalizers: ['mine'] },
    want: [
      /^metadata\.finalizers\[0\]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified$/,
    ],
  },
  {
    name: 'finalizers that contradict',
    meta: { finalizers: ['orphan', 'foregroundDeletion'] },
    want: [/finalizer orphan and foregroundDeletion cannot be both set$/],
  },
  {
    name: 'managedFields of a wrong operation',
    meta: { managedFields: [{ operation: 'Steal', fieldsType: 'FieldsV2', subresource: 'x'.repeat(257) }] },
    want: [
      /operation: Invalid value: "Steal": must be `Apply` or `Update`/,
      /must be `FieldsV1`/,
      /subresource: Too long: may not be more than 256 bytes/,
    ],
  },
] as { name: string; meta: ObjectMeta; want: RegExp[] }[]) {
  test(`validateObjectMeta: ${name}`, () => {
    const got = texts({ ...GOOD, ...meta });
    assert.equal(got.length, want.length, got.join('\n'));
    for (const [index, pattern] of want.entries()) assert.match(got[index] ?? '', pattern);
  });
}

test('validateObjectMeta refuses a namespace on a cluster-scoped kind', () => {
  const got = texts(GOOD, { ...RULES, namespaced: false });
  assert.deepEqual(got, ['metadata.namespace: Forbidden: not allowed on this type']);
});

const OLD: ObjectMeta = {
  name: 'a',
  namespace: 'ns1',
  uid: 'u1',
  resourceVersion: '7',
  generation: 2,
  creationTimestamp: '2026-01-01T00:00:00Z',
};

for (const { name, change, old = {}, want } of [
  { name: 'the same', change: {}, want: [] },
  {
    name: 'no resourceVersion',
    change: { resourceVersion: '' },
    want: ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
  },
  {
    name: 'a lower generation',
    change: { generation: 1 },
    want: ['metadata.generation: Invalid value: 1: must not be decremented'],
  },
  { name: 'another name', change: { name: 'b' }, want: ['metadata.name: Invalid value: "b": field is immutable'] },
  {
    name: 'another namespace',
    change: { namespace: 'b' },
    want: ['metadata.namespace: Invalid value: "b": field is immutable'],
  },
  { name: 'another uid', change: { uid: 'b' }, want: ['metadata.uid: Invalid value: "b": field is immutable'] },
  {
    name: 'another creation time',
    change: { creationTimestamp: '2026-01-02T00:00:00Z' },
    want: ['metadata.creationTimestamp: Invalid value: "2026-01-02T00:00:00Z": field is immutable'],
  },
  { name: 'a new finalizer', change: { finalizers: ['a/b'] }, want: [] },
  {
    name: 'a new finalizer while terminating',
    old: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] },
    change: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y', 'a/b'] },
    want: [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/b"}',
    ],
  },
  {
    name: 'one finalizer fewer while terminating',
    old: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/y'] },
    change: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [] },
    want: [],
  },
] as { name: string; change: ObjectMeta; old?: ObjectMeta; want: string[] }[]) {
  test(`validateObjectMetaUpdate: ${name}`, () => {
    const got = validateObjectMetaUpdate({ ...OLD, ...change }, { ...OLD, ...old });
    assert.deepEqual(
      got.map(({ field, body }) => `${field}: ${body}`),
      want,
    );
  });
}
