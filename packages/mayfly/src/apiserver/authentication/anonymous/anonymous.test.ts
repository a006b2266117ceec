import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRequest } from '../request-fixture.ts';
import { AnonymousAuthenticator } from './anonymous.ts';

for (const { id, conditions, path, want } of [
  { id: 1, conditions: [], path: '/api', want: 'authenticated' },
  { id: 3, conditions: [{ path: '/livez' }], path: '/livez', want: 'authenticated' },
  { id: 4, conditions: [{ path: '/livez' }], path: '/livez/', want: 'no-opinion' },
  { id: 5, conditions: [{ path: '/livez' }], path: '/readyz', want: 'no-opinion' },
  { id: 5, conditions: [{ path: '/livez' }], path: '/LIVEZ', want: 'no-opinion' },
  { id: 5, conditions: [{ path: '/' }], path: '/api', want: 'no-opinion' },
]) {
  test(`row ${id}: ${path} with ${JSON.stringify(conditions)} is ${want}`, () => {
    const authenticator = new AnonymousAuthenticator({ enabled: true, conditions });
    const answer = authenticator.authenticateRequest(newRequest({}, { path, audiences: ['x', 'y'] }));
    assert.equal(answer.outcome, want);
    if (answer.outcome !== 'authenticated') return;
    assert.deepEqual(answer.user, { name: 'system:anonymous', uid: '', groups: ['system:unauthenticated'], extra: {} });
    assert.deepEqual(answer.audiences, ['x', 'y']);
  });
}
