import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '@mayfly/api/user/user';
import type { Attributes, Authorizer } from './authorizer.ts';
import { asksForImpersonation, impersonationVerdict } from './impersonation.ts';

const requestor: UserInfo = { name: 'admin', uid: '', groups: ['system:authenticated'], extra: {} };

/** Allows all but what `refuse` says, and remembers the questions. */
function recording(refuse: (question: Attributes) => boolean = () => false) {
  const asked: string[] = [];
  const authorizer: Authorizer = {
    authorize(question) {
      const { verb, apiGroup, resource, subresource, namespace, name, user } = question;
      assert.equal(user, requestor);
      asked.push([verb, apiGroup, resource, subresource, namespace, name].join(' '));
      return Promise.resolve({ decision: refuse(question) ? 'NoOpinion' : 'Allow', reason: '' });
    },
  };
  return { asked, authorizer };
}

const AUTHN = 'authentication.k8s.io';

for (const { name, headers, asked, user } of [
  {
    name: 'a user gets system:authenticated',
    headers: ['Impersonate-User', 'bob'],
    asked: ['impersonate  users   bob'],
    user: { name: 'bob', uid: '', groups: ['system:authenticated'], extra: {} },
  },
  {
    name: 'groups, extras and uid are each asked for, in this order',
    headers: [
      'impersonate-user',
      'bob',
      'Impersonate-Uid',
      'u1',
      'Impersonate-Group',
      'g1',
      'IMPERSONATE-GROUP',
      'g2',
      'Impersonate-Extra-Scopes',
      'a',
      'impersonate-extra-example.com%2fK',
      'b',
      'Impersonate-Extra-scopes',
      'c',
    ],
    asked: [
      'impersonate  users   bob',
      'impersonate  groups   g1',
      'impersonate  groups   g2',
      `impersonate ${AUTHN} userextras scopes  a`,
      `impersonate ${AUTHN} userextras scopes  c`,
      `impersonate ${AUTHN} userextras example.com/k  b`,
      `impersonate ${AUTHN} uids   u1`,
    ],
    user: {
      name: 'bob',
      uid: 'u1',
      groups: ['g1', 'g2', 'system:authenticated'],
      extra: { scopes: ['a', 'c'], 'example.com/k': ['b'] },
    },
  },
  {
    name: 'a service account gets its groups',
    headers: ['Impersonate-User', 'system:serviceaccount:ns1:app'],
    asked: ['impersonate  serviceaccounts  ns1 app'],
    user: {
      name: 'system:serviceaccount:ns1:app',
      uid: '',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns1', 'system:authenticated'],
      extra: {},
    },
  },
  {
    name: 'a malformed service account name is an ordinary user',
    headers: ['Impersonate-User', 'system:serviceaccount:NS:app'],
    asked: ['impersonate  users   system:serviceaccount:NS:app'],
    user: { name: 'system:serviceaccount:NS:app', uid: '', groups: ['system:authenticated'], extra: {} },
  },
  {
    name: 'anonymous is unauthenticated',
    headers: ['Impersonate-User', 'system:anonymous'],
    asked: ['impersonate  users   system:anonymous'],
    user: { name: 'system:anonymous', uid: '', groups: ['system:unauthenticated'], extra: {} },
  },
  {
    name: 'a given system:unauthenticated stays alone',
    headers: ['Impersonate-User', 'bob', 'Impersonate-Group', 'system:unauthenticated'],
    asked: ['impersonate  users   bob', 'impersonate  groups   system:unauthenticated'],
    user: { name: 'bob', uid: '', groups: ['system:unauthenticated'], extra: {} },
  },
  {
    name: 'UTF-8 names arrive as such',
    headers: ['Impersonate-User', Buffer.from('zoë').toString('latin1')],
    asked: ['impersonate  users   zoë'],
    user: { name: 'zoë', uid: '', groups: ['system:authenticated'], extra: {} },
  },
]) {
  test(`impersonation: ${name}`, async () => {
    const { asked: got, authorizer } = recording();
    const verdict = await impersonationVerdict(headers, requestor, authorizer);
    assert.deepEqual(verdict, { outcome: 'impersonated', user });
    assert.deepEqual(got, asked);
  });
}

for (const refused of ['users', 'groups', 'userextras', 'uids', 'serviceaccounts']) {
  test(`impersonation: a refusal of ${refused} refuses all`, async () => {
    const name = refused === 'serviceaccounts' ? 'system:serviceaccount:ns1:app' : 'bob';
    const headers = [
      'Impersonate-User',
      name,
      'Impersonate-Group',
      'g',
      'Impersonate-Extra-k',
      'v',
      'Impersonate-Uid',
      'u',
    ];
    const { authorizer } = recording(({ resource }) => resource === refused);
    const verdict = await impersonationVerdict(headers, requestor, authorizer);
    assert.equal(verdict.outcome, 'refused');
    if (verdict.outcome !== 'refused') return;
    assert.equal(verdict.status.code, 403);
    assert.match(verdict.status.message, new RegExp(`User "admin" cannot impersonate resource "${refused}`));
  });
}

test('impersonation: Deny and an authorizer that errs refuse too', async () => {
  for (const decision of ['Deny', 'NoOpinion'] as const) {
    const authorizer: Authorizer = {
      authorize: () => Promise.resolve({ decision, reason: '', error: 'webhook down' }),
    };
    const verdict = await impersonationVerdict(['Impersonate-User', 'bob'], requestor, authorizer);
    assert.equal(verdict.outcome, 'refused');
  }
});

for (const headers of [
  ['Impersonate-Group', 'system:masters'],
  ['Impersonate-Uid', 'u'],
  ['Impersonate-Extra-k', 'v'],
  ['Impersonate-User', '', 'Impersonate-Group', 'g'],
  ['Impersonate-User', '\xff\xfe'],
]) {
  test(`impersonation: ${JSON.stringify(headers)} is a 400`, async () => {
    const { asked, authorizer } = recording();
    const verdict = await impersonationVerdict(headers, requestor, authorizer);
    assert.equal(verdict.outcome === 'refused' && verdict.status.code, 400);
    assert.deepEqual(asked, []);
  });
}

test('impersonation: the 400 lists the references as Go prints them', async () => {
  const verdict = await impersonationVerdict(['Impersonate-Group', 'dev'], requestor, recording().authorizer);
  const message = verdict.outcome === 'refused' ? verdict.status.message : '';
  assert.equal(message, 'requested [{Group  dev    }] without impersonating a user');
});

test('requests without the headers pass through unasked', async () => {
  const headers = ['Host', 'h', 'If-Match', 'x', 'Impersonate', 'x', 'Impersonate-User', ''];
  assert.deepEqual(await impersonationVerdict(headers, requestor, recording().authorizer), { outcome: 'not-asked' });
  assert.equal(asksForImpersonation(['Host', 'Impersonate-User', 'Accept', 'x']), false); // values do not count
  assert.equal(asksForImpersonation(['iMPERSONATE-uSER', 'x']), true);
});
