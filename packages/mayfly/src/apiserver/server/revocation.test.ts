/** Revocation through the whole server, over TLS: bearer, TokenReview, caches, open watches, siblings, two servers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TokenReview } from '@mayfly/api/authentication/v1/token-review';
import type { TokenRevocation } from '@mayfly/api/identity/v1alpha1/token-revocation';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { decodeJwt } from 'jose';
import { type Mayfly, startMayfly } from '../../testing/start.ts';

const REVOCATIONS = { group: 'identity.mayfly.dev', version: 'v1alpha1', resource: 'tokenrevocations' };
const REVIEWS = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };
const SELF = { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews' };

let mayfly: Mayfly;
before(async () => {
  mayfly = await startMayfly();
});
after(() => mayfly.close());

const idOf = (token: string): string => decodeJwt(token).jti ?? '';

const revoke = (spec: object, on: Mayfly = mayfly): Promise<TokenRevocation> =>
  on.admin.create<TokenRevocation>(REVOCATIONS, { spec } as TokenRevocation);

async function review(token: string, on: Mayfly = mayfly): Promise<TokenReview['status'] & {}> {
  const answer = await on.admin.create<TokenReview>(REVIEWS, { spec: { token } } as TokenReview);
  return answer.status ?? { user: {} };
}

/** 201, or the code of the refusal. */
async function bearer(token: string, on: Mayfly = mayfly): Promise<number> {
  try {
    await on.client(token).create<KubernetesObject>(SELF, {});
    return 201;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

test('a revoked token is refused as a bearer and in reviews, cached or not, and its sibling is not', async () => {
  const [token, sibling] = [await mayfly.issueToken('default', 'one'), await mayfly.issueToken('default', 'one')];
  assert.equal(await bearer(token), 201);
  assert.equal((await review(token)).authenticated, true);
  const made = await revoke({ credentialID: idOf(token), reason: 'leaked' });
  assert.equal(made.metadata?.name, idOf(token));
  assert.equal(made.status?.tokens, 1);
  assert.equal(await bearer(token), 401);
  assert.deepEqual(await review(token), { user: {}, error: '[invalid bearer token, token has been revoked]' });
  assert.equal(await bearer(sibling), 201);
  assert.equal((await review(sibling)).authenticated, true);
});

const PODS = { group: '', version: 'v1', resource: 'pods' };
const NODES = { group: '', version: 'v1', resource: 'nodes' };
const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const BINDINGS = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterrolebindings' };

async function makePod(name: string, serviceAccountName: string, nodeName: string): Promise<void> {
  const spec = { serviceAccountName, nodeName, containers: [{ name: 'c', image: 'i' }] };
  await mayfly.admin.create(PODS, { metadata: { name, namespace: 'default' }, spec } as KubernetesObject);
}

test('a service account: what was issued before ends, what is issued after in the same second does not', async () => {
  const old = await mayfly.issueToken('default', 'two');
  const other = await mayfly.issueToken('default', 'three');
  assert.equal(await bearer(old), 201);
  const made = await revoke({ serviceAccount: { namespace: 'default', name: 'two' } });
  assert.match(made.spec.serviceAccount?.uid ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual([made.status?.tokens, made.status?.requestedBy.username], [1, 'mayfly-admin']);
  assert.equal(await bearer(old), 401);
  const fresh = await mayfly.issueToken('default', 'two'); // the clock stands still: only the store knows the order
  assert.deepEqual([decodeJwt(fresh).iat, await bearer(fresh), await bearer(other)], [decodeJwt(old).iat, 201, 201]);
  mayfly.clock.advance(600_000);
  assert.equal(await bearer(old), 401);
  assert.equal(await bearer(fresh), 201);
});

test('only tokens issued before a time, when one is given', async () => {
  const old = await mayfly.issueToken('default', 'four');
  mayfly.clock.advance(60_000);
  const issuedBefore = new Date(mayfly.clock.nowMs()).toISOString().replace('.000', '');
  const late = await mayfly.issueToken('default', 'four');
  mayfly.clock.advance(1_000);
  assert.equal((await revoke({ serviceAccount: { namespace: 'default', name: 'four' }, issuedBefore })).status?.tokens, 1);
  assert.deepEqual([await bearer(old), await bearer(late)], [401, 201]);
});

test('a pod: its tokens end, the pod lives, and gets new ones', async () => {
  await mayfly.issueToken('default', 'five');
  await makePod('p5', 'five', '');
  const issue = () => mayfly.issueToken('default', 'five', { boundObjectRef: { kind: 'Pod', name: 'p5' } });
  const [bound, unbound] = [await issue(), await mayfly.issueToken('default', 'five')];
  await revoke({ pod: { namespace: 'default', name: 'p5' } });
  assert.deepEqual([await bearer(bound), await bearer(unbound), await bearer(await issue())], [401, 201, 201]);
});

test('a node: its own tokens end, and those of the pods on it', async () => {
  await mayfly.admin.create(NODES, { metadata: { name: 'n6' } });
  await mayfly.issueToken('default', 'six');
  await makePod('p6', 'six', 'n6');
  const ofNode = await mayfly.issueToken('default', 'six', { boundObjectRef: { kind: 'Node', name: 'n6' } });
  const ofPod = await mayfly.issueToken('default', 'six', { boundObjectRef: { kind: 'Pod', name: 'p6' } });
  const elsewhere = await mayfly.issueToken('default', 'six');
  assert.equal((await revoke({ node: { name: 'n6' } })).status?.tokens, 2);
  assert.deepEqual([await bearer(ofNode), await bearer(ofPod), await bearer(elsewhere)], [401, 401, 201]);
});

/** Opens a watch and resolves when it has ended by itself. */
async function openWatch(on: Mayfly, token: string, headers: Record<string, string> = {}): Promise<Promise<string>> {
  const { request } = await import('node:https');
  const opened = Promise.withResolvers<Promise<string>>();
  request(`${on.url}/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=0`, {
    ca: on.caCertificate,
    headers: { authorization: `Bearer ${token}`, ...headers },
  })
    .once('error', opened.reject)
    .once('response', (response) => {
      assert.equal(response.statusCode, 200);
      const ended = new Promise<string>((resolve, reject) => {
        response.once('end', () => resolve('ended')).once('error', reject).resume();
      });
      opened.resolve(ended);
    })
    .end();
  return opened.promise;
}

test('open watches of the token end, also of whoever it impersonates; those of others go on', async () => {
  const [token, sibling] = [await mayfly.issueToken('default', 'seven'), await mayfly.issueToken('default', 'seven')];
  const subjects = [{ kind: 'ServiceAccount', name: 'seven', namespace: 'default' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  await mayfly.admin.create(BINDINGS, { metadata: { name: 'seven' }, roleRef, subjects } as KubernetesObject);
  const own = await openWatch(mayfly, token);
  const acting = await openWatch(mayfly, token, { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' });
  const others = await openWatch(mayfly, sibling);
  let othersEnded = false;
  void others.then(() => (othersEnded = true));
  await revoke({ credentialID: `JTI=${idOf(token)}` });
  assert.deepEqual(await Promise.all([own, acting]), ['ended', 'ended']);
  await mayfly.admin.list(CONFIG_MAPS, { namespace: 'default' });
  assert.equal(othersEnded, false);
  await revoke({ serviceAccount: { namespace: 'default', name: 'seven' } });
  assert.equal(await others, 'ended');
});

test('a second server over the store enforces it too, whatever its clock says', async () => {
  const { FakeClock } = await import('../../clock/fake-clock.ts');
  for (const skewMs of [30_000, -30_000]) {
    const clock = new FakeClock(mayfly.clock.nowMs() + skewMs);
    const second = await startMayfly({ store: mayfly.store, clock });
    const tokens = [await mayfly.issueToken('default', 'eight'), await second.issueToken('default', 'eight')];
    const single = await mayfly.issueToken('default', 'nine');
    const watches = await Promise.all(tokens.map((token) => watchable(second, token)));
    for (const token of [...tokens, single]) assert.deepEqual([await bearer(token), await bearer(token, second)], [201, 201]);
    await revoke({ credentialID: idOf(single) });
    await revoke({ serviceAccount: { namespace: 'default', name: 'eight' } });
    for (const token of [...tokens, single]) {
      assert.deepEqual([await bearer(token), await bearer(token, second)], [401, 401], `skew ${skewMs}`);
      assert.equal((await review(token, second)).error, '[invalid bearer token, token has been revoked]');
    }
    assert.deepEqual(await Promise.all(watches), ['ended', 'ended']);
    const fresh = [await mayfly.issueToken('default', 'eight'), await second.issueToken('default', 'eight')];
    for (const token of fresh) assert.deepEqual([await bearer(token), await bearer(token, second)], [201, 201]);
    await second.closeServer?.();
  }
});

async function watchable(on: Mayfly, token: string): Promise<Promise<string>> {
  const subjects = [{ kind: 'ServiceAccount', name: 'eight', namespace: 'default' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  await on.admin.create(BINDINGS, { metadata: { name: 'eight' }, roleRef, subjects } as KubernetesObject).catch(() => undefined);
  return [await openWatch(on, token)][0] as unknown as Promise<string>;
}

for (const { name, spec, code, message } of [
  {
    name: 'an unknown token',
    spec: { credentialID: '00000000-0000-4000-8000-000000000000' },
    code: 404,
    message: 'issuedtokens.identity.mayfly.dev "00000000-0000-4000-8000-000000000000" not found',
  },
  { name: 'what is no id', spec: { credentialID: '../x' }, code: 422, message: /must be the "jti" of a token/ },
  {
    name: 'an unknown service account',
    spec: { serviceAccount: { namespace: 'default', name: 'nobody' } },
    code: 404,
    message: 'serviceaccounts "nobody" not found',
  },
  { name: 'an unknown pod', spec: { pod: { namespace: 'no', name: 'p' } }, code: 404, message: 'pods "p" not found' },
  { name: 'an unknown node', spec: { node: { name: 'n' } }, code: 404, message: 'nodes "n" not found' },
  {
    name: 'another life of an object',
    spec: { serviceAccount: { namespace: 'default', name: 'default', uid: 'other' } },
    code: 409,
    message: /the UID in the request \(other\) does not match/,
  },
  { name: 'nothing', spec: {}, code: 422, message: /spec: Required value: one of credentialID/ },
  {
    name: 'two things',
    spec: { node: { name: 'n' }, serviceAccount: { namespace: 'default', name: 'default' } },
    code: 422,
    message: /spec.node: Forbidden: may not be specified beside serviceAccount/,
  },
  {
    name: 'tokens of the future',
    spec: { serviceAccount: { namespace: 'default', name: 'default' }, issuedBefore: '2999-01-01T00:00:00Z' },
    code: 422,
    message: /spec.issuedBefore: Invalid value: "2999-01-01T00:00:00Z": must not be in the future/,
  },
  {
    name: 'a reason beyond measure',
    spec: { serviceAccount: { namespace: 'default', name: 'default' }, reason: 'ä'.repeat(513) },
    code: 422,
    message: /spec.reason: Too long: may not be more than 1024 bytes/,
  },
] as const) {
  test(`revoking ${name} is a clear ${code}`, async () => {
    await assert.rejects(revoke(spec), (error: { code: number; message: string }) => {
      assert.equal(error.code, code);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
  });
}

test('a revocation is final: it can be made twice, but not changed and not taken back', async () => {
  const id = idOf(await mayfly.issueToken('default', 'ten'));
  await revoke({ credentialID: id });
  const refusal = (code: number) => (error: { code: number }) => error.code === code;
  await assert.rejects(revoke({ credentialID: id }), refusal(409));
  await assert.rejects(mayfly.admin.delete(REVOCATIONS, { name: id }), refusal(405));
  await assert.rejects(mayfly.admin.update(REVOCATIONS, { metadata: { name: id } }), refusal(405));
});

test('nobody but a cluster admin may, and the audit log says who, what and why', async () => {
  const token = await mayfly.issueToken('default', 'eleven');
  const spec = { credentialID: idOf(token), reason: 'seen in a paste' };
  await assert.rejects(
    mayfly.client(token).create(REVOCATIONS, { spec } as KubernetesObject),
    (error: { code: number }) => error.code === 403,
  );
  await revoke(spec);
  const event = mayfly.auditEvents.findLast(({ objectRef }) => objectRef?.resource === 'tokenrevocations');
  assert.deepEqual(
    [event?.user?.username, event?.annotations?.['identity.mayfly.dev/revoked'], event?.responseStatus?.code],
    ['mayfly-admin', `token/${spec.credentialID}`, 201],
  );
  assert.equal(event?.annotations?.['identity.mayfly.dev/revocation-reason'], 'seen in a paste');
});

test('tokens in Secrets are named, for they are not ended', async () => {
  await mayfly.issueToken('default', 'twelve');
  const annotations = { 'kubernetes.io/service-account.name': 'twelve' };
  const metadata = { name: 'twelve-token', namespace: 'default', annotations };
  await mayfly.admin.create(SECRETS, { metadata, type: 'kubernetes.io/service-account-token' } as KubernetesObject);
  const response = await fetchAsAdmin({ spec: { serviceAccount: { namespace: 'default', name: 'twelve' } } });
  assert.match(response, /tokens in Secrets are not revoked; to end them delete the Secrets: twelve-token/);
});

test('a dry run ends nothing', async () => {
  const token = await mayfly.issueToken('default', 'thirteen');
  await fetchAsAdmin({ spec: { credentialID: idOf(token) } }, '?dryRun=All');
  assert.equal(await bearer(token), 201);
});

test('a revocation goes soon after its last token, and metrics count it until then', async () => {
  const token = await mayfly.issueToken('default', 'fourteen', { expirationSeconds: 600 });
  await revoke({ credentialID: idOf(token) });
  const get = () => mayfly.admin.get(REVOCATIONS, { name: idOf(token) });
  mayfly.clock.advance(600_000);
  assert.ok(await get());
  mayfly.clock.advance(3_600_000 + 2 * 300_000);
  await assert.rejects(async () => {
    for (;;) await get(); // the lease ends in its own time
  });
});
