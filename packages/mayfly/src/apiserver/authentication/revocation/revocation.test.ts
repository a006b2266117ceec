import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RevocationVerdict } from '../../serviceaccount/revocation/checker.ts';
import type { TokenCredential } from '../../serviceaccount/revocation/credential.ts';
import { type Authentication, failed, NO_OPINION } from '../authenticator.ts';
import { newRequest } from '../request-fixture.ts';
import { RevocationAuthenticator } from './revocation.ts';

const credential: TokenCredential = {
  id: 'j1',
  namespace: 'ns1',
  issuedAt: 0,
  serviceAccountUID: 'S1',
  podUID: undefined,
  nodeUID: undefined,
};
const user = { name: 'u', uid: '', groups: [], extra: {} };
const BOUND: Authentication = { outcome: 'authenticated', user, audiences: [], credential };
const OTHER: Authentication = { outcome: 'authenticated', user, audiences: [] };

for (const { name, answer, verdict, want } of [
  { name: 'passes a good token', answer: BOUND, verdict: 'good', want: BOUND },
  { name: 'refuses a revoked one', answer: BOUND, verdict: 'revoked', want: failed('token has been revoked') },
  {
    name: 'refuses what it cannot check',
    answer: BOUND,
    verdict: 'unknown',
    want: failed('token revocations cannot be checked'),
  },
  { name: 'passes what no revocation can mean', answer: OTHER, verdict: 'unknown', want: OTHER },
  { name: 'passes a refusal on', answer: failed('no'), verdict: 'revoked', want: failed('no') },
  { name: 'has no opinion where nobody has', answer: NO_OPINION, verdict: 'revoked', want: NO_OPINION },
] as const) {
  for (const isLate of [false, true]) {
    test(`${name}${isLate ? ', when the verdict comes late' : ''}`, async () => {
      const counted: RevocationVerdict[] = [];
      const authenticator = new RevocationAuthenticator({
        inner: { authenticateToken: () => answer },
        revocations: { verdict: () => (isLate ? Promise.resolve(verdict) : verdict) },
        refused: (each) => void counted.push(each),
      });
      assert.deepEqual(await authenticator.authenticateToken('t', newRequest()), want);
      assert.deepEqual(counted, answer === BOUND && verdict !== 'good' ? [verdict] : []);
    });
  }
}

test('an answer that is there costs no promise', () => {
  const authenticator = new RevocationAuthenticator({
    inner: { authenticateToken: () => BOUND },
    revocations: { verdict: () => 'good' },
    refused: () => undefined,
  });
  assert.equal(authenticator.authenticateToken('t', newRequest()), BOUND);
});
