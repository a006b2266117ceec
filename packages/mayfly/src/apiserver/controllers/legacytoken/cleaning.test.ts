import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '@mayfly/api/core/v1/secret';
import { DAY_MS } from '../../serviceaccount/legacy/labels.ts';
import { cleanUpWindow, isUnused } from './cleaning.ts';

const P = 365 * DAY_MS;
const SINCE = Date.UTC(2024, 0, 1);

test('the first day of tracking does not count', () => {
  assert.equal(cleanUpWindow(SINCE, P, SINCE + P + DAY_MS - 1), undefined);
  assert.deepEqual(cleanUpWindow(SINCE, P, SINCE + P + DAY_MS), { thresholdMs: SINCE + DAY_MS, date: '2024-01-02' });
});

const window = { thresholdMs: Date.UTC(2025, 0, 1), date: '2025-01-01' };
const old = { creationTimestamp: '2024-12-31T23:59:59Z' };
const type = 'kubernetes.io/service-account-token';

for (const { name, secret, want } of [
  { name: 'an old token Secret', secret: { type, metadata: old }, want: true },
  { name: 'a Secret of another type', secret: { type: 'Opaque', metadata: old }, want: false },
  { name: 'one being deleted', secret: { type, metadata: { ...old, deletionTimestamp: 'now' } }, want: false },
  { name: 'one of no age', secret: { type, metadata: {} }, want: false },
  {
    name: 'one of the threshold',
    secret: { type, metadata: { creationTimestamp: '2025-01-01T00:00:00Z' } },
    want: false,
  },
] as { name: string; secret: Secret; want: boolean }[]) {
  test(`isUnused: ${name}: ${want}`, () => assert.equal(isUnused(secret, window), want));
}
