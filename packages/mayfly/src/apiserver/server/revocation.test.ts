/** Revocation through the whole server, over TLS: which tokens end, as bearers and in reviews, and which do not. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { type Mayfly, startMayfly } from '../../testing/start.ts';
import { bearer, idOf, makePod, review, revoke } from './revocation-fixture.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

let mayfly: Mayfly;
before(async () => {
  mayfly = await startMayfly();
});
after(() => mayfly.close());

test('a revoked token is refused as a bearer and in reviews, cached or not, and its sibling is not', async () => {
  const [token, sibling] = [await mayfly.issueToken('default', 'one'), await mayfly.issueToken('default', 'one')];
  assert.equal(await bearer(mayfly, token), 201);
  assert.equal((await review(mayfly, token)).authenticated, true);
  const made = await revoke(mayfly, { credentialID: idOf(token), reason: 'leaked' });
  assert.equal(made.metadata?.name, idOf(token));
  assert.equal(made.status?.tokens, 1);
  assert.equal(await bearer(mayfly, token), 401);
  assert.deepEqual(await review(mayfly, token), { user: {}, error: '[invalid bearer token, token has been revoked]' });
  assert.equal(await bearer(mayfly, sibling), 201);
  assert.equal((await review(mayfly, sibling)).authenticated, true);
});

test('a service account: what was issued before ends, what is issued after in the same second does not', async () => {
  const old = await mayfly.issueToken('default', 'two');
  const other = await mayfly.issueToken('default', 'three');
  assert.equal(await bearer(mayfly, old), 201);
  const made = await revoke(mayfly, { serviceAccount: { namespace: 'default', name: 'two' } });
  assert.match(made.spec.serviceAccount?.uid ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual([made.status?.tokens, made.status?.requestedBy.username], [1, 'mayfly-admin']);
  assert.equal(await bearer(mayfly, old), 401);
  const fresh = await mayfly.issueToken('default', 'two'); // the clock stands still: only the store knows the order
  assert.deepEqual(
    [decodeJwt(fresh).iat, await bearer(mayfly, fresh), await bearer(mayfly, other)],
    [decodeJwt(old).iat, 201, 201],
  );
  mayfly.clock.advance(600_000);
  assert.equal(await bearer(mayfly, old), 401);
  assert.equal(await bearer(mayfly, fresh), 201);
});

test('only tokens issued before a time, when one is given', async () => {
  const old = await mayfly.issueToken('default', 'four');
  mayfly.clock.advance(60_000);
  const issuedBefore = new Date(mayfly.clock.nowMs()).toISOString().replace('.000', '');
  const late = await mayfly.issueToken('default', 'four');
  mayfly.clock.advance(1_000);
  assert.equal(
    (await revoke(mayfly, { serviceAccount: { namespace: 'default', name: 'four' }, issuedBefore })).status?.tokens,
    1,
  );
  assert.deepEqual([await bearer(mayfly, old), await bearer(mayfly, late)], [401, 201]);
});

test('a pod: its tokens end, the pod lives, and gets new ones', async () => {
  await mayfly.issueToken('default', 'five');
  await makePod(mayfly, 'p5', 'five');
  const issue = () => mayfly.issueToken('default', 'five', { boundObjectRef: { kind: 'Pod', name: 'p5' } });
  const [bound, unbound] = [await issue(), await mayfly.issueToken('default', 'five')];
  await revoke(mayfly, { pod: { namespace: 'default', name: 'p5' } });
  assert.deepEqual(
    [await bearer(mayfly, bound), await bearer(mayfly, unbound), await bearer(mayfly, await issue())],
    [401, 201, 201],
  );
});

test('a node: its own tokens end, and those of the pods on it', async () => {
  await mayfly.admin.create(NODES, { metadata: { name: 'n6' } });
  await mayfly.issueToken('default', 'six');
  await makePod(mayfly, 'p6', 'six', 'n6');
  const ofNode = await mayfly.issueToken('default', 'six', { boundObjectRef: { kind: 'Node', name: 'n6' } });
  const ofPod = await mayfly.issueToken('default', 'six', { boundObjectRef: { kind: 'Pod', name: 'p6' } });
  const elsewhere = await mayfly.issueToken('default', 'six');
  assert.equal((await revoke(mayfly, { node: { name: 'n6' } })).status?.tokens, 2);
  assert.deepEqual(
    [await bearer(mayfly, ofNode), await bearer(mayfly, ofPod), await bearer(mayfly, elsewhere)],
    [401, 401, 201],
  );
});
