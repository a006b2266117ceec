import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '@mayfly/api/user/user';
import { parseRequestInfo } from '../requestinfo/parse.ts';
import { alwaysAllowAuthorizer, alwaysDenyAuthorizer } from './always.ts';
import { attributesOf } from './attributes.ts';
import type { AuthorizationVerdict, Authorizer } from './authorizer.ts';
import { authorizationModesProblem, newAuthorizer } from './order.ts';
import { privilegedGroupAuthorizer } from './privileged-group.ts';
import { unionAuthorizer, unionRuleResolver } from './union.ts';

const alice: UserInfo = { name: 'alice', uid: '', groups: ['dev', 'system:authenticated'], extra: {} };
const root: UserInfo = { name: 'root', uid: '', groups: ['system:masters'], extra: {} };
const version = (user: UserInfo) => attributesOf(user, parseRequestInfo('GET', '/version'));
const always = (verdict: AuthorizationVerdict): Authorizer => ({ authorize: () => Promise.resolve(verdict) });
const none = (reason: string, error?: string): Authorizer =>
  always({ decision: 'NoOpinion', reason, ...(error !== undefined && { error }) });

for (const { row, modes, want } of [
  { row: 18, modes: [], want: 'at least one authorization-mode must be passed' },
  { row: 19, modes: ['RBAC', 'RBAC'], want: 'authorization-mode ["RBAC" "RBAC"] has mode specified more than once' },
  { row: 19, modes: ['rbac'], want: 'authorization-mode "rbac" is not a valid mode' },
  { row: 19, modes: ['RBAC', 'AlwaysDeny'], want: undefined },
]) {
  test(`row ${row}: modes [${modes.join()}]`, () => {
    assert.equal(authorizationModesProblem(modes), want);
    if (want !== undefined)
      assert.throws(() => newAuthorizer({ modes, rbac: alwaysDenyAuthorizer }), { message: want });
  });
}

test('row 20: AlwaysDeny has no opinion and says so', async () => {
  const verdict = await newAuthorizer({ modes: ['AlwaysDeny'], rbac: alwaysAllowAuthorizer }).authorize(version(alice));
  assert.deepEqual(verdict, { decision: 'NoOpinion', reason: 'Everything is forbidden.' });
});

test('row 21: system:masters is asked about before everything configured', async () => {
  for (const modes of [['AlwaysDeny'], ['AlwaysDeny', 'RBAC']]) {
    const verdict = await newAuthorizer({ modes, rbac: alwaysDenyAuthorizer }).authorize(version(root));
    assert.deepEqual(verdict, { decision: 'Allow', reason: '' });
  }
});

test('only members of system:masters are privileged', async () => {
  assert.equal((await privilegedGroupAuthorizer.authorize(version(alice))).decision, 'NoOpinion');
  const named = { ...alice, name: 'system:masters' };
  assert.equal((await privilegedGroupAuthorizer.authorize(version(named))).decision, 'NoOpinion');
});

for (const { row, chain, want } of [
  { row: 22, chain: [none('x'), always({ decision: 'Allow', reason: 'y' })], want: { decision: 'Allow', reason: 'y' } },
  {
    row: 23,
    chain: [always({ decision: 'Deny', reason: 'x' }), always({ decision: 'Allow', reason: '' })],
    want: { decision: 'Deny', reason: 'x' },
  },
  { row: 24, chain: [none('x'), none('y')], want: { decision: 'NoOpinion', reason: 'x\ny' } },
  {
    row: 25,
    chain: [none('', 'e'), always({ decision: 'Allow', reason: '' })],
    want: { decision: 'Allow', reason: '' },
  },
  { row: 26, chain: [none('', 'e'), none('')], want: { decision: 'NoOpinion', reason: '', error: 'e' } },
  { row: 26, chain: [none('', 'e'), none('', 'e')], want: { decision: 'NoOpinion', reason: '', error: 'e' } },
  { row: 26, chain: [none('', 'e'), none('', 'f')], want: { decision: 'NoOpinion', reason: '', error: '[e, f]' } },
  { row: 26, chain: [], want: { decision: 'NoOpinion', reason: '' } },
]) {
  test(`row ${row}: union of ${chain.length}`, async () => {
    assert.deepEqual(await unionAuthorizer(chain).authorize(version(alice)), want);
  });
}

test('the union of resolvers concatenates, and is incomplete if one is', async () => {
  const silent = {
    rulesFor: () => Promise.resolve({ resourceRules: [], nonResourceRules: [], incomplete: true, errors: ['w'] }),
  };
  const union = unionRuleResolver([alwaysAllowAuthorizer, silent]);
  const rules = await union.rulesFor(alice, 'ns1');
  assert.equal(rules.resourceRules.length, 1);
  assert.equal(rules.incomplete, true);
  assert.deepEqual(rules.errors, ['w']);
});
