/** What happens to a workload when its token ages, or when the pod it is bound to goes: seen in milliseconds. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { newCheckout } from './checkout.ts';

let mayfly: Mayfly;
before(async () => {
  mayfly = await startMayfly();
});
after(() => mayfly.close());

test('a call with a fresh token is paid by its service account', async () => {
  const token = await mayfly.issueToken('default', 'checkout', { audiences: ['payments'] });
  const checkout = newCheckout({ readToken: async () => token, verify: asPayments });
  assert.deepEqual(await checkout.pay(5), { status: 200, paidBy: 'system:serviceaccount:default:checkout', amount: 5 });
});

test('a token that is never read again stops working', async () => {
  const token = await mayfly.issueToken('default', 'checkout', { audiences: ['payments'], expirationSeconds: 600 });
  const checkout = newCheckout({ readToken: async () => token, verify: asPayments });
  mayfly.clock.advance(11 * 60_000 + 1000); // the ten minutes, and a minute of leeway for clocks that differ
  assert.deepEqual(await checkout.pay(5), { status: 401 });
});

test('a token ends with the Secret it is bound to', async () => {
  const secrets = '/api/v1/namespaces/default/secrets';
  await mayfly.admin.request('POST', secrets, { metadata: { name: 'anchor' } });
  const token = await mayfly.issueToken('default', 'checkout', {
    audiences: ['payments'],
    boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'anchor' },
  });
  const checkout = newCheckout({ readToken: async () => token, verify: asPayments });
  assert.equal((await checkout.pay(5)).status, 200);
  await mayfly.admin.request('DELETE', `${secrets}/anchor`);
  mayfly.clock.advance(10_001); // an accepted token is remembered for ten seconds
  assert.equal((await checkout.pay(5)).status, 401);
});

/** The payment service: asks a TokenReview for its own audience. */
async function asPayments(token: string): Promise<string | undefined> {
  const { status } = (await mayfly.admin.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    spec: { token, audiences: ['payments'] },
  })) as { status: { authenticated?: boolean; user?: { username: string } } };
  return status.authenticated === true ? status.user?.username : undefined;
}
