import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DescribedResource, encodeOpenAPIV2 } from './openapi-v2.ts';

const POD: DescribedResource = {
  group: '',
  version: 'v1',
  resource: 'pods',
  kind: 'Pod',
  namespaced: true,
  verbs: ['get', 'patch'],
};
const CLUSTER_ROLE: DescribedResource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
  verbs: ['patch'],
};
const REVIEW: DescribedResource = { ...CLUSTER_ROLE, resource: 'reviews', kind: 'Review', verbs: ['create'] };
const SERVICE: DescribedResource = { ...POD, resource: 'services', kind: 'Service', verbs: ['get'] };

/** Decodes protobuf that holds nothing but length-delimited fields. */
function fieldsOf(message: Buffer | undefined): Map<number, Buffer[]> {
  assert.ok(message);
  const fields = new Map<number, Buffer[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    assert.equal(tag & 7, 2);
    const length = varint();
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), message.subarray(at, at + length)]);
    at += length;
  }
  assert.equal(at, message.length);
  return fields;
}

/** The one message at a path of field numbers. */
function at(message: Buffer | undefined, ...path: number[]): Buffer | undefined {
  return path.reduce((inner, field) => fieldsOf(inner).get(field)?.[0], message);
}

/** What `supportsQueryParam` of cli-runtime reads. */
function patchable(document: Buffer): unknown[] {
  return (fieldsOf(at(document, 8)).get(2) ?? []).map((item) => ({
    path: at(item, 1)?.toString(),
    extension: at(item, 2, 8, 13, 1)?.toString(),
    gvk: JSON.parse(at(item, 2, 8, 13, 2, 2)?.toString() ?? ''),
    in: at(item, 2, 8, 8, 1, 2, 3, 2)?.toString(),
    parameter: at(item, 2, 8, 8, 1, 2, 3, 4)?.toString(),
  }));
}

test('tells of each kind that can be patched that its PATCH takes fieldValidation', () => {
  const common = { extension: 'x-kubernetes-group-version-kind', in: 'query', parameter: 'fieldValidation' };
  assert.deepEqual(patchable(encodeOpenAPIV2([POD, SERVICE, CLUSTER_ROLE], '1.2.3')), [
    {
      ...common,
      path: '/api/v1/namespaces/{namespace}/pods/{name}',
      gvk: { group: '', kind: 'Pod', version: 'v1' },
    },
    {
      ...common,
      path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}',
      gvk: { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', version: 'v1' },
    },
  ]);
});

test('says so of kinds that can only be created, or kubectl would look for their CRD', () => {
  assert.equal(patchable(encodeOpenAPIV2([REVIEW, SERVICE], '1.2.3')).length, 1);
});

test('names Swagger 2.0, the program and its version', () => {
  const document = encodeOpenAPIV2([], '1.2.3');
  assert.equal(at(document, 1)?.toString(), '2.0');
  assert.equal(at(document, 2, 1)?.toString(), 'Mayfly');
  assert.equal(at(document, 2, 2)?.toString(), '1.2.3');
});

test('a length over 127 takes more than one byte', () => {
  const long = 'x'.repeat(300);
  assert.equal(at(encodeOpenAPIV2([], long), 2, 2)?.toString(), long);
});
