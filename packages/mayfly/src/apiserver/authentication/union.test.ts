import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Authentication, failed, NO_OPINION, type RequestAuthenticator } from './authenticator.ts';
import { newRequest } from './request-fixture.ts';
import { continueUnion, failFastUnion, failureText } from './union.ts';

const YES: Authentication = {
  outcome: 'authenticated',
  user: { name: 'u', uid: '', groups: [], extra: {} },
  audiences: [],
};

function members(...answers: Authentication[]): { list: RequestAuthenticator[]; asked: number[] } {
  const asked: number[] = [];
  const list = answers.map((answer, index) => ({
    authenticateRequest: async () => {
      asked.push(index);
      return answer;
    },
  }));
  return { list, asked };
}

for (const { name, answers, carriesOn, stops } of [
  { name: 'nobody', answers: [NO_OPINION, NO_OPINION], carriesOn: NO_OPINION, stops: NO_OPINION },
  { name: 'the second', answers: [NO_OPINION, YES, failed('x')], carriesOn: YES, stops: YES },
  { name: 'a failure before a success', answers: [failed('x'), YES], carriesOn: YES, stops: failed('x') },
  { name: 'two failures', answers: [failed('x'), failed('y', 'x')], carriesOn: failed('x', 'y'), stops: failed('x') },
  {
    name: 'a failure before no opinion',
    answers: [failed('x'), NO_OPINION],
    carriesOn: failed('x'),
    stops: failed('x'),
  },
]) {
  test(`unions of ${name}`, async () => {
    assert.deepEqual(await continueUnion(members(...answers).list).authenticateRequest(newRequest()), carriesOn);
    assert.deepEqual(await failFastUnion(members(...answers).list).authenticateRequest(newRequest()), stops);
  });
}

test('the members behind the first success are not asked', async () => {
  const { list, asked } = members(failed('x'), YES, YES);
  await continueUnion(list).authenticateRequest(newRequest());
  assert.deepEqual(asked, [0, 1]);
});

test('a union of one is that one, of none has no opinion', async () => {
  const [only] = members(YES).list;
  assert.ok(only);
  assert.equal(continueUnion([only]), only);
  assert.equal(failFastUnion([only]), only);
  assert.deepEqual(await continueUnion([]).authenticateRequest(newRequest()), NO_OPINION);
});

for (const { messages, want } of [
  { messages: ['a'], want: 'a' },
  { messages: ['a', 'a'], want: 'a' },
  { messages: ['a', 'b'], want: '[a, b]' },
  { messages: ['a', 'b', 'a'], want: '[a, b]' },
]) {
  test(`failureText of ${messages.join('+')} is ${want}`, () => {
    assert.equal(failureText({ messages }), want);
  });
}
