/** What a revocation closes, and that every server over the store enforces it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeClock } from '../../clock/fake-clock.ts';
import { type Mayfly, startMayfly } from '../../testing/start.ts';
import { bearer, idOf, makeAdmin, openWatch, review, revoke } from './revocation-fixture.ts';

let mayfly: Mayfly;
before(async () => {
  mayfly = await startMayfly();
});
after(() => mayfly.close());

test('open watches of a token end, also as whoever it acts as; those of its siblings go on', async () => {
  const [token, sibling] = [await mayfly.issueToken('default', 'one'), await mayfly.issueToken('default', 'one')];
  await makeAdmin(mayfly, 'one');
  const own = await openWatch(mayfly, token);
  const acting = await openWatch(mayfly, token, { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' });
  const others = await openWatch(mayfly, sibling);
  await revoke(mayfly, { credentialID: `JTI=${idOf(token)}` });
  assert.deepEqual(await Promise.all([own.ended, acting.ended]), ['ended', 'ended']);
  assert.equal(await bearer(mayfly, sibling), 201);
  assert.ok(others.isOpen);
  await revoke(mayfly, { serviceAccount: { namespace: 'default', name: 'one' } });
  assert.equal(await others.ended, 'ended');
});

for (const skewMs of [30_000, 0, -30_000]) {
  test(`a second server whose clock is ${skewMs / 1000} s ahead enforces it too, and its own tokens end`, async () => {
    const second = await startMayfly({ store: mayfly.store, clock: new FakeClock(mayfly.clock.nowMs() + skewMs) });
    try {
      const account = `two${skewMs}`.replace('-', 'm');
      const issue = async () => [
        await mayfly.issueToken('default', account),
        await second.issueToken('default', account),
      ];
      const single = await mayfly.issueToken('default', 'three');
      const tokens = await issue();
      const all = [single, ...tokens];
      await makeAdmin(second, account);
      const watches = await Promise.all(tokens.map((token) => openWatch(second, token)));
      for (const token of all) assert.deepEqual(await bearers(token, second), [201, 201]);
      await revoke(mayfly, { credentialID: idOf(single) });
      await revoke(mayfly, { serviceAccount: { namespace: 'default', name: account } });
      for (const token of all) {
        assert.deepEqual(await bearers(token, second), [401, 401]);
        assert.equal((await review(second, token)).error, '[invalid bearer token, token has been revoked]');
      }
      assert.deepEqual(await Promise.all(watches.map(({ ended }) => ended)), ['ended', 'ended']);
      for (const token of await issue()) assert.deepEqual(await bearers(token, second), [201, 201]);
    } finally {
      await second.close();
    }
  });
}

async function bearers(token: string, second: Mayfly): Promise<readonly number[]> {
  return [await bearer(mayfly, token), await bearer(second, token)];
}

test('a server that starts knows every revocation before it serves', async () => {
  const token = await mayfly.issueToken('default', 'four');
  await revoke(mayfly, { credentialID: idOf(token) });
  const second = await startMayfly({ store: mayfly.store, clock: new FakeClock(mayfly.clock.nowMs()) });
  assert.equal(await bearer(second, token), 401);
  await second.close();
});
