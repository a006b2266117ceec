import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { LoopbackAuthenticator } from './loopback.ts';

const authenticator = new LoopbackAuthenticator({ token: 'secret-1', random: new SeededRandom(1) });

test('the loopback token is the server itself (143)', () => {
  const answer = authenticator.authenticateToken('secret-1');
  assert.ok(answer.outcome === 'authenticated');
  const { name, uid, groups } = answer.user;
  assert.deepEqual([name, groups], ['system:apiserver', ['system:authenticated', 'system:masters']]);
  assert.match(uid, /^[0-9a-f-]{36}$/);
  assert.deepEqual(answer.audiences, []);
});

for (const token of ['secret-2', 'secret-', 'secret-11', '']) {
  test(`${JSON.stringify(token)} is not it`, () => {
    assert.equal(authenticator.authenticateToken(token).outcome, 'no-opinion');
  });
}
