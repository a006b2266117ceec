import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Authentication, failed, NO_OPINION } from '../authenticator.ts';
import { newRequest } from '../request-fixture.ts';
import {
  addingAuthenticatedGroup,
  addingAuthenticatedTokenGroup,
  withAuthenticatedGroup,
} from './authenticated-group-adder.ts';

for (const { id, name, groups, want } of [
  { id: 7, name: 'jbeda', groups: ['app1', 'app2'], want: ['app1', 'app2', 'system:authenticated'] },
  { id: 23, name: 'x', groups: ['system:masters'], want: ['system:masters', 'system:authenticated'] },
  { id: 24, name: 'system:anonymous', groups: ['g'], want: ['g'] },
  { id: 25, name: 'x', groups: ['system:authenticated', 'g'], want: ['system:authenticated', 'g'] },
  { id: 18, name: 'x', groups: ['system:unauthenticated'], want: ['system:unauthenticated'] },
]) {
  test(`row ${id}: ${name} in ${groups.join()} ends in ${want.join()}`, () => {
    assert.deepEqual(withAuthenticatedGroup({ name, uid: '', groups, extra: {} }).groups, want);
  });
}

const user = { name: 'u', uid: '', groups: ['g'], extra: {} };
const answer: Authentication = { outcome: 'authenticated', user, audiences: ['api'] };

test('an answer is completed, at once or when it comes, and the answer itself is left alone', async () => {
  const want = { ...answer, user: { ...user, groups: ['g', 'system:authenticated'] } };
  assert.deepEqual(
    addingAuthenticatedGroup({ authenticateRequest: () => answer }).authenticateRequest(newRequest()),
    want,
  );
  const later = addingAuthenticatedTokenGroup({ authenticateToken: async () => answer });
  assert.deepEqual(await later.authenticateToken('t', newRequest()), want);
  assert.deepEqual(user.groups, ['g']);
});

for (const { name, passed } of [
  { name: 'a failure', passed: failed('x') },
  { name: 'no opinion', passed: NO_OPINION },
  { name: 'a complete answer', passed: { ...answer, user: { ...user, groups: ['system:authenticated'] } } },
]) {
  test(`${name} passes as it is`, () => {
    const adder = addingAuthenticatedGroup({ authenticateRequest: () => passed });
    assert.equal(adder.authenticateRequest(newRequest()), passed);
  });
}
