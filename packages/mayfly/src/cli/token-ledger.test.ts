import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { type LedgerAnswer, ledgerText } from './token-ledger.ts';

const NOW_MS = Date.parse('2026-01-01T00:10:00Z');

function answer(lastUsed?: NonNullable<IssuedToken['status']>['lastUsed']): LedgerAnswer {
  const requestedBy = { username: 'jane', sourceIP: '10.0.0.7', userAgent: 'kubectl/v1.35.2' };
  const row = { spec: { requestedBy }, ...(lastUsed && { status: { lastUsed } }) };
  return { found: true, row: row as IssuedToken };
}

for (const { name, given, want } of [
  {
    name: 'who asked and where it was last seen',
    given: answer({ time: '2026-01-01T00:08:00Z', sourceIP: '10.0.0.9', userAgent: '' }),
    want: 'requested by  jane from 10.0.0.7 with kubectl/v1.35.2\nlast used     2m ago from 10.0.0.9\n',
  },
  {
    name: 'that it was never used',
    given: answer(),
    want: 'requested by  jane from 10.0.0.7 with kubectl/v1.35.2\nlast used     never\n',
  },
  {
    name: 'that there is no row',
    given: { found: false, why: 'not issued by this server, or ended' } as const,
    want: 'ledger        no row: not issued by this server, or ended\n',
  },
]) {
  test(`ledgerText says ${name}`, () => {
    assert.equal(ledgerText(given, NOW_MS), want);
  });
}
