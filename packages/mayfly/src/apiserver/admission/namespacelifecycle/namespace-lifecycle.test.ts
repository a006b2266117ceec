import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { systemContext } from '../../registry/system-context.ts';
import { newAdmission } from '../chain.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { newNamespaceLifecycle } from './namespace-lifecycle.ts';

const TERMINATING = {
  metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
  status: { phase: 'Terminating' },
} as const;
const ACTIVE = { metadata: {}, status: { phase: 'Active' } } as const;
const stored = new Map(Object.entries({ alive: ACTIVE, ending: TERMINATING }));
const { admit } = newAdmission([newNamespaceLifecycle({ get: async (_, name) => stored.get(name) })]);

const attributes = (some: Partial<AdmissionAttributes>): AdmissionAttributes => ({
  context: systemContext(some.namespace),
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource: 'configmaps',
  subresource: '',
  kind: 'ConfigMap',
  name: 'a',
  namespace: 'alive',
  object: {},
  oldObject: undefined,
  dryRun: false,
  ...some,
});

for (const { name, some, message } of [
  { name: 'admits content of a living namespace', some: {} },
  { name: '120 refuses content of a missing one', some: { namespace: 'x' }, message: 'namespaces "x" not found' },
  {
    name: '118 refuses content of an ending one',
    some: { namespace: 'ending', resource: 'roles', group: 'rbac.authorization.k8s.io' },
    message:
      'roles.rbac.authorization.k8s.io "a" is forbidden: unable to create new content in namespace ending because it is being terminated',
  },
  {
    name: '118 refuses a token in an ending namespace',
    some: { namespace: 'ending', resource: 'serviceaccounts', subresource: 'token' },
    message:
      'serviceaccounts "a" is forbidden: unable to create new content in namespace ending because it is being terminated',
  },
  {
    name: 'calls an object that has no name yet by the beginning of its name',
    some: { namespace: 'ending', name: '', object: { metadata: { generateName: 'job-' } } },
    message:
      'configmaps "job-" is forbidden: unable to create new content in namespace ending because it is being terminated',
  },
  { name: 'admits updates in an ending namespace', some: { namespace: 'ending', operation: 'UPDATE' } },
  { name: 'admits deletions in an ending namespace', some: { namespace: 'ending', operation: 'DELETE' } },
  { name: 'asks no namespace of a review', some: { namespace: 'x', resource: 'localsubjectaccessreviews' } },
  { name: 'admits cluster-scoped objects', some: { namespace: '', resource: 'nodes' } },
  { name: 'admits the deletion of a namespace', some: { ...namespaceDeletion('alive') } },
  {
    name: '119 refuses the deletion of default',
    some: namespaceDeletion('default'),
    message: 'namespaces "default" is forbidden: this namespace may not be deleted',
  },
  {
    name: '119 refuses the deletion of kube-system',
    some: namespaceDeletion('kube-system'),
    message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
  },
  {
    name: '119 refuses the deletion of kube-public',
    some: namespaceDeletion('kube-public'),
    message: 'namespaces "kube-public" is forbidden: this namespace may not be deleted',
  },
] as { name: string; some: Partial<AdmissionAttributes>; message?: string }[])
  test(`namespace lifecycle ${name}`, async () => {
    const verdict = admit(attributes(some));
    await (message === undefined ? assert.doesNotReject(verdict) : assert.rejects(verdict, { message }));
  });

test('names the ending namespace as the cause, for clients that wait', async () => {
  const error: unknown = await admit(attributes({ namespace: 'ending' })).catch((reason: unknown) => reason);
  assert(error instanceof StatusError);
  assert.equal(error.code, 403);
  assert.deepEqual(error.details?.causes, [
    { reason: 'NamespaceTerminating', message: 'namespace ending is being terminated', field: 'metadata.namespace' },
  ]);
});

function namespaceDeletion(name: string): Partial<AdmissionAttributes> {
  return { resource: 'namespaces', operation: 'DELETE', name, namespace: '', object: undefined };
}
