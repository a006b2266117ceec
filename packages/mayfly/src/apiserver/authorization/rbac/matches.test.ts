import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestInfo } from '../../requestinfo/parse.ts';
import { attributesOf, resourceAttributes } from '../attributes.ts';
import { ruleAllows, ruleRequestOf } from './matches.ts';
import type { PolicyRule } from './policy.ts';

const user = { name: 'alice', uid: '', groups: [], extra: {} };
const core = (resources: string[], verbs = ['get']): PolicyRule => ({ verbs, apiGroups: [''], resources });
const urls = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs });
const secretA: PolicyRule = { verbs: ['*'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] };
const SECRETS = '/api/v1/namespaces/n/secrets';

const ROWS: readonly [row: number, rule: PolicyRule, method: string, url: string, want: boolean][] = [
  [39, core(['pods']), 'GET', '/api/v1/namespaces/n/pods/p/log', false],
  [40, core(['pods/*']), 'GET', '/api/v1/namespaces/n/pods/p/log', false],
  [41, core(['*/log']), 'GET', '/api/v1/namespaces/n/pods/p/log', true],
  [41, core(['*/log']), 'GET', '/api/v1/namespaces/n/pods/p', false],
  [41, core(['*/']), 'GET', '/api/v1/namespaces/n/pods/p', false],
  [42, core(['*']), 'GET', '/api/v1/namespaces/n/pods/p/log', true],
  [44, { ...core(['pods']), apiGroups: ['apps'] }, 'GET', '/api/v1/namespaces/n/pods/p', false],
  [44, { ...core(['pods']), apiGroups: ['*'] }, 'GET', '/api/v1/namespaces/n/pods/p', true],
  [44, { ...core(['pods']), apiGroups: [] }, 'GET', '/api/v1/namespaces/n/pods/p', false],
  [45, secretA, 'GET', `${SECRETS}/a`, true],
  [45, secretA, 'GET', `${SECRETS}/b`, false],
  [45, secretA, 'GET', SECRETS, false],
  [45, secretA, 'GET', `${SECRETS}?fieldSelector=metadata.name=a`, true],
  [45, secretA, 'POST', SECRETS, false],
  [45, { ...secretA, resourceNames: ['*'] }, 'GET', `${SECRETS}/a`, false],
  [45, { ...secretA, resourceNames: [''] }, 'GET', SECRETS, false],
  [46, { ...secretA, verbs: ['create'] }, 'POST', SECRETS, false],
  [47, urls('/a/*'), 'GET', '/a/b', true],
  [47, urls('/a/*'), 'GET', '/a/', true],
  [47, urls('/a/*'), 'GET', '/a', false],
  [47, urls('/a**'), 'GET', '/abc', true],
  [48, urls('/a'), 'GET', '/a/', false],
  [49, urls('*'), 'GET', '/api/v1/namespaces/n/pods/p', false],
  [49, core(['*'], ['*']), 'GET', '/healthz', false],
  [49, urls('*'), 'GET', '/anything', true],
  [49, urls('*'), 'POST', '/anything', false],
];

for (const [row, rule, method, url, want] of ROWS) {
  test(`row ${row}: ${JSON.stringify(rule)} ${want ? 'allows' : 'does not allow'} ${method} ${url}`, () => {
    assert.equal(ruleAllows(rule, ruleRequestOf(attributesOf(user, parseRequestInfo(method, url)))), want);
  });
}

test('row 43: verbs are compared exactly, and * is every verb', () => {
  const odd = ruleRequestOf(resourceAttributes(user, { verb: 'Get', resource: 'pods' }));
  assert.equal(ruleAllows(core(['pods'], ['*']), odd), true);
  assert.equal(ruleAllows(core(['pods'], ['get']), odd), false);
});
