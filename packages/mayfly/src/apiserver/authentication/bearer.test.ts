import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Authentication, failed, NO_OPINION } from './authenticator.ts';
import { BearerAuthenticator, parseBearerHeader } from './bearer.ts';
import { newRequest } from './request-fixture.ts';

const token = (text: string) => ({ form: 'token', token: text });
for (const { id, value, want } of [
  { id: 28, value: 'bEaReR tok', want: token('tok') },
  { id: 29, value: 'Bearer  tok', want: { form: 'extra-space' } },
  { id: 30, value: 'Bearer', want: { form: 'absent' } },
  { id: 30, value: 'Bearer ', want: { form: 'absent' } },
  { id: 31, value: 'Bearer tok extra', want: token('tok') },
  { id: 31, value: 'Bearer tok extra more', want: token('tok') },
  { id: 32, value: 'Bearer\ttok', want: { form: 'absent' } },
  { id: 33, value: 'Token tok', want: { form: 'absent' } },
  { id: 33, value: 'Bearers tok', want: { form: 'absent' } },
  { id: 0, value: '', want: { form: 'absent' } },
  { id: 0, value: '  Bearer tok  ', want: token('tok') },
]) {
  test(`row ${id}: ${JSON.stringify(value)} is ${want.form}`, () => {
    assert.deepEqual(parseBearerHeader(value), want);
  });
}

const USER = { name: 'u', uid: '', groups: [], extra: {} };
const YES: Authentication = { outcome: 'authenticated', user: USER, audiences: ['api'] };

for (const { name, answer, want } of [
  { name: 'no opinion is an invalid token (34)', answer: NO_OPINION, want: failed('invalid bearer token') },
  { name: 'a failure is passed on', answer: failed('expired'), want: failed('expired') },
  { name: 'a success is passed on', answer: YES, want: YES },
]) {
  test(`BearerAuthenticator: ${name}`, async () => {
    const authenticator = new BearerAuthenticator({ authenticateToken: async () => answer });
    assert.deepEqual(await authenticator.authenticateRequest(newRequest({ authorization: ['Bearer tok'] })), want);
  });
}

test('only the first Authorization header counts (35)', async () => {
  const authenticator = new BearerAuthenticator({
    authenticateToken: async (text) => (text === 'good' ? YES : NO_OPINION),
  });
  const request = newRequest({ authorization: ['Bearer bad', 'Bearer good'] });
  assert.equal((await authenticator.authenticateRequest(request)).outcome, 'failed');
});

test('an extra space is ignored with a warning (29, A31)', async () => {
  const authenticator = new BearerAuthenticator({ authenticateToken: async () => YES });
  const request = newRequest({ authorization: ['Bearer  tok'] });
  assert.deepEqual(await authenticator.authenticateRequest(request), NO_OPINION);
  assert.deepEqual(request.warnings, [
    'the provided Authorization header contains extra space before the bearer token, and is ignored',
  ]);
});
