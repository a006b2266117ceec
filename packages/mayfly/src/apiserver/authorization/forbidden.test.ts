import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestInfo } from '../requestinfo/parse.ts';
import { attributesOf } from './attributes.ts';
import { authorizationErrorBody, forbiddenStatus } from './forbidden.ts';

for (const { row, user = 'alice', url, reason = '', message, details } of [
  {
    row: '2.2 example',
    user: 'system:serviceaccount:a:b',
    url: '/api/v1/namespaces/a/secrets/db',
    message:
      'secrets "db" is forbidden: User "system:serviceaccount:a:b" cannot get resource "secrets" in API group "" in the namespace "a"',
    details: { name: 'db', kind: 'secrets' },
  },
  {
    row: '20',
    url: '/version',
    reason: 'Everything is forbidden.',
    message: 'forbidden: User "alice" cannot get path "/version": Everything is forbidden.',
    details: {},
  },
  {
    row: '24',
    url: '/version',
    reason: 'x\ny',
    message: 'forbidden: User "alice" cannot get path "/version": x\ny',
    details: {},
  },
  {
    row: '27',
    url: '/api/v1/namespaces/ns1/pods',
    message: 'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "ns1"',
    details: { kind: 'pods' },
  },
  {
    row: '28',
    url: '/api/v1/namespaces/ns1/pods/p/log',
    message:
      'pods "p" is forbidden: User "alice" cannot get resource "pods/log" in API group "" in the namespace "ns1"',
    details: { name: 'p', kind: 'pods' },
  },
  {
    row: '29',
    url: '/apis/apps/v1/deployments',
    message:
      'deployments.apps is forbidden: User "alice" cannot list resource "deployments" in API group "apps" at the cluster scope',
    details: { group: 'apps', kind: 'deployments' },
  },
  {
    row: '30',
    user: 'a<b',
    url: '/api/v1/nodes/n',
    message: 'nodes "n" is forbidden: User "a&lt;b" cannot get resource "nodes" in API group "" at the cluster scope',
    details: { name: 'n', kind: 'nodes' },
  },
  {
    row: 'the reason is not sanitised',
    url: '/metrics',
    reason: 'a<b',
    message: 'forbidden: User "alice" cannot get path "/metrics": a<b',
    details: {},
  },
]) {
  test(`forbiddenStatus row ${row}`, () => {
    const attributes = attributesOf({ name: user, uid: '', groups: [], extra: {} }, parseRequestInfo('GET', url));
    const status = forbiddenStatus(attributes, reason).toStatus();
    const want = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason: 'Forbidden',
      details,
      code: 403,
    };
    assert.equal(JSON.stringify(status), JSON.stringify(want)); // key order is part of the promise
  });
}

test('row 26: the body of a 500 escapes what the caller sent', () => {
  assert.equal(authorizationErrorBody('/api/v1/pods', 'e'), 'Internal Server Error: "/api/v1/pods": e\n');
  assert.equal(authorizationErrorBody('/<&>', 'e'), 'Internal Server Error: "/&lt;&amp;&gt;": e\n');
});
