import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../random/seeded-random.ts';
import { type Authentication, failed, NO_OPINION } from './authenticator.ts';
import { LoopbackAuthenticator } from './loopback/loopback.ts';
import { type AuthenticatorChainDeps, newAuthenticatorChain } from './order.ts';
import { newRequest } from './request-fixture.ts';
import { failureText } from './union.ts';

const PLACES = [
  'requestHeader',
  'passwordFile',
  'keystone',
  'x509',
  'tokenFile',
  'serviceAccount',
  'bootstrapToken',
  'jwt',
  'webhook',
] as const;
type Place = (typeof PLACES)[number];

const yes = (name: string, ...audiences: string[]): Authentication => {
  return { outcome: 'authenticated', user: { name, uid: '', groups: [], extra: {} }, audiences };
};

/** A chain whose strategies answer as told, and note that they were asked. */
function chainOf(answers: Partial<Record<Place, Authentication>>, more: Partial<AuthenticatorChainDeps> = {}) {
  const asked: string[] = [];
  const members = Object.fromEntries(
    PLACES.map((place) => {
      const answer = async () => {
        asked.push(place);
        return answers[place] ?? NO_OPINION;
      };
      return [place, place in answers ? { authenticateRequest: answer, authenticateToken: answer } : undefined];
    }),
  ) as unknown as Pick<AuthenticatorChainDeps, Place>;
  const chain = newAuthenticatorChain({
    apiAudiences: ['api'],
    loopback: new LoopbackAuthenticator({ token: 'loop', random: new SeededRandom(1) }),
    anonymous: { enabled: true, conditions: [] },
    cached: (tokens) => tokens,
    ...members,
    ...more,
  });
  return { chain, asked };
}

const BEARER = { authorization: ['Bearer tok'] };
const nameOf = (answer: Authentication) => (answer.outcome === 'authenticated' ? answer.user.name : answer.outcome);

test('the strategies are asked in the order of the contract, the tokens once for each way to carry one', async () => {
  const { chain, asked } = chainOf(Object.fromEntries(PLACES.map((place) => [place, NO_OPINION])));
  await chain.authenticateRequest(newRequest(BEARER));
  assert.deepEqual(asked, PLACES);
});

for (const { id, answers, headers = {}, more = {}, want } of [
  { id: '1', answers: {}, want: 'system:anonymous' },
  { id: '2', answers: {}, more: { anonymous: { enabled: false } }, want: 'no-opinion' },
  { id: '11', answers: { x509: failed('bad certificate') }, want: 'failed' },
  { id: '12', answers: { x509: failed('bad certificate'), tokenFile: yes('bob') }, headers: BEARER, want: 'bob' },
  { id: '15', answers: { x509: NO_OPINION, tokenFile: yes('bob') }, headers: BEARER, want: 'bob' },
  { id: '20', answers: { x509: yes('alice'), tokenFile: yes('bob') }, headers: BEARER, want: 'alice' },
  { id: '34', answers: { tokenFile: NO_OPINION }, headers: BEARER, want: 'failed' },
  { id: '34 without token strategies', answers: {}, headers: BEARER, want: 'failed' },
  { id: '143', answers: {}, headers: { authorization: ['Bearer loop'] }, want: 'system:apiserver' },
  {
    id: 'loopback before a certificate',
    answers: { x509: yes('alice') },
    headers: { authorization: ['Bearer loop'] },
    want: 'system:apiserver',
  },
] as const) {
  test(`row ${id}: ${want}`, async () => {
    const { chain } = chainOf(answers, more);
    assert.equal(nameOf(await chain.authenticateRequest(newRequest(headers))), want);
  });
}

test('the texts of all failures are there once, loopback’s first', async () => {
  const { chain } = chainOf({ x509: failed('X'), serviceAccount: failed('Y'), jwt: failed('X') });
  const answer = await chain.authenticateRequest(newRequest(BEARER));
  assert.ok(answer.outcome === 'failed');
  assert.equal(failureText(answer.failure), '[invalid bearer token, X, Y]');
});

for (const place of ['requestHeader', 'passwordFile', 'keystone', 'tokenFile', 'bootstrapToken', 'jwt'] as const) {
  test(`${place} is silent when other audiences are asked for, and reports the API's otherwise`, async () => {
    const { chain, asked } = chainOf({ [place]: yes('u') }, { anonymous: { enabled: false } });
    await chain.authenticateRequest(newRequest(BEARER, { audiences: ['vault'] }));
    assert.deepEqual(asked, []);
    const answer = await chain.authenticateRequest(newRequest(BEARER));
    assert.deepEqual(answer.outcome === 'authenticated' && answer.audiences, ['api']);
  });
}

for (const place of ['serviceAccount', 'webhook', 'x509'] as const) {
  test(`${place} is asked whatever the audiences are`, async () => {
    const { chain, asked } = chainOf({ [place]: yes('u', 'vault') });
    await chain.authenticateRequest(newRequest(BEARER, { audiences: ['vault'] }));
    assert.deepEqual(asked, [place]);
  });
}

test('the loopback token is for the API only', async () => {
  const { chain } = chainOf({});
  const request = newRequest({ authorization: ['Bearer loop'] }, { audiences: ['vault'] });
  assert.equal((await chain.authenticateRequest(request)).outcome, 'failed');
});

test('everyone but loopback and anonymous gets system:authenticated from the chain', async () => {
  const { chain } = chainOf({ webhook: yes('u', 'api') });
  const answer = await chain.authenticateRequest(newRequest(BEARER));
  assert.deepEqual(answer.outcome === 'authenticated' && answer.user.groups, ['system:authenticated']);
  const anonymous = await chain.authenticateRequest(newRequest());
  assert.deepEqual(anonymous.outcome === 'authenticated' && anonymous.user.groups, ['system:unauthenticated']);
});

test('the cache stands before all token strategies together, for both ways to carry a token', async () => {
  const wrapped: unknown[] = [];
  const { chain } = chainOf(
    { tokenFile: yes('u'), jwt: NO_OPINION },
    {
      cached: (tokens) => {
        wrapped.push(tokens);
        return tokens;
      },
    },
  );
  await chain.authenticateRequest(newRequest(BEARER));
  assert.equal(wrapped.length, 1);
});
