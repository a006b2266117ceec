import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audienceAgnosticRequest, audienceAgnosticToken, audiencesMeet, intersectAudiences } from './audiences.ts';
import { type Authentication, failed, NO_OPINION } from './authenticator.ts';
import { newRequest } from './request-fixture.ts';

const USER = { name: 'u', uid: '', groups: [], extra: {} };
const yes = (...audiences: string[]): Authentication => ({ outcome: 'authenticated', user: USER, audiences });

for (const { name, asked, inner, want } of [
  { name: 'none asked for', asked: undefined, inner: yes(), want: yes() },
  { name: 'the API asked for', asked: ['api'], inner: yes(), want: yes('api') },
  { name: 'among others', asked: ['x', 'api2', 'api'], inner: yes(), want: yes('api2', 'api') },
  { name: 'others only (132)', asked: ['vault'], inner: yes(), want: NO_OPINION },
  { name: 'none of none', asked: [], inner: yes(), want: NO_OPINION },
  { name: 'a failure', asked: ['api'], inner: failed('x'), want: failed('x') },
  {
    name: 'an inner one that knows audiences',
    asked: ['api'],
    inner: yes('a', 'b'),
    want: failed('audience agnostic authenticator wrapped an authenticator that returned audiences: ["a" "b"]'),
  },
]) {
  test(`audience-agnostic: ${name}`, async () => {
    const request = { ...newRequest(), audiences: asked };
    const token = audienceAgnosticToken(['api', 'api2'], { authenticateToken: async () => inner });
    assert.deepEqual(await token.authenticateToken('t', request), want);
    const whole = audienceAgnosticRequest(['api', 'api2'], { authenticateRequest: async () => inner });
    assert.deepEqual(await whole.authenticateRequest(request), want);
  });
}

test('a wrapped authenticator is not even asked for other audiences', async () => {
  const inner = { authenticateToken: () => Promise.reject(new Error('asked')) };
  const request = newRequest({}, { audiences: ['vault'] });
  assert.deepEqual(await audienceAgnosticToken(['api'], inner).authenticateToken('t', request), NO_OPINION);
});

test('intersectAudiences keeps the order and repeats of what is wanted', () => {
  assert.deepEqual(intersectAudiences(['b', 'a', 'b', 'c'], ['a', 'b']), ['b', 'a', 'b']);
});

for (const { wanted, held, want } of [
  { wanted: ['a'], held: ['b'], want: false },
  { wanted: ['a'], held: ['b', 'a'], want: true },
  { wanted: ['a'], held: [], want: true },
  { wanted: [], held: ['b'], want: true },
]) {
  test(`audiencesMeet ${JSON.stringify(wanted)} ${JSON.stringify(held)}`, () => {
    assert.equal(audiencesMeet(wanted, held), want);
  });
}
