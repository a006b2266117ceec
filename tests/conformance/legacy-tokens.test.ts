/**
 * Legacy tokens through a whole server: made, used, tracked, marked, refused. Rows L1, L2, L7, L10 to L13, L15, L16, L18,
 * L22 and L23 of spec service-account-tokens §18 on the wire; below it, `apiserver/{authentication,controllers}` have all.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import type { TokenReview } from '@mayfly/api/authentication/v1/token-review';
import type { Secret } from '@mayfly/api/core/v1/secret';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Resource } from '@mayfly/sdk/kube/client';
import { type MayflyOptions, startMayfly } from 'mayfly/testing';
import { type Answer, WireClient } from './wire/client.ts';

const SECRETS: Resource = { group: '', version: 'v1', resource: 'secrets' };
const ACCOUNTS: Resource = { group: '', version: 'v1', resource: 'serviceaccounts' };
const NAMESPACES: Resource = { group: '', version: 'v1', resource: 'namespaces' };
const SEC = { namespace: 'default', name: 'sec' };
const APP = { namespace: 'default', name: 'app' };
const CACHE_MS = 10_001;

async function started(context: TestContext, options: MayflyOptions = {}) {
  const logged: unknown[] = [];
  const note = (...said: unknown[]) => void logged.push(...said);
  const log = { error: note, warn: note, info: note, debug: note };
  const mayfly = await startMayfly({ log, ...options });
  const wire = new WireClient(mayfly.url, 'HTTP/1.1', { ca: mayfly.caCertificate });
  context.after(async () => {
    wire.close();
    await mayfly.close();
  });
  const { admin } = mayfly;
  await admin.create(ACCOUNTS, { metadata: APP });
  const secret = () => admin.get<Secret>(SECRETS, SEC);
  /** The Secret as soon as it is as wanted; fails after five seconds. */
  const secretOnce = (isWanted: (secret: Secret) => boolean): Promise<Secret> => until(secret, isWanted);
  const make = (type = 'kubernetes.io/service-account-token'): Promise<Secret> => {
    const annotations = { 'kubernetes.io/service-account.name': 'app' };
    const made: Secret = { metadata: { ...SEC, annotations }, type };
    return admin.create<Secret>(SECRETS, made);
  };
  const token = async (): Promise<string> => {
    await make();
    return tokenOf(await secretOnce(isFilled));
  };
  const review = async (presented: string): Promise<TokenReview['status']> => {
    const path = '/apis/authentication.k8s.io/v1/tokenreviews';
    return ((await admin.request('POST', path, { spec: { token: presented } })) as TokenReview).status;
  };
  const label = (resource: Resource, target: object, labels: object) =>
    admin.patch<KubernetesObject>(resource, target, { metadata: { labels } }, { type: 'merge' });
  /** As a bearer. */
  const use = (bearer: string): Promise<Answer> =>
    wire.ask('GET', '/api/v1/namespaces/default/pods', { headers: { authorization: `Bearer ${bearer}` } });
  const metric = async (name: string): Promise<number> => {
    const text = (await wire.ask('GET', '/metrics', { headers: { authorization: `Bearer ${await metricsToken()}` } }))
      .text;
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  const metricsToken = async () => {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:monitoring' };
    const subjects = [{ kind: 'ServiceAccount', name: 'monitor', namespace: 'default' }];
    const binding = { metadata: { name: 'monitor' }, roleRef, subjects } as KubernetesObject;
    const resource = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterrolebindings' };
    await admin.create(resource, binding).catch(() => undefined); // the second time it is there
    return mayfly.issueToken('default', 'monitor');
  };
  /** Of each request that was made with a legacy token. */
  const annotations = (): Record<string, string>[] =>
    mayfly.auditEvents
      .map(({ annotations: notes }) => Object.fromEntries(notes))
      .filter((notes) => 'authentication.k8s.io/legacy-token' in notes);
  return { ...mayfly, admin, logged, secret, secretOnce, make, token, review, label, use, metric, annotations };
}

async function until<T>(look: () => Promise<T>, isWanted: (found: T) => boolean): Promise<T> {
  for (let left = 500; left > 0; left--) {
    const found = await look();
    if (isWanted(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('what was awaited did not come about');
}

const isFilled = ({ data }: Secret): boolean => (data?.token ?? '') !== '';
const tokenOf = ({ data }: Secret): string => Buffer.from(data?.token ?? '', 'base64').toString();
const lastUsed = ({ metadata }: Secret) => metadata?.labels?.['kubernetes.io/legacy-token-last-used'];
const IBT = (text: string) => `[invalid bearer token, ${text}]`;
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since';

test('L1, L22: a token Secret names its account and keeps its type', async (context) => {
  const { admin, make } = await started(context);
  const nameless: Secret = { metadata: SEC, type: 'kubernetes.io/service-account-token' };
  await assert.rejects(admin.create(SECRETS, nameless), {
    code: 422,
    message: 'Secret "sec" is invalid: metadata.annotations[kubernetes.io/service-account.name]: Required value',
  });
  await make();
  await assert.rejects(admin.patch(SECRETS, SEC, { type: 'Opaque' }, { type: 'merge' }), {
    code: 422,
    message: 'Secret "sec" is invalid: type: Invalid value: "Opaque": field is immutable',
  });
});

test('L2, L11, L13: a Secret is filled, its token is the account, its use is told once a day', async (context) => {
  const { token, review, use, secretOnce, admin, clock, caCertificate, annotations, metric } = await started(context);
  const bearer = await token();
  const { data = {}, metadata } = await secretOnce(isFilled);
  assert.equal(Buffer.from(data['ca.crt'] ?? '', 'base64').toString(), caCertificate);
  assert.equal(Buffer.from(data.namespace ?? '', 'base64').toString(), 'default');
  const account = await admin.get<ServiceAccount>(ACCOUNTS, APP);
  assert.equal(metadata?.annotations?.['kubernetes.io/service-account.uid'], account.metadata?.uid);
  assert.equal(account.secrets, undefined);

  assert.deepEqual(await review(bearer), {
    authenticated: true,
    user: {
      username: 'system:serviceaccount:default:app',
      uid: account.metadata?.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    },
    audiences: ['https://kubernetes.default.svc'],
  });
  const today = new Date(clock.nowMs()).toISOString().slice(0, 10);
  const labelled = await secretOnce((found) => lastUsed(found) === today);

  clock.advance(CACHE_MS);
  const answer = await use(bearer);
  assert.equal(answer.code, 403); // authenticated, and may not list pods
  assert.equal(answer.headers.warning, undefined);
  const { 'authentication.k8s.io/legacy-token': subject, ...others } = annotations().at(-1) ?? {};
  assert.equal(subject, 'system:serviceaccount:default:app');
  assert.equal(others['authentication.k8s.io/legacy-token-manual-secret'], 'sec');
  assert.equal((await secretOnce(isFilled)).metadata?.resourceVersion, labelled.metadata?.resourceVersion);
  assert.equal(await metric('serviceaccount_legacy_tokens_total'), 2);
  assert.equal(await metric('serviceaccount_legacy_manual_token_uses_total'), 2);
});

test('L7: a token taken out of its Secret is made anew, and the one before is refused', async (context) => {
  const { token, review, admin, secretOnce } = await started(context, { serviceAccountSigningAlgorithm: 'ES256' });
  const old = await token();
  await admin.patch(SECRETS, SEC, { data: { token: null } }, { type: 'merge' });
  const renewed = tokenOf(await secretOnce(isFilled));
  assert.notEqual(renewed, old);
  assert.equal((await review(old))?.error, IBT("Token does not match server's copy"));
  assert.equal((await review(renewed))?.authenticated, true);
});

test('with an RSA key the token made anew is the old one: the claims are the same, and RSA signs alike', async (context) => {
  const { token, admin, secretOnce } = await started(context);
  const old = await token();
  await admin.delete(SECRETS, SEC);
  assert.equal(await token(), old); // docs/tasks/move-off-forever-tokens.md says how to end it for good
  await admin.patch(SECRETS, SEC, { data: { token: null } }, { type: 'merge' });
  assert.equal(tokenOf(await secretOnce(isFilled)), old);
});

test('L10, L23: without its Secret or its account a token is refused', async (context) => {
  const { token, review, admin, clock, secret } = await started(context);
  const first = await token();
  assert.equal((await review(first))?.authenticated, true);
  await admin.delete(SECRETS, SEC);
  clock.advance(CACHE_MS);
  assert.equal((await review(first))?.error, IBT('Token has been invalidated'));
  const second = await token();
  await admin.delete(ACCOUNTS, APP);
  await until(secret, () => false).catch(({ code }: { code: number }) => assert.equal(code, 404)); // it goes with it
  assert.equal((await review(second))?.error, IBT('Token has been invalidated'));
});

test('L12, L15, L16: listed it warns, marked it is refused, unmarked it is back', async (context) => {
  const { token, use, review, admin, clock, label, metric } = await started(context);
  const bearer = await token();
  await admin.patch(ACCOUNTS, APP, { secrets: [{ name: 'sec' }] }, { type: 'merge' });
  const warning =
    '299 - "Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens."';
  assert.equal((await use(bearer)).headers.warning, warning);
  assert.equal((await use(bearer)).headers.warning, warning); // told again where the cache answers
  clock.advance(CACHE_MS);
  await label(SECRETS, SEC, { [INVALID_SINCE]: '2026-01-01' });
  assert.equal((await use(bearer)).code, 401);
  assert.match((await review(bearer))?.error ?? '', /the token in secret default\/sec .* has been marked invalid/);
  assert.equal(await metric('serviceaccount_invalid_legacy_auto_token_uses_total'), 2);
  await label(SECRETS, SEC, { [INVALID_SINCE]: null });
  assert.equal((await use(bearer)).code, 403);
  assert.equal(await metric('serviceaccount_legacy_auto_token_uses_total'), 2);
});

test('L18: without look-up a token outlives its Secret', async (context) => {
  const { token, review, admin, secret } = await started(context, { serviceAccountLookup: false });
  const bearer = await token();
  await admin.delete(SECRETS, SEC);
  await assert.rejects(secret(), { code: 404 });
  assert.equal((await review(bearer))?.authenticated, true);
});

test('deny refuses as a bearer and in reviews; a namespace is excepted until its date', async (context) => {
  const { token, use, review, label, clock, metric, issueToken } = await started(context, {
    serviceAccountLegacyTokens: 'deny',
  });
  const bearer = await token();
  const refused = await use(bearer);
  assert.deepEqual([refused.code, refused.body.message], [401, 'Unauthorized']); // the reason is for our log
  assert.match((await review(bearer))?.error ?? '', /refused by --service-account-legacy-tokens=deny/);
  assert.equal(await metric('mayfly_legacy_tokens_denied_total'), 2);
  const tomorrow = new Date(clock.nowMs() + 86_400_000).toISOString().slice(0, 10);
  const target = { name: 'default' };
  await label(NAMESPACES, target, { 'identity.mayfly.dev/legacy-tokens': `warn-until-${tomorrow}` });
  const warned = await use(bearer);
  assert.deepEqual(
    [warned.code, warned.headers.warning],
    [
      403,
      `299 - "This service account token never expires. Use tokens from the TokenRequest API instead. This namespace's exception ends after ${tomorrow}."`,
    ],
  );
  clock.advance(2 * 86_400_000);
  assert.equal((await use(bearer)).code, 401);
  await label(NAMESPACES, target, { 'identity.mayfly.dev/legacy-tokens': 'allow-until-tomorrow' });
  assert.equal((await use(bearer)).code, 401);
  assert.equal((await use(await issueToken('default', 'app'))).code, 403); // bound tokens are no matter of this
});

test('no token in the log or the audit log, and none in the ledger', async (context) => {
  const { token, use, review, label, logged, auditEvents, admin, clock } = await started(context);
  const bearer = await token();
  await use(bearer);
  await label(SECRETS, SEC, { [INVALID_SINCE]: '2026-01-01' });
  clock.advance(CACHE_MS);
  await use(bearer);
  await review(bearer);
  const written = inspect([logged, auditEvents], { depth: 20, maxStringLength: null, maxArrayLength: null });
  assert.match(written, /has been marked invalid/); // the refusal is there, the token is not
  for (const part of bearer.split('.')) assert.ok(!written.includes(part));
  const ledger = { group: 'identity.mayfly.dev', version: 'v1alpha1', resource: 'issuedtokens' };
  assert.deepEqual((await admin.list(ledger)).items, []);
});

test('C1: uses are tracked since the day of the first start', async (context) => {
  const { admin, clock } = await started(context);
  const tracking = await admin.get<KubernetesObject & { data?: object }>(
    { group: '', version: 'v1', resource: 'configmaps' },
    { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' },
  );
  assert.deepEqual(tracking.data, { since: new Date(clock.nowMs()).toISOString().slice(0, 10) });
});
