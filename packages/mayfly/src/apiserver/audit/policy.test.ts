import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestInfo } from '../requestinfo/parse.ts';
import type { AuditLevel } from './event.ts';
import { type AuditRule, auditDecider, DEFAULT_AUDIT_POLICY } from './policy.ts';

const root = { name: 'root', uid: '', groups: ['system:masters'], extra: {} };
const PODS = '/api/v1/namespaces/ns1/pods';
const on = (...resources: string[]): AuditRule => ({ level: 'Metadata', resources: [{ group: '', resources }] });

const ROWS: readonly {
  row: string;
  rules: AuditRule[];
  url: string;
  user?: typeof root | undefined;
  want: AuditLevel;
}[] = [
  {
    row: '171',
    rules: [{ ...on('secrets'), level: 'None' }, { level: 'Metadata' }],
    url: '/api/v1/secrets',
    want: 'None',
  },
  {
    row: '171',
    rules: [{ ...on('secrets'), level: 'None' }, { level: 'Metadata' }],
    url: '/api/v1/pods',
    want: 'Metadata',
  },
  { row: '172', rules: [on('pods')], url: `${PODS}/p/log`, want: 'None' },
  { row: '173', rules: [on('pods/*')], url: `${PODS}/p`, want: 'Metadata' },
  { row: '173', rules: [on('pods/*')], url: `${PODS}/p/log`, want: 'Metadata' },
  { row: '173: */log', rules: [on('*/log')], url: `${PODS}/p/log`, want: 'Metadata' },
  { row: '173: */log', rules: [on('*/log')], url: `${PODS}/p`, want: 'None' },
  { row: '173: *', rules: [on('*')], url: `${PODS}/p/log`, want: 'Metadata' },
  { row: 'another group', rules: [on('deployments')], url: '/apis/apps/v1/deployments', want: 'None' },
  {
    row: 'any group',
    rules: [{ level: 'Metadata', resources: [{ group: '*' }] }],
    url: '/apis/apps/v1/deployments',
    want: 'Metadata',
  },
  {
    row: 'names',
    rules: [{ level: 'Metadata', resources: [{ group: '', resources: ['pods'], resourceNames: ['p'] }] }],
    url: PODS,
    want: 'None',
  },
  { row: '174', rules: [{ level: 'Metadata', users: ['alice'] }], url: '/x', want: 'None' },
  { row: '174', rules: [{ level: 'Metadata', users: ['root'] }], url: '/x', want: 'Metadata' },
  { row: '174: groups', rules: [{ level: 'Metadata', userGroups: ['system:masters'] }], url: '/x', want: 'Metadata' },
  {
    row: '401: no user matches no user rule',
    rules: [
      { level: 'Metadata', users: ['root'] },
      { level: 'Metadata', userGroups: ['system:masters'] },
    ],
    url: '/x',
    user: undefined,
    want: 'None',
  },
  { row: '175', rules: [{ level: 'Metadata', verbs: ['create'] }], url: PODS, want: 'None' },
  { row: 'cluster-scoped', rules: [{ level: 'Metadata', namespaces: [''] }], url: PODS, want: 'None' },
  { row: 'cluster-scoped', rules: [{ level: 'Metadata', namespaces: [''] }], url: '/api/v1/nodes', want: 'Metadata' },
  { row: 'URLs', rules: [{ level: 'Metadata', nonResourceURLs: ['/health*'] }], url: '/healthz', want: 'Metadata' },
  {
    row: 'URLs do not match resources',
    rules: [{ level: 'Metadata', nonResourceURLs: ['*'] }],
    url: PODS,
    want: 'None',
  },
  { row: 'resources do not match URLs', rules: [on('*')], url: '/healthz', want: 'None' },
];

for (const { row, rules, url, want, ...rest } of ROWS) {
  test(`audit policy row ${row}: ${url} is ${want}`, () => {
    const user = 'user' in rest ? rest.user : root;
    assert.equal(auditDecider({ rules })(user, parseRequestInfo('GET', url)).level, want);
  });
}

test('row 176: a policy without rules is refused', () => {
  assert.throws(() => auditDecider({ rules: [] }), { message: 'loaded illegal policy with 0 rules' });
});

test('the default policy: metadata of everything, and no RequestReceived', () => {
  const decide = auditDecider(DEFAULT_AUDIT_POLICY);
  for (const url of ['/healthz', PODS, '/api/v1/secrets'])
    assert.deepEqual(decide(undefined, parseRequestInfo('GET', url)), {
      level: 'Metadata',
      omitStages: ['RequestReceived'],
    });
});
