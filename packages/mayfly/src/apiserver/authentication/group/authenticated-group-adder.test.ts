import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Authentication, failed } from '../authenticator.ts';
import { newRequest } from '../request-fixture.ts';
import { AuthenticatedGroupAdder, withAuthenticatedGroup } from './authenticated-group-adder.ts';

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

test('the same answer is completed once, and the answer itself is left alone', async () => {
  const user = { name: 'u', uid: '', groups: ['g'], extra: {} };
  const answer: Authentication = { outcome: 'authenticated', user, audiences: ['api'] };
  const adder = new AuthenticatedGroupAdder({ authenticateRequest: async () => answer });
  const first = await adder.authenticateRequest(newRequest());
  assert.equal(await adder.authenticateRequest(newRequest()), first);
  assert.deepEqual(user.groups, ['g']);
});

test('a failure passes unchanged', async () => {
  const answer = failed('x');
  const adder = new AuthenticatedGroupAdder({ authenticateRequest: async () => answer });
  assert.equal(await adder.authenticateRequest(newRequest()), answer);
});
