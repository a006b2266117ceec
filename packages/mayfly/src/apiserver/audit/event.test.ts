import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '@mayfly/api/user/user';
import { parseRequestInfo } from '../requestinfo/parse.ts';
import { type AuditEvent, auditUserAgent, objectReferenceOf, redactURI } from './event.ts';
import { eventLine } from './event-line.ts';
import { sourceIPs } from './source-ips.ts';

const sa: UserInfo = {
  name: 'system:serviceaccount:ns1:app',
  uid: 'u1',
  groups: ['system:serviceaccounts', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j1'] },
};
const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

const EVENT: AuditEvent = {
  level: 'Metadata',
  auditID: 'id1',
  stage: 'ResponseComplete',
  requestURI: '/version',
  verb: 'get',
  user: sa,
  sourceIPs: ['192.0.2.1'],
  userAgent: 'kubectl/v1.35',
  responseStatus: { code: 200 },
  requestReceivedMicros: AT * 1000,
  stageMicros: AT * 1000 + 1235,
  annotations: new Map(),
};

test('an event has the fields of Kubernetes in their order', () => {
  const line = eventLine({
    ...EVENT,
    requestURI: '/api/v1/namespaces/ns1/secrets/db',
    objectRef: objectReferenceOf(parseRequestInfo('GET', '/api/v1/namespaces/ns1/secrets/db')),
    annotations: new Map([
      ['authorization.k8s.io/reason', 'RBAC: "x"'],
      ['authorization.k8s.io/decision', 'allow'],
    ]),
  });
  assert.equal(
    line,
    '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"id1","stage":"ResponseComplete",' +
      '"requestURI":"/api/v1/namespaces/ns1/secrets/db","verb":"get","user":{"username":"system:serviceaccount:ns1:app","uid":"u1",' +
      '"groups":["system:serviceaccounts","system:authenticated"],"extra":{"authentication.kubernetes.io/credential-id":["JTI=j1"]}},' +
      '"sourceIPs":["192.0.2.1"],"userAgent":"kubectl/v1.35","objectRef":{"resource":"secrets","namespace":"ns1","name":"db","apiVersion":"v1"},' +
      '"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2026-01-02T03:04:05.006000Z",' +
      '"stageTimestamp":"2026-01-02T03:04:05.007235Z","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: \\"x\\""}}\n',
  );
});

test('a 401: no user, the Status, no objectRef for a path', () => {
  const responseStatus = { status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 };
  const line = eventLine({ ...EVENT, user: undefined, stage: 'ResponseStarted', responseStatus });
  const event = JSON.parse(line) as Record<string, unknown>;
  assert.deepEqual(event.user, {});
  assert.equal('objectRef' in event, false);
  assert.deepEqual(event.responseStatus, { metadata: {}, ...responseStatus });
});

test('row 174: an impersonated user stands beside the authenticated one', () => {
  const impersonatedUser = { name: 'alice', uid: '', groups: [], extra: {} };
  const event = JSON.parse(eventLine({ ...EVENT, impersonatedUser })) as Record<string, unknown>;
  assert.deepEqual(event.impersonatedUser, { username: 'alice' });
});

test('row 184: a long User-Agent is cut', () => {
  assert.equal(auditUserAgent('a'.repeat(2000)), `${'a'.repeat(1024)}...TRUNCATED`);
  assert.equal(auditUserAgent('a'.repeat(1024)).length, 1024);
});

for (const { forwarded, real, remote, want } of [
  { forwarded: '1.1.1.1, 2.2.2.2', remote: '3.3.3.3', want: ['1.1.1.1', '2.2.2.2', '3.3.3.3'] },
  { forwarded: '1.1.1.1', real: '1.1.1.1', remote: '1.1.1.1', want: ['1.1.1.1'] },
  {
    forwarded: 'garbage"}, 1.1.1.1',
    real: '2.2.2.2',
    remote: '::ffff:3.3.3.3',
    want: ['1.1.1.1', '2.2.2.2', '3.3.3.3'],
  },
  { remote: '::1', want: ['::1'] },
]) {
  test(`row 186: source addresses ${want.join()}`, () => assert.deepEqual(sourceIPs(forwarded, real, remote), want));
}

for (const [uri, want] of [
  ['/api?token=abc&x=1', '/api?token=REDACTED&x=1'],
  ['/api?x=1&access_token=a.b.c', '/api?x=1&access_token=REDACTED'],
  ['/api?Token=abc', '/api?Token=REDACTED'],
  ['/api?%74oken=abc', '/api?%74oken=REDACTED'],
  ['/api?a=1;token=abc', '/api?a=1;token=REDACTED'],
  ['/api?%zz=abc', '/api?%zz=REDACTED'],
  ['/api?mytoken=abc&limit=5', '/api?mytoken=abc&limit=5'],
  ['/api/token', '/api/token'],
] as const) {
  test(`redactURI ${uri}`, () => assert.equal(redactURI(uri), want));
}
