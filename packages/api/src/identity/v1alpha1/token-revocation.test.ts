import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TokenRevocation, validateTokenRevocation } from './token-revocation.ts';

const ID = '6f0c1e0a-6f0f-4b0e-9a55-3d1a2c0f7b11';
const TIME = '2026-01-01T00:00:00Z';
const account = { namespace: 'default', name: 'app' };

for (const { name, object, want } of [
  { name: 'a token', object: { metadata: { name: ID }, spec: { credentialID: ID } }, want: [] },
  { name: 'an account', object: { spec: { serviceAccount: account, issuedBefore: TIME, reason: 'x' } }, want: [] },
  { name: 'a pod', object: { spec: { pod: account } }, want: [] },
  { name: 'a node', object: { spec: { node: { name: 'n1.example' } } }, want: [] },
  { name: 'no spec', object: {}, want: ['spec'] },
  { name: 'nothing', object: { spec: {} }, want: ['spec'] },
  {
    name: 'a token and a node',
    object: { metadata: { name: ID }, spec: { credentialID: ID, node: { name: 'n' } } },
    want: ['spec.node'],
  },
  {
    name: 'a token under another name',
    object: { metadata: { name: 'x' }, spec: { credentialID: ID } },
    want: ['metadata.name'],
  },
  {
    name: 'an id in capitals',
    object: { metadata: { name: ID }, spec: { credentialID: ID.toUpperCase() } },
    want: ['spec.credentialID'],
  },
  { name: 'an empty id', object: { spec: { credentialID: '' } }, want: ['spec.credentialID'] },
  {
    name: 'a token before a time',
    object: { metadata: { name: ID }, spec: { credentialID: ID, issuedBefore: TIME } },
    want: ['spec.issuedBefore'],
  },
  {
    name: 'an account without namespace',
    object: { spec: { serviceAccount: { name: 'app' } } },
    want: ['spec.serviceAccount.namespace'],
  },
  {
    name: 'a pod without name',
    object: { spec: { pod: { namespace: 'default', name: '' } } },
    want: ['spec.pod.name'],
  },
  {
    name: 'a path',
    object: { spec: { pod: { namespace: '../x', name: 'a/b' } } },
    want: ['spec.pod.namespace', 'spec.pod.name'],
  },
  { name: 'a node that is no name', object: { spec: { node: { name: 'N 1' } } }, want: ['spec.node.name'] },
  { name: 'a long reason', object: { spec: { node: { name: 'n' }, reason: 'x'.repeat(1025) } }, want: ['spec.reason'] },
]) {
  test(`a revocation of ${name}`, () => {
    const errors = validateTokenRevocation(object as TokenRevocation);
    assert.deepEqual(
      errors.map(({ field }) => field),
      want,
    );
  });
}
