import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenReview } from '@mayfly/api/authentication/v1/token-review';
import { FakeClock } from '../clock/fake-clock.ts';
import { startMayfly } from './start.ts';

const REVIEWS = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };

test('a second server over the same store accepts the tokens of the first, and closes alone', async () => {
  const first = await startMayfly();
  const second = await startMayfly({ store: first.store, clock: new FakeClock(first.clock.nowMs() + 30_000) });
  const token = await first.issueToken('default', 'app');
  const review = await second.admin.create<TokenReview>(REVIEWS, { spec: { token } } as TokenReview);
  assert.equal(review.status?.authenticated, true);
  assert.notEqual(second.url, first.url);
  await second.close();
  assert.ok(
    (await first.admin.get({ group: '', version: 'v1', resource: 'namespaces' }, { name: 'default' })) !== undefined,
  );
  await first.close();
});
