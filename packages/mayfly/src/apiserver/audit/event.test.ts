import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '@mayfly/api/user/user';
import { type Log, silentLog } from '../../log/log.ts';
import { parseRequestInfo } from '../requestinfo/parse.ts';
import { auditUserAgent, redactURI } from './event.ts';
import { eventLine } from './event-line.ts';
import { RequestAudit } from './request-audit.ts';
import { sourceIPs } from './source-ips.ts';

const sa: UserInfo = {
  name: 'system:serviceaccount:ns1:app',
  uid: 'u1',
  groups: ['system:serviceaccounts', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j1'] },
};
const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

function requestAudit(url: string, { method = 'GET', log = silentLog, userAgent = 'kubectl/v1.35' } = {}) {
  const requestInfo = parseRequestInfo(method, url);
  const source = {
    auditID: 'id1',
    level: 'Metadata',
    requestURI: url,
    requestInfo,
    sourceIPs: ['192.0.2.1'],
    userAgent,
  } as const;
  return new RequestAudit({ ...source, receivedAtMs: AT, receivedMonotonicMs: 1000 }, log);
}

test('an event has the fields of Kubernetes in their order', () => {
  const audit = requestAudit('/api/v1/namespaces/ns1/secrets/db');
  audit.user = sa;
  audit.annotate('authorization.k8s.io/reason', 'RBAC: "x"');
  audit.annotate('authorization.k8s.io/decision', 'allow');
  const line = eventLine(audit.event('ResponseComplete', { code: 200 }, 1001.2345));
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
  const status = { status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 };
  const event = JSON.parse(eventLine(requestAudit('/version').event('ResponseStarted', status, 1000))) as Record<
    string,
    unknown
  >;
  assert.deepEqual(event.user, {});
  assert.equal('objectRef' in event, false);
  assert.deepEqual(event.responseStatus, { metadata: {}, ...status });
});

test('row 174: an impersonated user stands beside the authenticated one', () => {
  const audit = requestAudit('/version');
  audit.user = sa;
  audit.impersonatedUser = { name: 'alice', uid: '', groups: [], extra: {} };
  const event = JSON.parse(eventLine(audit.event('ResponseComplete', { code: 200 }, 1000))) as Record<string, unknown>;
  assert.deepEqual(event.impersonatedUser, { username: 'alice' });
});

test('an annotation is set once; the second value is refused and its key logged', () => {
  const warnings: unknown[] = [];
  const log: Log = { ...silentLog, warn: (...args) => void warnings.push(args) };
  const audit = requestAudit('/version', { log });
  for (const value of ['a', 'a', 'b']) audit.annotate('k', value);
  assert.equal(audit.event('ResponseComplete', undefined, 1000).annotations.get('k'), 'a');
  assert.deepEqual(warnings, [['audit annotation is set already', { auditID: 'id1', key: 'k' }]]);
});

test('only slow requests carry their latency as an annotation', () => {
  const key = 'apiserver.latency.k8s.io/total';
  assert.equal(requestAudit('/x').event('ResponseComplete', undefined, 1500).annotations.get(key), undefined);
  assert.equal(requestAudit('/x').event('ResponseComplete', undefined, 1500.5).annotations.get(key), '500.500000ms');
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

test('no line holds a token of the URI', () => {
  const audit = requestAudit('/api/v1/pods?access_token=eyJhbGciOi');
  assert.equal(eventLine(audit.event('ResponseComplete', { code: 200 }, 1000)).includes('eyJ'), false);
});
