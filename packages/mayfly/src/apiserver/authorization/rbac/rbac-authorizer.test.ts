import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '@mayfly/api/user/user';
import { parseRequestInfo } from '../../requestinfo/parse.ts';
import { attributesOf } from '../attributes.ts';
import { BOOTSTRAP_POLICY } from './bootstrap-policy/policy.ts';
import type { PolicyRule, RoleRef, Subject } from './policy.ts';
import { PolicyIndex } from './policy-index.ts';
import { RBACAuthorizer } from './rbac-authorizer.ts';

const GROUP = 'rbac.authorization.k8s.io';
const AUTHENTICATED = 'system:authenticated';
const userOf = (name: string, ...groups: string[]): UserInfo => ({ name, uid: '', groups, extra: {} });
const alice = userOf('alice', 'dev', AUTHENTICATED);
const sa = userOf(
  'system:serviceaccount:ns1:app',
  'system:serviceaccounts',
  'system:serviceaccounts:ns1',
  AUTHENTICATED,
);
const anonymous = userOf('system:anonymous', 'system:unauthenticated');
const subject = (kind: string, name: string, namespace?: string): Subject => ({
  kind,
  name,
  ...(namespace && { namespace }),
});
const User = (name: string) => subject('User', name);
const refTo = (kind: string, name: string): RoleRef => ({ apiGroup: GROUP, kind, name });
const LIST_PODS: PolicyRule = { verbs: ['list'], apiGroups: [''], resources: ['pods'] };
const POD_LIST = '/api/v1/namespaces/ns1/pods';

/** A policy written down in one line. */
class TestPolicy {
  readonly index = new PolicyIndex();

  clusterRole(name: string, ...rules: PolicyRule[]): this {
    this.index.set('ClusterRole', { metadata: { name }, rules });
    return this;
  }

  role(namespace: string, name: string, ...rules: PolicyRule[]): this {
    this.index.set('Role', { metadata: { name, namespace }, rules });
    return this;
  }

  bindCluster(name: string, roleRef: RoleRef, ...subjects: Subject[]): this {
    this.index.set('ClusterRoleBinding', { metadata: { name }, roleRef, subjects });
    return this;
  }

  bind(namespace: string, name: string, roleRef: RoleRef, ...subjects: Subject[]): this {
    this.index.set('RoleBinding', { metadata: { name, namespace }, roleRef, subjects });
    return this;
  }

  ask(user: UserInfo, url: string, method = 'GET') {
    return new RBACAuthorizer(this.index).authorize(attributesOf(user, parseRequestInfo(method, url)));
  }
}

const policy = () => new TestPolicy();

const defaults = new PolicyIndex();
defaults.replace(BOOTSTRAP_POLICY);
const byDefault = new RBACAuthorizer(defaults);

for (const { row, user, method = 'GET', url, want } of [
  { row: 33, user: anonymous, url: '/healthz', want: 'Allow' },
  { row: 33, user: anonymous, url: '/version', want: 'Allow' },
  { row: 34, user: anonymous, url: '/api', want: 'NoOpinion' },
  { row: 35, user: alice, url: '/apis/foo', want: 'Allow' },
  { row: 36, user: alice, url: '/metrics', want: 'NoOpinion' },
  { row: 36, user: userOf('m', 'system:monitoring'), url: '/metrics', want: 'Allow' },
  { row: 37, user: sa, url: '/openid/v1/jwks', want: 'Allow' },
  { row: 37, user: alice, url: '/openid/v1/jwks', want: 'NoOpinion' },
  { row: 37, user: anonymous, url: '/openid/v1/jwks', want: 'NoOpinion' },
  { row: 38, user: alice, method: 'POST', url: '/apis/authentication.k8s.io/v1/selfsubjectreviews', want: 'Allow' },
  { row: 31, user: alice, url: '/api/v1/foos', want: 'NoOpinion' },
  { row: 0, user: userOf('system:node:n1', 'system:nodes', AUTHENTICATED), url: '/api/v1/nodes/n1', want: 'NoOpinion' },
]) {
  test(`row ${row}: ${user.name} ${method} ${url} by default policy`, () => {
    const verdict = byDefault.authorize(attributesOf(user, parseRequestInfo(method, url)));
    assert.equal(verdict.decision, want);
  });
}

test('row 50: URL rules are useless through a RoleBinding', () => {
  const p = policy().clusterRole('urls', { verbs: ['get'], nonResourceURLs: ['/x'] });
  p.bind('ns1', 'b', refTo('ClusterRole', 'urls'), User('alice'));
  assert.equal(p.ask(alice, '/x').decision, 'NoOpinion');
});

test('row 51: a RoleBinding gives a ClusterRole in its namespace only', () => {
  const p = policy().clusterRole('lister', LIST_PODS).bind('ns1', 'b', refTo('ClusterRole', 'lister'), User('alice'));
  assert.equal(p.ask(alice, POD_LIST).decision, 'Allow');
  assert.equal(p.ask(alice, '/api/v1/namespaces/ns2/pods').decision, 'NoOpinion');
  assert.equal(p.ask(alice, '/api/v1/pods').decision, 'NoOpinion');
});

test('row 52: a RoleBinding can give get on its own namespace', () => {
  const p = policy().clusterRole('ns', { verbs: ['get'], apiGroups: [''], resources: ['namespaces'] });
  p.bind('ns1', 'b', refTo('ClusterRole', 'ns'), User('alice'));
  assert.equal(p.ask(alice, '/api/v1/namespaces/ns1').decision, 'Allow');
  assert.equal(p.ask(alice, '/api/v1/namespaces/ns2').decision, 'NoOpinion');
});

for (const { row, given, want } of [
  { row: 53, given: subject('ServiceAccount', 'app'), want: 'Allow' },
  { row: 53, given: subject('ServiceAccount', 'app', 'ns2'), want: 'NoOpinion' },
  { row: 55, given: User(sa.name), want: 'Allow' },
  { row: 56, given: subject('Group', 'system:serviceaccounts:ns1'), want: 'Allow' },
  { row: 56, given: subject('Group', sa.name), want: 'NoOpinion' },
  { row: 56, given: User('system:serviceaccounts:ns1'), want: 'NoOpinion' },
  { row: 56, given: subject('Robot', sa.name), want: 'NoOpinion' },
]) {
  test(`row ${row}: subject ${JSON.stringify(given)} and the service account`, () => {
    const p = policy().role('ns1', 'r', LIST_PODS).bind('ns1', 'b', refTo('Role', 'r'), given);
    assert.equal(p.ask(sa, POD_LIST).decision, want);
  });
}

test('row 54: a service account without namespace never matches in a ClusterRoleBinding', () => {
  const p = policy()
    .clusterRole('r', LIST_PODS)
    .bindCluster('b', refTo('ClusterRole', 'r'), subject('ServiceAccount', 'app'));
  assert.equal(p.ask(sa, POD_LIST).decision, 'NoOpinion');
  assert.equal(p.ask(userOf('system:serviceaccount::app'), POD_LIST).decision, 'NoOpinion');
});

test('row 57: only the user name counts for a service account subject', () => {
  const p = policy().role('ns1', 'r', LIST_PODS).bind('ns1', 'b', refTo('Role', 'r'), subject('ServiceAccount', 'app'));
  assert.equal(p.ask(userOf(sa.name), POD_LIST).decision, 'Allow');
});

test('rows 58, 59: the reason names binding, role and subject', () => {
  const p = policy().clusterRole('r', LIST_PODS).bindCluster('b', refTo('ClusterRole', 'r'), User('alice'));
  const want = 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "alice"';
  assert.equal(p.ask(alice, POD_LIST).reason, want);
  const q = policy().role('ns1', 'r', LIST_PODS).bind('ns1', 'b', refTo('Role', 'r'), subject('ServiceAccount', 'app'));
  const wantLocal = 'RBAC: allowed by RoleBinding "b/ns1" of Role "r" to ServiceAccount "app/ns1"';
  assert.equal(q.ask(sa, POD_LIST).reason, wantLocal);
});

test('within one binding the first matching subject is named', () => {
  const p = policy().clusterRole('r', LIST_PODS);
  p.bindCluster('b', refTo('ClusterRole', 'r'), subject('Group', 'dev'), User('alice'));
  assert.match(p.ask(alice, POD_LIST).reason, /to Group "dev"$/);
});

test('row 60: missing roles are named, without error', () => {
  const p = policy().bindCluster('b', refTo('ClusterRole', 'foo'), User('alice'));
  const one = { decision: 'NoOpinion', reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "foo" not found' };
  assert.deepEqual(p.ask(alice, '/api/v1/nodes'), one);
  p.bind('ns1', 'b', refTo('Role', 'bar'), User('alice'));
  assert.equal(
    p.ask(alice, POD_LIST).reason,
    'RBAC: [clusterrole.rbac.authorization.k8s.io "foo" not found, role.rbac.authorization.k8s.io "bar" not found]',
  );
  const odd = policy().bindCluster('b', refTo('Team', 'x'), User('alice'));
  assert.equal(odd.ask(alice, POD_LIST).reason, 'RBAC: unsupported role reference kind: "Team"');
});

test('row 61: another binding that allows outweighs a missing role', () => {
  const p = policy().bindCluster('a', refTo('ClusterRole', 'foo'), User('alice'));
  p.clusterRole('r', LIST_PODS).bindCluster('b', refTo('ClusterRole', 'r'), User('alice'));
  assert.equal(p.ask(alice, POD_LIST).decision, 'Allow');
});

test('the index follows watch events: grants, changes, removals', () => {
  const p = policy();
  const role = { kind: 'ClusterRole', metadata: { name: 'r' }, rules: [LIST_PODS] };
  const binding = {
    kind: 'ClusterRoleBinding',
    metadata: { name: 'b' },
    roleRef: refTo('ClusterRole', 'r'),
    subjects: [User('alice'), User('bob')],
  };
  p.index.apply('ADDED', role);
  p.index.apply('ADDED', binding);
  assert.equal(p.ask(alice, POD_LIST).decision, 'Allow');
  p.index.apply('MODIFIED', { ...binding, subjects: [User('bob')] } as typeof binding);
  assert.equal(p.ask(alice, POD_LIST).decision, 'NoOpinion');
  assert.equal(p.ask(userOf('bob'), POD_LIST).decision, 'Allow');
  p.index.apply('MODIFIED', { ...role, rules: [] } as typeof role);
  assert.equal(p.ask(userOf('bob'), POD_LIST).decision, 'NoOpinion');
  p.index.apply('MODIFIED', role);
  p.index.apply('DELETED', binding);
  assert.equal(p.ask(userOf('bob'), POD_LIST).decision, 'NoOpinion');
  p.index.apply('ADDED', binding);
  p.index.apply('DELETED', role);
  assert.match(p.ask(userOf('bob'), POD_LIST).reason, /"r" not found$/);
  assert.throws(() => p.index.apply('ADDED', { kind: 'Pod' }), TypeError);
});

test('a removed RoleBinding and a removed Role end the grant', () => {
  const p = policy().role('ns1', 'r', LIST_PODS).bind('ns1', 'b', refTo('Role', 'r'), User('alice'));
  p.index.delete('RoleBinding', 'ns2', 'b');
  assert.equal(p.ask(alice, POD_LIST).decision, 'Allow');
  p.index.delete('RoleBinding', 'ns1', 'b');
  assert.equal(p.ask(alice, POD_LIST).decision, 'NoOpinion');
  p.bind('ns1', 'b', refTo('Role', 'r'), User('alice')).index.delete('Role', 'ns1', 'r');
  assert.equal(p.ask(alice, POD_LIST).decision, 'NoOpinion');
});

test('replace forgets what was there before: roles and bindings, cluster-wide and in namespaces', () => {
  const everywhere = policy().clusterRole('r', LIST_PODS).bindCluster('b', refTo('ClusterRole', 'r'), User('alice'));
  const inNamespace = policy().role('ns1', 'r', LIST_PODS).bind('ns1', 'b', refTo('Role', 'r'), User('alice'));
  for (const p of [everywhere, inNamespace]) {
    p.index.replace(BOOTSTRAP_POLICY);
    assert.deepEqual(p.ask(alice, POD_LIST), { decision: 'NoOpinion', reason: '' });
  }
  assert.equal(everywhere.index.resolve(refTo('ClusterRole', 'r'), '').found, false);
  assert.equal(inNamespace.index.resolve(refTo('Role', 'r'), 'ns1').found, false);
});

test('a Role of another namespace with the same name gives nothing', () => {
  const p = policy().role('ns2', 'r', LIST_PODS).bind('ns1', 'b', refTo('Role', 'r'), User('alice'));
  assert.equal(p.ask(alice, POD_LIST).decision, 'NoOpinion');
});

test('held rules list each binding once, cluster first, then the namespace', () => {
  const p = policy()
    .clusterRole('c', LIST_PODS)
    .role('ns1', 'r', { ...LIST_PODS, verbs: ['get'] });
  p.bindCluster('b', refTo('ClusterRole', 'c'), User('alice'), subject('Group', 'dev'));
  p.bind('ns1', 'b', refTo('Role', 'r'), User('alice')).bind('ns1', 'm', refTo('Role', 'gone'), User('alice'));
  const { rules, errors } = new RBACAuthorizer(p.index).heldRules(alice, 'ns1');
  assert.deepEqual(
    rules.map(({ verbs }) => verbs[0]),
    ['list', 'get'],
  );
  assert.deepEqual(errors, ['role.rbac.authorization.k8s.io "gone" not found']);
  assert.equal(new RBACAuthorizer(p.index).heldRules(alice, '').rules.length, 1);
});
