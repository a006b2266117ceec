/** Protobuf request bodies: those kubectl 1.32 sent (captured), and hand-made ones for what kubectl does not send. */
import assert from 'node:assert/strict';
import captured from '../../../packages/api/src/protobuf/fixtures/kubectl-1.32.json' with { type: 'json' };
import { newSuite, refusal } from './suite.ts';

const { row } = newSuite();

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** Where each captured body goes. Namespaced objects name "team"; cluster-scoped ones are made once for each protocol. */
const TARGETS: Readonly<Record<string, string>> = {
  'core/v1.ServiceAccount': '/api/v1/namespaces/team/serviceaccounts',
  'core/v1.Secret': '/api/v1/namespaces/team/secrets',
  'core/v1.ConfigMap': '/api/v1/namespaces/team/configmaps',
  'core/v1.Namespace': '/api/v1/namespaces',
  'rbac/v1.Role': '/apis/rbac.authorization.k8s.io/v1/namespaces/team/roles',
  'rbac/v1.ClusterRole': '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  'rbac/v1.RoleBinding': '/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings',
  'rbac/v1.ClusterRoleBinding': '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  'authorization/v1.SelfSubjectAccessReview': '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  'authorization/v1.SelfSubjectRulesReview': '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  'authentication/v1.SelfSubjectReview': '/apis/authentication.k8s.io/v1/selfsubjectreviews',
};

row(19, 'what kubectl 1.32 creates in protobuf equals what it creates in JSON', async ({ send, path }) => {
  const dryRun = '?dryRun=All&fieldValidation=Strict';
  await send('POST', path('namespaces'), { metadata: { name: 'team' } });
  for (const { command, schema, protobuf, json } of captured.requests) {
    const target = TARGETS[schema];
    if (target === undefined) continue;
    const query = schema === 'core/v1.Namespace' ? `${dryRun}&pretty=false` : dryRun;
    const created = await send('POST', target + query, Buffer.from(protobuf, 'base64'), PROTOBUF);
    if (schema === 'core/v1.Namespace') {
      assert.equal(created.code, 409, command); // it is there: the body was understood
      continue;
    }
    assert.equal(created.code, 201, `${command}: ${created.text}`);
    if (json === undefined) continue;
    const fromJSON = await send('POST', target + query, json);
    assert.deepEqual(withoutIdentity(created.body), withoutIdentity(fromJSON.body), command);
  }
});

function withoutIdentity(object: { metadata: object }): object {
  return { ...object, metadata: { ...object.metadata, uid: '', creationTimestamp: '' } };
}

row(20, 'a protobuf body without the magic is refused', async ({ send, path }) => {
  const answer = await send('POST', path('configmaps'), Buffer.from('hello'), PROTOBUF);
  assert.deepEqual(refusal(answer).slice(0, 2), [400, 'BadRequest']);
  assert.match(answer.body.message, /expected prefix \[107 56 115 0\]/);
});

row(20, 'a protobuf body that ends too soon is refused', async ({ send, get, path }) => {
  const whole = Buffer.from(
    captured.requests.find(({ schema }) => schema === 'core/v1.ConfigMap')?.protobuf ?? '',
    'base64',
  );
  for (const length of [4, 5, 12, whole.length - 1]) {
    const answer = await send('POST', path('configmaps'), whole.subarray(0, length), PROTOBUF);
    assert.deepEqual(refusal(answer).slice(0, 2), [400, 'BadRequest'], `${length} bytes`);
  }
  assert.equal((await get('configmaps')).body.items.length, 0);
});

row(21, 'a pointer that is set to zero stays zero', async ({ send, path }) => {
  const pod = unknown('v1', 'Pod', [
    field(1, text(1, 'p')),
    field(2, [...varintField(4, 0), ...field(2, [...text(1, 'c'), ...text(2, 'i')])]),
  ]);
  const { code, body, text: shown } = await send('POST', path('pods'), pod, PROTOBUF);
  assert.equal(code, 201, shown);
  assert.equal((body.spec as { terminationGracePeriodSeconds: number }).terminationGracePeriodSeconds, 0);
});

row(22, 'a Lease keeps the six digits of its times', async ({ send, path }) => {
  const renewTime = [...varintField(1, 1_790_000_000), ...varintField(2, 123_456_000)];
  const lease = unknown('coordination.k8s.io/v1', 'Lease', [field(1, text(1, 'l')), field(2, field(4, renewTime))]);
  const { code, body, text: shown } = await send('POST', path('leases'), lease, PROTOBUF);
  assert.equal(code, 201, shown);
  assert.match((body.spec as { renewTime: string }).renewTime, /^2026-09-21T\d\d:\d\d:20\.123456Z$/);
});

row(23, 'DeleteOptions in protobuf are honoured', async ({ made, send, path }) => {
  const { metadata } = await made('configmaps', { metadata: { name: 'a' } });
  const options = (uid: string) => unknown('v1', 'DeleteOptions', [field(2, text(1, uid))]);
  const refused = await send('DELETE', path('configmaps', 'a'), options('other'), PROTOBUF);
  assert.deepEqual([refused.code, refused.body.reason], [409, 'Conflict']);
  assert.equal((await send('DELETE', path('configmaps', 'a'), options(metadata.uid), PROTOBUF)).code, 200);
});

/** Bytes of protobuf, by hand. */
function field(number: number, bytes: readonly number[]): number[] {
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

function text(number: number, value: string): number[] {
  return field(number, [...Buffer.from(value)]);
}

function varintField(number: number, value: number): number[] {
  return [...varint(number * 8), ...varint(value)];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** The envelope. @see k8s.io/apimachinery runtime.Unknown */
function unknown(apiVersion: string, kind: string, fields: readonly (readonly number[])[]): Buffer {
  const typeMeta = field(1, [...text(1, apiVersion), ...text(2, kind)]);
  return Buffer.from([0x6b, 0x38, 0x73, 0, ...typeMeta, ...field(2, fields.flat())]);
}
