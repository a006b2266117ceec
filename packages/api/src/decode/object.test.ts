import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError, decodeObject } from './object.ts';

for (const { name, schema, value, want, unknown = [] } of [
  {
    name: 'keeps apiVersion, kind and known members',
    schema: 'core/v1.ServiceAccount',
    value: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a', labels: { x: 'y' } } },
    want: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a', labels: { x: 'y' } } },
  },
  {
    name: 'drops unknown members and names their paths',
    schema: 'core/v1.Pod',
    value: { spec: { foo: 1, containers: [{ name: 'a' }, { name: 'b', foo: {} }] }, dataa: null },
    want: { spec: { containers: [{ name: 'a' }, { name: 'b' }] } },
    unknown: ['spec.foo', 'spec.containers[1].foo', 'dataa'],
  },
  {
    name: 'takes names by their exact case',
    schema: 'core/v1.ServiceAccount',
    value: { Metadata: {}, metadata: { Name: 'x' } },
    want: {},
    unknown: ['Metadata', 'metadata.Name'],
  },
  {
    name: 'knows kind and apiVersion only where bodies have them',
    schema: 'core/v1.Pod',
    value: { spec: { kind: 'x' }, metadata: { apiVersion: 'v1' } },
    want: {},
    unknown: ['spec.kind', 'metadata.apiVersion'],
  },
  {
    name: 'lets an eviction carry a kind inside its options',
    schema: 'policy/v1.Eviction',
    value: {
      metadata: { name: 'p' },
      deleteOptions: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
    },
    want: {
      metadata: { name: 'p' },
      deleteOptions: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
    },
  },
  {
    name: 'drops nulls and what Go would leave out, as clients up to 1.33 send',
    schema: 'apps/v1.Deployment',
    value: { metadata: { creationTimestamp: null, labels: {} }, spec: { strategy: {}, paused: false }, status: {} },
    want: {},
  },
  {
    name: 'keeps zero values behind pointers',
    schema: 'core/v1.Pod',
    value: {
      spec: {
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        volumes: [{ name: 'v', emptyDir: {} }],
      },
    },
    want: {
      spec: {
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        volumes: [{ name: 'v', emptyDir: {} }],
      },
    },
  },
  {
    name: 'makes nulls inside maps and lists the zero value, as Go does',
    schema: 'core/v1.Secret',
    value: { data: { a: null }, stringData: { b: null }, metadata: { finalizers: [null] } },
    want: { data: { a: '' }, stringData: { b: '' }, metadata: { finalizers: [''] } },
  },
  {
    name: 'normalises times',
    schema: 'coordination/v1.Lease',
    value: {
      metadata: { creationTimestamp: '2026-01-01T01:00:57.000+01:00' },
      spec: { renewTime: '2026-01-01T00:00:00.123Z' },
    },
    want: {
      metadata: { creationTimestamp: '2026-01-01T00:00:57Z' },
      spec: { renewTime: '2026-01-01T00:00:00.123000Z' },
    },
  },
  {
    name: 'reads quantities written as numbers, and ports of either kind',
    schema: 'core/v1.Container',
    value: {
      resources: { limits: { cpu: 2, memory: '1Gi' } },
      livenessProbe: { tcpSocket: { port: 'http' } },
      readinessProbe: { tcpSocket: { port: 80 } },
    },
    want: {
      resources: { limits: { cpu: '2', memory: '1Gi' } },
      livenessProbe: { tcpSocket: { port: 'http' } },
      readinessProbe: { tcpSocket: { port: 80 } },
    },
  },
  {
    name: 'keeps applied field sets as they are',
    schema: 'core/v1.ServiceAccount',
    value: { metadata: { managedFields: [{ fieldsV1: { 'f:metadata': { '.': {}, x: null } } }] } },
    want: { metadata: { managedFields: [{ fieldsV1: { 'f:metadata': { '.': {}, x: null } } }] } },
  },
  {
    name: 'reads our own kind',
    schema: 'identity/v1alpha1.IssuedToken',
    value: {
      spec: { audiences: ['a'], requestedBy: { username: 'u' } },
      status: { lastUsed: { time: '2026-01-01T00:00:00Z' } },
    },
    want: {
      spec: { audiences: ['a'], requestedBy: { username: 'u' } },
      status: { lastUsed: { time: '2026-01-01T00:00:00Z' } },
    },
  },
  {
    name: 'accepts an empty body of any kind',
    schema: 'authentication/v1.SelfSubjectReview',
    value: {},
    want: {},
  },
]) {
  test(`decodeObject ${name}`, () => {
    assert.deepEqual(decodeObject(schema, value), { object: want, unknownFields: unknown });
  });
}

const unmarshal = 'json: cannot unmarshal';
for (const { schema, value, message } of [
  { schema: 'core/v1.Pod', value: [], message: `${unmarshal} array into Go value of type v1.Pod` },
  { schema: 'core/v1.Pod', value: 'x', message: `${unmarshal} string into Go value of type v1.Pod` },
  {
    schema: 'core/v1.Pod',
    value: { metadata: { labels: 'x' } },
    message: `${unmarshal} string into Go struct field ObjectMeta.metadata.labels of type map[string]string`,
  },
  {
    schema: 'core/v1.Pod',
    value: { metadata: { labels: { a: 1 } } },
    message: `${unmarshal} number into Go struct field ObjectMeta.metadata.labels of type string`,
  },
  {
    schema: 'apps/v1.Deployment',
    value: { spec: { replicas: '1' } },
    message: `${unmarshal} string into Go struct field DeploymentSpec.spec.replicas of type int32`,
  },
  {
    schema: 'apps/v1.Deployment',
    value: { spec: { replicas: 1.5 } },
    message: `${unmarshal} number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32`,
  },
  {
    schema: 'apps/v1.Deployment',
    value: { spec: { replicas: 2 ** 31 } },
    message: `${unmarshal} number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32`,
  },
  {
    schema: 'authentication/v1.TokenRequest',
    value: { spec: { expirationSeconds: 2 ** 53 } },
    message: `${unmarshal} number 9007199254740992 into Go struct field TokenRequestSpec.spec.expirationSeconds of type int64`,
  },
  {
    schema: 'core/v1.Pod',
    value: { spec: { containers: { name: 'a' } } },
    message: `${unmarshal} object into Go struct field PodSpec.spec.containers of type []v1.Container`,
  },
  {
    schema: 'core/v1.Pod',
    value: { spec: { containers: ['a'] } },
    message: `${unmarshal} string into Go struct field PodSpec.spec.containers of type v1.Container`,
  },
  {
    schema: 'core/v1.Pod',
    value: { spec: { containers: [{ env: [{ name: true }] }] } },
    message: `${unmarshal} bool into Go struct field EnvVar.spec.containers.env.name of type string`,
  },
  {
    schema: 'core/v1.ServiceAccount',
    value: { kind: 7 },
    message: `${unmarshal} number into Go struct field ServiceAccount.kind of type string`,
  },
  {
    schema: 'core/v1.Secret',
    value: { data: { a: '!' } },
    message: 'illegal base64 data at input byte 0 in field "data"',
  },
  {
    schema: 'core/v1.Secret',
    value: { metadata: { creationTimestamp: 'now' } },
    message: 'parsing time "now" as "2006-01-02T15:04:05Z07:00" in field "metadata.creationTimestamp"',
  },
]) {
  test(`decodeObject refuses with: ${message}`, () => {
    assert.throws(
      () => decodeObject(schema, value),
      (error: unknown) => {
        assert.ok(error instanceof DecodeError);
        assert.equal(error.message, message);
        return true;
      },
    );
  });
}

test('decodeObject shares nothing with its input', () => {
  const value = { metadata: { labels: { a: 'b' }, finalizers: ['x'], managedFields: [{ fieldsV1: { a: {} } }] } };
  const { object } = decodeObject('core/v1.ServiceAccount', value);
  object.metadata = { ...object.metadata, name: 'changed' };
  for (const part of [object.metadata.labels, object.metadata.finalizers, object.metadata.managedFields?.[0]]) {
    assert.ok(part);
  }
  assert.notEqual(object.metadata.labels, value.metadata.labels);
  assert.notEqual(object.metadata.finalizers, value.metadata.finalizers);
  const entry = object.metadata.managedFields?.[0] as { fieldsV1: unknown };
  assert.notEqual(entry.fieldsV1, value.metadata.managedFields[0]?.fieldsV1);
});

test('a key named __proto__ stays a key', () => {
  const { object } = decodeObject(
    'core/v1.ConfigMap',
    JSON.parse('{"data":{"__proto__":"x"},"__proto__":{"kind":"y"}}'),
  );
  const { data } = object as { data: Record<string, string> };
  assert.deepEqual(Object.keys(data), ['__proto__']);
  assert.equal(Object.getPrototypeOf(data), Object.prototype);
  assert.equal(object.kind, undefined);
});

test('decodeObject refuses free-form values nested too deep, and reports at most a hundred unknown fields', () => {
  let deep: unknown = {};
  for (let depth = 0; depth < 250; depth++) deep = { a: deep };
  assert.throws(() => decodeObject('core/v1.Pod', { metadata: { managedFields: [{ fieldsV1: deep }] } }), DecodeError);
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x${index}`, 0]));
  assert.equal(decodeObject('core/v1.Pod', many).unknownFields.length, 100);
});
