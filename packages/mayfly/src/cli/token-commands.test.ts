import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { decodeJwt } from 'jose';
import { eventLine } from '../apiserver/audit/event-line.ts';
import { type Mayfly, startMayfly } from '../testing/start.ts';
import { durationFlag } from './duration.ts';
import { type CommandFixture, outputOf, startForCommands, writeTokenKubeconfig } from './fixture.ts';
import { readKubeconfig } from './kubeconfig.ts';
import type { TokenListOptions } from './options.ts';
import { listTokens } from './token-list.ts';
import { listQuery, queryPath } from './token-query.ts';
import { listStale } from './token-stale.ts';
import { traceToken } from './token-trace.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const ROWS = { group: 'identity.mayfly.dev', version: 'v1alpha1', resource: 'issuedtokens' };
const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' };
const HOUR_MS = 3_600_000;
const WHO_AM_I = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

const idOf = (token: string): string => decodeJwt(token).jti ?? '';

/** The token that a pod of Deployment `web` mounts, on node n1. */
async function podToken({ admin, issueToken }: Mayfly, name = 'web-7d9c5b8f6-x2x4z'): Promise<string> {
  await issueToken('default', 'web'); // makes the account
  const ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9c5b8f6', uid: 'u', controller: true },
  ];
  const containers = [{ name: 'main', image: 'registry.example/app:1' }];
  const pod = {
    metadata: { namespace: 'default', name, ownerReferences },
    spec: { serviceAccountName: 'web', nodeName: 'n1', containers },
  };
  await admin.create(PODS, pod);
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name };
  return issueToken('default', 'web', { expirationSeconds: 3607, boundObjectRef });
}

/** Uses a token, and waits until the ledger says so. */
async function use({ admin, client, clock }: Mayfly, token: string): Promise<void> {
  const atMs = clock.nowMs();
  await client(token).request('POST', WHO_AM_I, {});
  clock.advance(60_000);
  for (;;) {
    const row = await admin.get<IssuedToken>(ROWS, { namespace: 'default', name: idOf(token) });
    if (Date.parse(row.status?.lastUsed?.time ?? '') >= atMs) return;
  }
}

async function listed({ kubeconfig }: CommandFixture, options: TokenListOptions): Promise<readonly string[]> {
  const json = await outputOf((terminal) => listTokens({ kubeconfig, output: 'json', ...options }, terminal));
  return (JSON.parse(json) as IssuedToken[]).map(({ spec }) => spec.serviceAccountName);
}

test('token ls chooses, sorts and prints', async (context) => {
  const fixture = await startForCommands(context);
  const { mayfly, kubeconfig } = fixture;
  await mayfly.admin.create(NAMESPACES, { metadata: { name: 'other' } });
  await mayfly.issueToken('default', 'b', { audiences: ['vault'], expirationSeconds: 600 });
  const a = await mayfly.issueToken('default', 'a', { expirationSeconds: 86_400 });
  await mayfly.issueToken('other', 'a');
  await podToken(mayfly);
  assert.deepEqual(await listed(fixture, {}), ['a', 'b', 'web', 'web', 'a']);
  assert.deepEqual(await listed(fixture, { sa: 'default/a' }), ['a']);
  assert.deepEqual(await listed(fixture, { namespace: 'other' }), ['a']);
  assert.deepEqual(await listed(fixture, { namespace: 'other', allNamespaces: true }), ['a', 'b', 'web', 'web', 'a']);
  assert.deepEqual(await listed(fixture, { audience: 'vault' }), ['b']);
  assert.deepEqual(await listed(fixture, { node: 'n1' }), ['web']);
  assert.deepEqual(await listed(fixture, { pod: 'default/web-7d9c5b8f6-x2x4z' }), ['web']);
  assert.deepEqual(await listed(fixture, { boundTo: 'pod/web-7d9c5b8f6-x2x4z' }), ['web']);
  assert.deepEqual(await listed(fixture, { boundTo: 'Secret/web-7d9c5b8f6-x2x4z' }), []);
  assert.deepEqual(await listed(fixture, { expiringWithin: '20m' }), ['b']);
  assert.deepEqual(await listed(fixture, { unusedFor: '1h' }), []); // none is that old
  assert.deepEqual(await listed(fixture, { stale: true }), []);
  assert.deepEqual(await listed(fixture, { requestedBy: 'nobody' }), []);
  assert.deepEqual(await listed(fixture, { sortBy: 'expires', namespace: 'default' }), ['b', 'web', 'a', 'web']);
  const named = await outputOf((terminal) => listTokens({ kubeconfig, output: 'name', sa: 'default/a' }, terminal));
  assert.equal(named, `issuedtoken.identity.mayfly.dev/${idOf(a)}\n`);
  const wide = await outputOf((terminal) => listTokens({ kubeconfig, output: 'wide', node: 'n1' }, terminal));
  assert.match(wide, /^NAMESPACE +SERVICE ACCOUNT .* WORKLOAD +NODE +STALE +REQUESTED BY +SOURCE +KEY ID\n/);
  assert.match(wide, / Deployment\/web +n1 +- +\S+/);
  assert.doesNotMatch(wide, /eyJ/);
});

for (const { name, options, message } of [
  {
    name: 'a pod of two parts too many',
    options: { pod: 'a/b/c' },
    message: '--pod must be NAME or NAMESPACE/NAME; found "a/b/c"',
  },
  {
    name: 'two namespaces',
    options: { pod: 'a/b', namespace: 'c' },
    message: '--pod names namespace "a", another flag "c"',
  },
  {
    name: 'a kind no token is bound to',
    options: { boundTo: 'ConfigMap/x' },
    message: '--bound-to must be Pod/NAME, Secret/NAME or Node/NAME; found "ConfigMap/x"',
  },
  {
    name: 'no duration',
    options: { expiringWithin: 'soon' },
    message: '--expiring-within must be a duration such as 90m, 12h or 7d; found "soon"',
  },
  { name: 'half an account', options: { sa: 'default' }, message: '--sa must be NAMESPACE/NAME; found "default"' },
]) {
  test(`token ls refuses ${name}`, () => assert.throws(() => listQuery(options, 0), { message }));
}

test('what is selected by may hold what selectors are made of', () => {
  const path = queryPath({ namespace: 'a b', fields: [['spec.audiences', 'x,y=z\\']] }, 5);
  const url = new URL(path, 'https://x');
  assert.equal(url.pathname, '/apis/identity.mayfly.dev/v1alpha1/namespaces/a%20b/issuedtokens');
  assert.equal(url.searchParams.get('fieldSelector'), 'spec.audiences=x\\,y\\=z\\\\');
});

for (const { given, want } of [
  { given: '90m', want: 5_400_000 },
  { given: '7d', want: 7 * 86_400_000 },
  { given: '1d12h', want: 129_600_000 },
  { given: '0', want: 0 },
]) {
  test(`a flag reads ${given}`, () => assert.equal(durationFlag('x', given), want));
}

test('token stale says nothing would break, and since when it has been watching', async (context) => {
  const { mayfly, kubeconfig } = await startForCommands(context);
  const print = () => outputOf((terminal) => listStale({ kubeconfig }, terminal));
  await mayfly.issueToken('default', 'web');
  assert.equal(await print(), 'Nothing would break: no token has a grace period.\n');
  const today = new Date(mayfly.clock.nowMs()).toISOString().slice(0, 10);
  await podToken(mayfly);
  assert.equal(
    await print(),
    `Nothing would break: no token was used here after it should have been renewed. Watching since ${today}.\n`,
  );
});

test('token stale names who would break, with evidence', async (context) => {
  const fixture = await startForCommands(context);
  const { mayfly, kubeconfig } = fixture;
  const [first, second] = [await podToken(mayfly), await podToken(mayfly, 'web-7d9c5b8f6-b4b4b')];
  await podToken(mayfly, 'web-7d9c5b8f6-quiet');
  mayfly.clock.advance(2 * HOUR_MS);
  for (const token of [first, first, second]) await use(mayfly, token);
  const json = await outputOf((terminal) => listStale({ kubeconfig, output: 'json' }, terminal));
  const { stale, watchingSince } = JSON.parse(json) as { stale: Record<string, unknown>[]; watchingSince: string };
  const { firstSeen, lastSeen, tokens, ...who } = stale[0] ?? {};
  assert.equal(stale.length, 1);
  assert.match(watchingSince, /^\d{4}-\d\d-\d\d$/);
  assert.ok(String(firstSeen) < String(lastSeen));
  assert.deepEqual(new Set(tokens as string[]), new Set([idOf(first), idOf(second)]));
  assert.deepEqual(who, {
    namespace: 'default',
    serviceAccount: 'web',
    workload: 'Deployment/web',
    client: 'mayfly-sdk',
    uses: 3,
    nodes: ['n1'],
    sourceIPs: ['127.0.0.1'],
    reviewedBy: [],
  });
  const table = await outputOf((terminal) => listStale({ kubeconfig, namespace: 'default' }, terminal));
  assert.match(table, /default +web +Deployment\/web +mayfly-sdk +n1 +127\.0\.0\.1 +2 +3 /);
  assert.match(table, /These would break if the grace period ended\. Watching since /);
  const body = await metricsOf(kubeconfig);
  assert.match(
    body,
    /mayfly_stale_token_uses_total\{namespace="default",service_account="web",workload="Deployment\/web",client="mayfly-sdk",node="n1"\} 3/,
  );
  assert.match(body, /serviceaccount_stale_tokens_total 3/); // upstream's, as upstream has it
});

async function metricsOf(kubeconfig: string): Promise<string> {
  const { server, ca, cert, key } = await readKubeconfig(kubeconfig);
  const [response] = (await once(get(`${server}/metrics`, { ca, cert, key }), 'response')) as [IncomingMessage];
  return text(response);
}

test('token trace tells who asked, through whose token, what it may do and what it did', async (context) => {
  const fixture = await startForCommands(context);
  const { mayfly, kubeconfig, directory } = fixture;
  const { admin } = mayfly;
  const grant = async (name: string, namespace: string, rules: object[]) => {
    const kind = namespace === '' ? 'ClusterRole' : 'Role';
    const place = namespace === '' ? {} : { namespace };
    const plural = namespace === '' ? ['clusterroles', 'clusterrolebindings'] : ['roles', 'rolebindings'];
    await admin.create({ ...RBAC, resource: plural[0] ?? '' }, { metadata: { name, ...place }, rules } as object);
    const subjects = [{ kind: 'ServiceAccount', namespace: 'default', name: 'bot' }];
    const roleRef = { apiGroup: RBAC.group, kind, name };
    await admin.create({ ...RBAC, resource: plural[1] ?? '' }, {
      metadata: { name, ...place },
      roleRef,
      subjects,
    } as object);
  };
  await admin.create(NAMESPACES, { metadata: { name: 'other' } });
  await grant('issuing', 'default', [{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }]);
  await grant('reading', 'other', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['p'] }]);
  await grant('nodes', '', [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }]);
  const bot = await mayfly.issueToken('default', 'bot');
  const made = await mayfly
    .client(bot)
    .request('POST', '/api/v1/namespaces/default/serviceaccounts/bot/token', { spec: {} });
  const token = (made as { status: { token: string } }).status.token;
  await use(mayfly, token);
  await mayfly
    .client(token)
    .request('GET', '/api/v1/secrets')
    .catch(() => undefined);
  const auditLog = join(directory, 'audit.log');
  writeFileSync(auditLog, mayfly.auditEvents.map(eventLine).join(''));

  const file = join(directory, 'token');
  writeFileSync(file, token, { mode: 0o600 });
  const told = await outputOf((terminal) => traceToken(file, { kubeconfig, auditLog }, terminal));
  for (const line of [
    `token        ${idOf(token)}`,
    'account      default/bot, which exists',
    `  system:serviceaccount:default:bot from 127.0.0.1 with mayfly-sdk, `,
    ` by token ${idOf(bot)}`,
    '  everywhere\n    list  nodes\n',
    '  in namespace default\n  ! create  serviceaccounts/token\n',
    '  in namespace other\n    get  pods named p\n',
    'create   selfsubjectreviews.authentication.k8s.io   201',
    'list     secrets                                    403 Forbidden',
    '  issued by request ',
  ]) {
    assert.ok(told.includes(line), `${line}\nis not in\n${told}`);
  }
  assert.match(told, /^ {2}127\.0\.0\.1 +mayfly-sdk +used +\S+ ago/m);
  assert.doesNotMatch(told, /eyJ/);
  const byID = await outputOf((terminal) =>
    traceToken(`JTI=${idOf(token)}`, { kubeconfig, auditLog, full: true }, terminal),
  );
  assert.match(byID, /Every request\n/);
  assert.match(byID, /list +403 Forbidden +127\.0\.0\.1 +\/api\/v1\/secrets/);
  const json = await outputOf((terminal) =>
    traceToken(idOf(token), { kubeconfig, auditLog, output: 'json' }, terminal),
  );
  const { chain, boundTo } = JSON.parse(json) as { chain: unknown[]; boundTo: { state: string }[] };
  assert.deepEqual([chain.length, boundTo.map(({ state }) => state)], [2, ['exists']]);
});

test('token trace says what ended the token, and what it could not find out', async (context) => {
  const fixture = await startForCommands(context);
  const { mayfly, directory } = fixture;
  const token = await podToken(mayfly);
  await mayfly.admin.delete(PODS, { namespace: 'default', name: 'web-7d9c5b8f6-x2x4z' }, { gracePeriodSeconds: 0 });
  const reader = await mayfly.issueToken('default', 'reader');
  const rules = [{ apiGroups: ['identity.mayfly.dev'], resources: ['issuedtokens'], verbs: ['get', 'list'] }];
  await mayfly.admin.create({ ...RBAC, resource: 'roles' }, {
    metadata: { name: 'r', namespace: 'default' },
    rules,
  } as object);
  const subjects = [{ kind: 'ServiceAccount', namespace: 'default', name: 'reader' }];
  const roleRef = { apiGroup: RBAC.group, kind: 'Role', name: 'r' };
  const metadata = { name: 'r', namespace: 'default' };
  await mayfly.admin.create({ ...RBAC, resource: 'rolebindings' }, { metadata, roleRef, subjects } as object);

  const trace = (kubeconfig: string) =>
    outputOf((terminal) => traceToken(idOf(token), { kubeconfig, namespace: 'default', dataDir: directory }, terminal));
  const asAdmin = await trace(fixture.kubeconfig);
  assert.match(asAdmin, /^state {8}ended: Pod web-7d9c5b8f6-x2x4z is gone$/m);
  assert.match(asAdmin, /^Did: there is no audit log .*; give --audit-log/m);
  const asReader = await trace(writeTokenKubeconfig(fixture, reader));
  assert.match(asReader, /could not be looked up \(pods "web-\S+" is forbidden: /);
  assert.match(asReader, /what it may do is unknown: .*cannot impersonate resource "serviceaccounts"/);
  assert.match(
    asReader,
    /namespaces other than default are not looked at: rolebindings\.rbac\.authorization\.k8s\.io is forbidden/,
  );
});

test('token trace of what nobody issued fails, and says nothing of a token it was given', async (context) => {
  const { mayfly, kubeconfig } = await startForCommands(context);
  const unknown = '00000000-0000-4000-8000-000000000000';
  await assert.rejects(traceToken(unknown, { kubeconfig }, undefined as never), {
    message: `the ledger has no token ${unknown}: not issued by this server, or ended`,
  });
  const other = await startMayfly();
  const token = await other.issueToken('default', 'app');
  await other.close();
  const error: unknown = await traceToken(token, { kubeconfig }, undefined as never).catch((thrown: unknown) => thrown);
  assert.match(String(error), /the ledger of namespace default has no token/);
  assert.doesNotMatch(String(error), /eyJ/);
  assert.ok(mayfly);
});
