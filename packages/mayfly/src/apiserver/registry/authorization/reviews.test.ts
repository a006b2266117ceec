import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SubjectAccessReviewStatus, SubjectRulesReviewStatus } from '@mayfly/api/authorization/v1/reviews';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { UserInfo } from '@mayfly/api/user/user';
import type { Attributes, AuthorizationVerdict, Authorizer } from '../../authorization/authorizer.ts';
import { newAuthorizer } from '../../authorization/order.ts';
import { BOOTSTRAP_POLICY } from '../../authorization/rbac/bootstrap-policy/policy.ts';
import { PolicyIndex } from '../../authorization/rbac/policy-index.ts';
import { RBACAuthorizer } from '../../authorization/rbac/rbac-authorizer.ts';
import type { RequestContext, ResourceStorage } from '../rest.ts';
import {
  newLocalSubjectAccessReviewStorage,
  newSelfSubjectAccessReviewStorage,
  newSubjectAccessReviewStorage,
} from './access-reviews.ts';
import { newSelfSubjectRulesReviewStorage } from './rules-review.ts';

const index = new PolicyIndex();
index.replace(BOOTSTRAP_POLICY);
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
index.set('ClusterRoleBinding', { metadata: { name: 'dev' }, roleRef, subjects: [{ kind: 'Group', name: 'dev' }] });
index.set('RoleBinding', {
  metadata: { name: 'gone', namespace: 'ns1' },
  roleRef: { ...roleRef, name: 'gone' },
  subjects: [{ kind: 'User', name: 'bob' }],
});
const authorizer = newAuthorizer({ modes: ['RBAC'], rbac: new RBACAuthorizer(index) });
const alice: UserInfo = { name: 'alice', uid: '', groups: ['dev', 'system:authenticated'], extra: {} };

async function create(storage: ResourceStorage, object: unknown, user = alice, namespace = '') {
  const options = { dryRun: false, validate: () => Promise.resolve() };
  const answer = await storage.create?.({ user, namespace } as RequestContext, object as KubernetesObject, options);
  return answer as KubernetesObject & { spec: unknown; status: SubjectAccessReviewStatus & SubjectRulesReviewStatus };
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail('not refused'),
    (error: unknown) => (error instanceof StatusError ? error : assert.fail(String(error))),
  );

const LIST_PODS = { resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'ns1' } };

for (const { row, spec, want } of [
  {
    row: 89,
    spec: { user: 'bob', ...LIST_PODS },
    want: { allowed: false, reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found' },
  },
  {
    row: 90,
    spec: { user: 'bob', groups: ['system:authenticated'], nonResourceAttributes: { verb: 'get', path: '/api' } },
    want: {
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    },
  },
  { row: 91, spec: { groups: ['system:masters'], ...LIST_PODS }, want: { allowed: true } },
  { row: 89, spec: { user: 'carol', ...LIST_PODS }, want: { allowed: false } },
]) {
  test(`row ${row}: SubjectAccessReview ${JSON.stringify(spec)}`, async () => {
    const answer = await create(newSubjectAccessReviewStorage(authorizer), { spec });
    assert.deepEqual(answer.status, want);
    assert.deepEqual(answer.spec, spec);
  });
}

const selector = { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'Exists' }] };
for (const { row, object, local = false, code, message } of [
  {
    row: 92,
    object: { spec: { user: 'bob' } },
    code: 422,
    message: /exactly one of nonResourceAttributes or resourceAttributes must be specified/,
  },
  { row: 93, object: { spec: LIST_PODS }, code: 422, message: /at least one of user or group must be specified/ },
  {
    row: 94,
    object: { metadata: { name: 'x' }, spec: { user: 'bob', ...LIST_PODS } },
    code: 422,
    message: /must be empty/,
  },
  {
    row: 95,
    local: true,
    object: { spec: { user: 'bob', resourceAttributes: { ...LIST_PODS.resourceAttributes, namespace: 'ns2' } } },
    code: 422,
    message: /must match metadata.namespace/,
  },
  {
    row: 95,
    local: true,
    object: { spec: { user: 'bob', resourceAttributes: { verb: 'list', resource: 'pods' } } },
    code: 422,
    message: /must match metadata.namespace/,
  },
  {
    row: 95,
    local: true,
    object: { metadata: { namespace: 'ns2' }, spec: { user: 'bob', ...LIST_PODS } },
    code: 400,
    message: /^the namespace of the provided object does not match the namespace sent on the request$/,
  },
  {
    row: 96,
    object: { spec: { user: 'bob', resourceAttributes: { ...LIST_PODS.resourceAttributes, fieldSelector: selector } } },
    code: 422,
    message: /may not specified at the same time as requirements/,
  },
]) {
  test(`row ${row}: ${JSON.stringify(object)} is refused`, async () => {
    const storage = local ? newLocalSubjectAccessReviewStorage(authorizer) : newSubjectAccessReviewStorage(authorizer);
    const error = await refusal(create(storage, object, alice, local ? 'ns1' : ''));
    assert.equal(error.code, code);
    assert.match(error.message, message);
  });
}

test('LocalSubjectAccessReview judges in its namespace', async () => {
  const spec = { user: 'x', groups: ['dev'], ...LIST_PODS };
  const { status } = await create(newLocalSubjectAccessReviewStorage(authorizer), { spec }, alice, 'ns1');
  assert.equal(status.allowed, true);
});

test('row 101: SelfSubjectAccessReview judges the user of the request', async () => {
  const storage = newSelfSubjectAccessReviewStorage(authorizer);
  assert.equal((await create(storage, { spec: LIST_PODS })).status.allowed, true);
  const bob = { ...alice, name: 'bob', groups: ['system:authenticated'] };
  assert.equal(
    (await create(storage, { spec: { ...LIST_PODS, user: 'alice', groups: ['dev'] } }, bob)).status.allowed,
    false,
  );
  assert.equal((await refusal(create(storage, { spec: {} }))).code, 422);
});

function recorder(verdict: AuthorizationVerdict) {
  const asked: Attributes[] = [];
  const recording: Authorizer = {
    authorize(attributes) {
      asked.push(attributes);
      return Promise.resolve(verdict);
    },
  };
  return { asked, storage: newSubjectAccessReviewStorage(recording) };
}

for (const { row, fieldSelector, labelSelector, fields = [], labels = [], note } of [
  { row: 97, fieldSelector: { rawSelector: 'spec.nodeName=n1,a!=b' }, fields: ['spec.nodeName In n1', 'a NotIn b'] },
  {
    row: 98,
    fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n1', 'n2'] }] },
    note: 'spec.resourceAttributes.fieldSelector ignored due to parse error',
  },
  {
    row: 98,
    fieldSelector: {
      requirements: [
        { key: 'a', operator: 'In', values: ['1'] },
        { key: 'b', operator: 'Exists' },
      ],
    },
    fields: ['a In 1'],
    note: 'spec.resourceAttributes.fieldSelector partially ignored due to parse error',
  },
  {
    row: 98,
    fieldSelector: { rawSelector: 'nonsense' },
    note: 'spec.resourceAttributes.fieldSelector ignored due to parse error',
  },
  {
    row: 98,
    labelSelector: {
      requirements: [
        { key: 'a', operator: 'Exists' },
        { key: 'b', operator: 'Near' },
      ],
    },
    labels: ['a Exists '],
    note: 'spec.resourceAttributes.labelSelector partially ignored due to parse error',
  },
  { row: 98, labelSelector: { rawSelector: 'a in (x,y)' }, labels: ['a In x,y'] },
]) {
  test(`row ${row}: selectors ${JSON.stringify(fieldSelector ?? labelSelector)}`, async () => {
    const { asked, storage } = recorder({ decision: 'NoOpinion', reason: '' });
    const resourceAttributes = {
      ...LIST_PODS.resourceAttributes,
      ...(fieldSelector && { fieldSelector }),
      ...(labelSelector && { labelSelector }),
    };
    const { status } = await create(storage, { spec: { user: 'bob', resourceAttributes } });
    const print = (list: Attributes['fieldRequirements'] = []) =>
      list.map(({ key, operator, values }) => `${key} ${operator} ${values.join()}`);
    assert.deepEqual(print(asked[0]?.fieldRequirements), fields);
    assert.deepEqual(print(asked[0]?.labelRequirements), labels);
    assert.deepEqual(status, { allowed: false, ...(note && { evaluationError: note }) });
  });
}

test('an error of the authorizer is told, never a 500; Deny is told apart', async () => {
  const spec = { user: 'bob', groups: [], ...LIST_PODS };
  const failing = recorder({ decision: 'NoOpinion', reason: 'r', error: 'webhook down' });
  assert.deepEqual((await create(failing.storage, { spec })).status, {
    allowed: false,
    reason: 'r',
    evaluationError: 'webhook down',
  });
  assert.deepEqual((await create(recorder({ decision: 'Deny', reason: '' }).storage, { spec })).status, {
    allowed: false,
    denied: true,
  });
  assert.equal(failing.asked[0]?.apiVersion, '*');
  assert.deepEqual(failing.asked[0]?.user, { name: 'bob', uid: '', groups: [], extra: {} });
});

test('row 99: SelfSubjectRulesReview without namespace', async () => {
  const error = await refusal(create(newSelfSubjectRulesReviewStorage(authorizer), { spec: {} }));
  assert.equal(error.code, 400);
  assert.equal(error.message, 'no namespace on request');
});

test('row 100: rules are listed, missing roles told, lists never null', async () => {
  const storage = newSelfSubjectRulesReviewStorage(authorizer);
  const bob = { ...alice, name: 'bob', groups: ['system:authenticated'] };
  const { spec, status } = await create(storage, { spec: { namespace: 'ns1' } }, bob);
  assert.deepEqual(spec, {});
  assert.equal(status.incomplete, false);
  assert.equal(status.evaluationError, 'clusterrole.rbac.authorization.k8s.io "gone" not found');
  const reviews = { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] };
  assert.ok(status.resourceRules.some((rule) => JSON.stringify(rule) === JSON.stringify(reviews)));
  const nobody = await create(storage, { spec: { namespace: 'ns1' } }, { name: 'x', uid: '', groups: [], extra: {} });
  assert.deepEqual(nobody.status, { resourceRules: [], nonResourceRules: [], incomplete: false });
});
