/**
 * Issuance policy and the grace period through a whole server: what may be written, what is issued, what callers and
 * operators are told. The rules themselves are tables beside `apiserver/serviceaccount/policy.ts`. See ADR 0010.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startMayfly } from 'mayfly/testing';
import { type Answer, WireClient } from './wire/client.ts';

const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const NAMESPACE = '/api/v1/namespaces/default';
const P = 'identity.mayfly.dev/';
const MAX = `${P}max-token-expiration`;
const AUDIENCES = `${P}allowed-audiences`;

async function started(context: TestContext) {
  const mayfly = await startMayfly();
  const { admin, store } = mayfly;
  const { status } = (await admin.request('POST', `${ACCOUNTS}/default/token`, { spec: {} })) as {
    status: { token: string };
  };
  const subjects = [{ kind: 'ServiceAccount', namespace: 'default', name: 'default' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  await admin.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'tester' },
    roleRef,
    subjects,
  });
  const wire = new WireClient(mayfly.url, 'HTTP/1.1', { ca: mayfly.caCertificate });
  context.after(async () => {
    wire.close();
    await mayfly.close();
  });
  const authorization = `Bearer ${status.token}`;
  const ask = (method: string, path: string, body?: object): Promise<Answer> => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { authorization, 'content-type': type };
    return wire.ask(method, path, { headers, ...(body && { body }) });
  };
  const annotate = (path: string, annotations: object) => ask('PATCH', path, { metadata: { annotations } });
  /** Past validation: as an earlier release would have stored it. */
  const storeAnnotations = async (key: string, annotations: object): Promise<void> => {
    const { kvs } = await store.range({ key });
    const object = JSON.parse(Buffer.from(kvs[0]?.value ?? []).toString()) as { metadata: object };
    const value = Buffer.from(JSON.stringify({ ...object, metadata: { ...object.metadata, annotations } }));
    await store.txn({ compare: [], success: [{ type: 'put', key, value }] });
  };
  return { mayfly, admin, ask, annotate, storeAnnotations };
}

const messageOf = ({ body }: Answer): string => body.message;

test('a value that cannot be read is refused when it is written, and the annotation is named', async (context) => {
  const { ask, annotate } = await started(context);
  const created = await ask('POST', ACCOUNTS, { metadata: { name: 'app', annotations: { [MAX]: '1 hour' } } });
  assert.equal(created.code, 422);
  assert.equal(
    messageOf(created),
    'ServiceAccount "app" is invalid: metadata.annotations[identity.mayfly.dev/max-token-expiration]: Invalid value: "1 hour": must be a duration from 10m to 2^32 seconds, such as 1h or 90m',
  );
  for (const path of [NAMESPACE, `${ACCOUNTS}/default`]) {
    const patched = await annotate(path, { [AUDIENCES]: 'a,,b' });
    assert.equal(patched.code, 422);
    assert.match(
      messageOf(patched),
      /metadata\.annotations\[identity\.mayfly\.dev\/allowed-audiences\]: Invalid value/,
    );
  }
});

test('a misspelt annotation is accepted with a Warning, on accounts and on namespaces', async (context) => {
  const { annotate } = await started(context);
  for (const path of [`${ACCOUNTS}/default`, NAMESPACE]) {
    const { code, headers } = await annotate(path, { [`${P}max-token-expiraton`]: '1h' });
    assert.equal(code, 200);
    assert.match(String(headers.warning), /max-token-expiraton\]: unknown annotation, it has no effect/);
  }
});

test('what was stored before it could be judged keeps nobody from other changes, and issues nothing', async (context) => {
  const { ask, annotate, storeAnnotations } = await started(context);
  await storeAnnotations('/registry/serviceaccounts/default/default', { [MAX]: 'soon' });
  assert.equal((await annotate(`${ACCOUNTS}/default`, { other: 'x' })).code, 200);
  const refused = await ask('POST', `${ACCOUNTS}/default/token`, { spec: {} });
  assert.equal(refused.code, 403);
  assert.match(
    messageOf(refused),
    /annotation identity\.mayfly\.dev\/max-token-expiration of serviceaccount "default" cannot be read: "soon"/,
  );
  assert.equal((await annotate(`${ACCOUNTS}/default`, { [MAX]: null })).code, 200);
  assert.equal((await ask('POST', `${ACCOUNTS}/default/token`, { spec: {} })).code, 201);
});

test('a namespace with such a value can still be labelled, and deleted', async (context) => {
  const { mayfly, ask, storeAnnotations } = await started(context);
  await ask('POST', '/api/v1/namespaces', { metadata: { name: 'old' } });
  await storeAnnotations('/registry/namespaces/old', { [MAX]: 'soon' });
  assert.equal((await ask('PATCH', '/api/v1/namespaces/old', { metadata: { labels: { team: 'x' } } })).code, 200);
  await ask('DELETE', '/api/v1/namespaces/old');
  while ((await ask('GET', '/api/v1/namespaces/old')).code === 200) mayfly.clock.advance(1_000);
});

test('a refused request names the rule, is counted, and is in the audit log', async (context) => {
  const { mayfly, ask, annotate } = await started(context);
  await annotate(NAMESPACE, { [AUDIENCES]: 'https://kubernetes.default.svc' });
  const refused = await ask('POST', `${ACCOUNTS}/default/token`, { spec: { audiences: ['vault'] } });
  assert.equal(refused.code, 403);
  const message =
    'serviceaccounts "default" is forbidden: audience "vault" is not among those that annotation identity.mayfly.dev/allowed-audiences of namespace "default" allows: https://kubernetes.default.svc';
  assert.equal(messageOf(refused), message);
  assert.ok(mayfly.auditEvents.some(({ responseStatus }) => responseStatus?.message === message));
  const metrics = (await ask('GET', '/metrics')).text;
  assert.match(metrics, /^mayfly_token_requests_refused_total\{rule="allowed-audiences"\} 1$/m);
});

test('the stricter of namespace and account holds, from the next request on', async (context) => {
  const { ask, annotate } = await started(context);
  const expirationOf = async (expirationSeconds: number) => {
    const { code, body } = await ask('POST', `${ACCOUNTS}/default/token`, { spec: { expirationSeconds } });
    return code === 201 ? (body.spec as { expirationSeconds: number }).expirationSeconds : code;
  };
  assert.equal(await expirationOf(86_400), 86_400);
  await annotate(NAMESPACE, { [MAX]: '2h' });
  assert.deepEqual([await expirationOf(86_400), await expirationOf(7200)], [403, 7200]);
  await annotate(`${ACCOUNTS}/default`, { [MAX]: '24h' }); // the workload team cannot lift it
  assert.deepEqual([await expirationOf(86_400), await expirationOf(7200)], [403, 7200]);
  await annotate(`${ACCOUNTS}/default`, { [MAX]: '1h' });
  assert.deepEqual([await expirationOf(7200), await expirationOf(3600)], [403, 3600]);
});

test('who runs a namespace, and not all namespaces, may set an account’s annotations and not the namespace’s', async (context) => {
  const { mayfly, ask } = await started(context);
  const token = await mayfly.issueToken('default', 'team');
  await ask('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
    metadata: { name: 'team' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: 'team' }],
  });
  const team = mayfly.client(token);
  const may = async (resource: string): Promise<boolean> => {
    const review = await team.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      spec: { resourceAttributes: { verb: 'update', resource, namespace: 'default', name: 'default' } },
    });
    return (review as { status: { allowed: boolean } }).status.allowed;
  };
  assert.deepEqual([await may('serviceaccounts'), await may('namespaces')], [true, false]);
});
