import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestInfo, RequestInfoError } from './parse.ts';
import type { RequestInfo } from './request-info.ts';

const NS = '/api/v1/namespaces/ns1';
const pods = { resource: 'pods', namespace: 'ns1', apiVersion: 'v1', isResourceRequest: true };

const ROWS: readonly { row: string; method?: string; url: string; want: Partial<RequestInfo> }[] = [
  { row: '1', url: `${NS}/pods`, want: { ...pods, verb: 'list', apiGroup: '', name: '', subresource: '' } },
  { row: '2a', url: `${NS}/pods?watch=true`, want: { verb: 'watch' } },
  { row: '2b', url: `${NS}/pods?watch=1`, want: { verb: 'watch' } },
  { row: '2c', url: `${NS}/pods?watch=false`, want: { verb: 'list' } },
  { row: '2d', url: `${NS}/pods?watch=0`, want: { verb: 'list' } },
  { row: '2e: an empty value counts as true', url: `${NS}/pods?watch`, want: { verb: 'watch' } },
  { row: '2f: False in any case', url: `${NS}/pods?watch=False`, want: { verb: 'list' } },
  { row: '2g: the first value counts', url: `${NS}/pods?watch=0&watch=1`, want: { verb: 'list' } },
  { row: '2h: an escaped key is the same key', url: `${NS}/pods?%77atch=1`, want: { verb: 'watch' } },
  { row: '3', url: `${NS}/pods/p?watch=true`, want: { ...pods, verb: 'get', name: 'p' } },
  {
    row: '4',
    method: 'HEAD',
    url: '/api/v1/nodes/n1',
    want: { verb: 'get', resource: 'nodes', name: 'n1', namespace: '' },
  },
  { row: '5a', method: 'DELETE', url: `${NS}/pods`, want: { verb: 'deletecollection' } },
  { row: '5b', method: 'DELETE', url: `${NS}/pods/p`, want: { verb: 'delete', name: 'p' } },
  { row: '6', url: `${NS}/pods?fieldSelector=metadata.name=p`, want: { verb: 'list', name: 'p' } },
  {
    row: '7',
    url: `${NS}/pods?fieldSelector=metadata.name%3Dp%2Cspec.nodeName%3Dn1`,
    want: { verb: 'list', name: 'p', fieldSelector: 'metadata.name=p,spec.nodeName=n1' },
  },
  { row: '8', url: `${NS}/pods?fieldSelector=metadata.name!=p`, want: { verb: 'list', name: '' } },
  {
    row: '8b: a name with a slash',
    url: `${NS}/pods?fieldSelector=metadata.name=a%2Fb`,
    want: { verb: 'list', name: '' },
  },
  {
    row: '8c: a malformed selector names nothing',
    url: `${NS}/pods?fieldSelector=metadata.name=p,x`,
    want: { name: '' },
  },
  {
    row: '8d: watch by name',
    url: `${NS}/pods?watch=1&fieldSelector=metadata.name=p`,
    want: { verb: 'watch', name: 'p' },
  },
  {
    row: '9',
    method: 'DELETE',
    url: `${NS}/secrets?fieldSelector=metadata.name=s`,
    want: { verb: 'deletecollection', name: 's', fieldSelector: 'metadata.name=s' },
  },
  { row: '10', url: NS, want: { verb: 'get', resource: 'namespaces', name: 'ns1', namespace: 'ns1' } },
  {
    row: '11',
    method: 'PUT',
    url: `${NS}/finalize`,
    want: { verb: 'update', resource: 'namespaces', subresource: 'finalize', name: 'ns1', namespace: 'ns1' },
  },
  { row: '12', url: '/api/v1/watch/namespaces/ns1/pods', want: { ...pods, verb: 'watch', name: '' } },
  {
    row: '12b',
    url: '/api/v1/watch/namespaces/d/pods/x?fieldSelector=a=b',
    want: { verb: 'watch', name: 'x', fieldSelector: undefined },
  },
  { row: '14a', url: '/api/v1', want: { isResourceRequest: false, verb: 'get', path: '/api/v1' } },
  { row: '14b', url: '/apis/apps/v1', want: { isResourceRequest: false, verb: 'get', path: '/apis/apps/v1' } },
  { row: '14c', url: '/healthz/', want: { isResourceRequest: false, verb: 'get', path: '/healthz/' } },
  { row: '14d: the path attribute is decoded', url: '/openid/v1/%6awks?x=1', want: { path: '/openid/v1/jwks' } },
  { row: '14e', url: '/', want: { isResourceRequest: false, path: '/' } },
  { row: '14f', url: 'https://host:6443/version', want: { isResourceRequest: false, path: '/version' } },
  {
    row: '15',
    method: 'POST',
    url: `${NS}/serviceaccounts/app/token`,
    want: { verb: 'create', resource: 'serviceaccounts', subresource: 'token', name: 'app', namespace: 'ns1' },
  },
  { row: '16', method: 'OPTIONS', url: `${NS}/pods`, want: { ...pods, verb: '' } },
  { row: '17', url: `${NS}/pods?labelSelector=a%20in%20(`, want: { verb: 'list', labelSelector: 'a in (' } },
  {
    row: 'named group',
    method: 'PATCH',
    url: '/apis/rbac.authorization.k8s.io/v1/namespaces/ns1/roles/r',
    want: { verb: 'patch', apiGroup: 'rbac.authorization.k8s.io', apiVersion: 'v1', resource: 'roles', name: 'r' },
  },
  { row: 'lists over all namespaces', url: '/api/v1/pods', want: { verb: 'list', namespace: '', resource: 'pods' } },
  {
    row: 'the list of namespaces',
    url: '/api/v1/namespaces',
    want: { verb: 'list', namespace: '', resource: 'namespaces' },
  },
  {
    row: 'parts beyond the subresource',
    url: `${NS}/pods/p/proxy/a/b`,
    want: { name: 'p', subresource: 'proxy', rest: ['a', 'b'] },
  },
  {
    row: 'an escaped slash separates: handler and authorizer cannot disagree',
    url: `${NS}/serviceaccounts/app%2Ftoken`,
    want: { resource: 'serviceaccounts', name: 'app', subresource: 'token' },
  },
  {
    row: 'an escaped name',
    url: '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
    want: { name: 'system:node' },
  },
  { row: 'selectors only for collections', url: `${NS}/pods/p?labelSelector=a`, want: { labelSelector: undefined } },
];

for (const { row, method = 'GET', url, want } of ROWS) {
  test(`parseRequestInfo row ${row}: ${method} ${url}`, () => {
    const info = parseRequestInfo(method, url);
    assert.deepEqual({ ...info, ...want }, info);
  });
}

for (const { url, code } of [
  { url: '/api/v1/watch', code: 'incomplete' },
  { url: '/api/v1/proxy', code: 'incomplete' },
  { url: '/api/v1/pods/%zz', code: 'malformed' },
  { url: '/api/v1/pods/%ff', code: 'malformed' },
]) {
  test(`parseRequestInfo row 13: ${url} is ${code}`, () => {
    assert.throws(
      () => parseRequestInfo('GET', url),
      (error) => error instanceof RequestInfoError && error.code === code,
    );
  });
}

test('the incomplete error has the text of Kubernetes', () => {
  assert.throws(() => parseRequestInfo('GET', '/api/v1/watch'), {
    message: 'unable to determine kind and namespace from url: /api/v1/watch',
  });
});
