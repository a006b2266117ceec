import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenCredential } from './credential.ts';
import { type GroupRevocation, matchOf, SURELY_BEFORE_SECONDS } from './revocation.ts';
import { RevocationIndex } from './revocation-index.ts';

const T = 1_767_225_600;

const token = (parts: Partial<TokenCredential> = {}): TokenCredential => ({
  id: 'j1',
  namespace: 'ns1',
  issuedAt: T - 3600,
  serviceAccountUID: 'S1',
  podUID: 'P1',
  nodeUID: 'N1',
  ...parts,
});

const group = (parts: Partial<GroupRevocation> = {}): GroupRevocation => ({
  name: 'r1',
  by: 'serviceAccount',
  uid: 'S1',
  issuedBefore: undefined,
  createdAt: T,
  ...parts,
});

for (const { name, revocation, issuedAt, want } of [
  { name: 'a token as old as it gets', revocation: {}, issuedAt: 0, want: 'yes' },
  { name: 'one just old enough', revocation: {}, issuedAt: T - SURELY_BEFORE_SECONDS - 1, want: 'yes' },
  { name: 'one a second younger', revocation: {}, issuedAt: T - SURELY_BEFORE_SECONDS, want: 'ask' },
  { name: 'one of the same second', revocation: {}, issuedAt: T, want: 'ask' },
  { name: 'one by a clock an hour ahead', revocation: {}, issuedAt: T + 3600, want: 'ask' },
  { name: 'one before the time given', revocation: { issuedBefore: T - 1000 }, issuedAt: T - 1001, want: 'yes' },
  { name: 'one at the time given', revocation: { issuedBefore: T - 1000 }, issuedAt: T - 1000, want: 'no' },
  { name: 'one before a time just past', revocation: { issuedBefore: T - 10 }, issuedAt: T - 11, want: 'ask' },
  { name: 'one after a time just past', revocation: { issuedBefore: T - 10 }, issuedAt: T - 10, want: 'no' },
] as const) {
  test(`matchOf says ${want} of ${name}`, () => {
    assert.equal(matchOf(group(revocation), { issuedAt }), want);
  });
}

for (const { name, revocations, credential, want } of [
  { name: 'nothing revoked', revocations: [], credential: {}, want: 'good' },
  { name: 'the token', revocations: [{ by: 'credential', name: 'j1' }], credential: {}, want: 'revoked' },
  { name: 'a sibling', revocations: [{ by: 'credential', name: 'j2' }], credential: {}, want: 'good' },
  { name: 'its account', revocations: [group()], credential: {}, want: 'revoked' },
  { name: 'another account', revocations: [group({ uid: 'S2' })], credential: {}, want: 'good' },
  { name: 'its pod', revocations: [group({ by: 'pod', uid: 'P1' })], credential: {}, want: 'revoked' },
  {
    name: 'a pod, of a token of none',
    revocations: [group({ by: 'pod', uid: 'P1' })],
    credential: { podUID: undefined },
    want: 'good',
  },
  { name: 'its node', revocations: [group({ by: 'node', uid: 'N1' })], credential: {}, want: 'revoked' },
  {
    name: 'a node, of a token of none',
    revocations: [group({ by: 'node', uid: 'N1' })],
    credential: { nodeUID: undefined },
    want: 'good',
  },
  {
    name: 'a pod with the uid of its account',
    revocations: [group({ by: 'pod', uid: 'S1' })],
    credential: {},
    want: 'good',
  },
  {
    name: 'its account, twice of late',
    revocations: [group(), group({ name: 'r2' })],
    credential: { issuedAt: T },
    want: { ask: ['r1', 'r2'] },
  },
  {
    name: 'its account of late and its pod long after',
    revocations: [group(), group({ name: 'r2', by: 'pod', uid: 'P1', createdAt: T + 3600 })],
    credential: { issuedAt: T },
    want: 'revoked',
  },
] as const) {
  test(`the verdict when revoked is ${name}`, () => {
    const index = new RevocationIndex();
    for (const revocation of revocations) index.add(revocation);
    assert.equal(index.size, revocations.length);
    assert.deepEqual(index.verdict(token(credential)), want);
    for (const revocation of [...revocations, ...revocations]) index.remove(revocation);
    assert.deepEqual([index.size, index.verdict(token(credential))], [0, 'good']);
  });
}

test('the same revocation counts once, in its last form', () => {
  const index = new RevocationIndex();
  index.add(group({ issuedBefore: T - 7200 }));
  index.add(group());
  assert.deepEqual([index.size, index.verdict(token())], [1, 'revoked']);
});
