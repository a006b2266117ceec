/**
 * Signing keys through whole servers: two of them over one store, 30 s apart, each with its own keyring and token cache.
 * What rotates when, is decided in `apiserver/serviceaccount/key-rotation.ts` and tested there.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { TokenReview } from '@mayfly/api/authentication/v1/token-review';
import type { Secret } from '@mayfly/api/core/v1/secret';
import type { KeyRotation } from '@mayfly/api/identity/v1alpha1/key-rotation';
import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import type { Resource } from '@mayfly/sdk/kube/client';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { FakeClock } from '../../packages/mayfly/src/clock/fake-clock.ts';
import { generateSigningKey } from '../../packages/mayfly/src/jose/keys.ts';
import { WireClient } from './wire/client.ts';

const IDENTITY = { group: 'identity.mayfly.dev', version: 'v1alpha1' };
const KEYS: Resource = { ...IDENTITY, resource: 'signingkeys' };
const ROTATIONS: Resource = { ...IDENTITY, resource: 'keyrotations' };
const REVIEWS: Resource = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };
const SECRETS: Resource = { group: '', version: 'v1', resource: 'secrets' };

const PUBLICATION_MS = 65 * 60_000;
const SKEW_MS = 30_000;

async function pair(context: TestContext) {
  const options = { serviceAccountSigningAlgorithm: 'ES256' } as const;
  const first = await startMayfly(options);
  const clock = new FakeClock(first.clock.nowMs() + SKEW_MS);
  const second = await startMayfly({ ...options, store: first.store, clock });
  context.after(async () => {
    await second.close();
    await first.close();
  });
  const both = [first, second];
  const advance = (ms: number): void => {
    for (const each of both) each.clock.advance(ms);
  };
  return { first, second, both, advance };
}

const rotate = ({ admin }: Mayfly, spec: KeyRotation['spec'] = {}): Promise<KeyRotation> =>
  admin.create<KeyRotation>(ROTATIONS, { spec } as KeyRotation);
const keysOf = async ({ admin }: Mayfly): Promise<SigningKey[]> => (await admin.list<SigningKey>(KEYS)).items;
const kidOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
const published = async ({ admin }: Mayfly): Promise<string[]> =>
  ((await admin.request('GET', '/openid/v1/jwks')) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

async function isGood({ admin }: Mayfly, token: string): Promise<boolean> {
  const { status } = await admin.create<TokenReview>(REVIEWS, { spec: { token } } as TokenReview);
  return status?.authenticated === true;
}

async function metricsOf({ url, caCertificate, admin, issueToken }: Mayfly): Promise<string> {
  const token = await issueToken('default', 'scraper');
  await admin.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'scraper' },
    roleRef: { kind: 'ClusterRole', name: 'system:monitoring', apiGroup: 'rbac.authorization.k8s.io' },
    subjects: [{ kind: 'ServiceAccount', name: 'scraper', namespace: 'default' }],
  });
  const wire = new WireClient(url, 'HTTP/1.1', { ca: caCertificate });
  const { text } = await wire.ask('GET', '/metrics', { headers: { authorization: `Bearer ${token}` } });
  wire.close();
  return text;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 500; tries > 0; tries--) {
    if (await isSo()) return;
    await turn();
  }
  assert.fail('it does not come');
}

test('a new key is published and accepted by every server before it signs, and the old one goes when its tokens have ended', async (context) => {
  const { first, second, both, advance } = await pair(context);
  const old = await first.issueToken('default', 'app');
  const { status } = await rotate(first);
  assert.deepEqual([status?.state, status?.activateAt.endsWith('Z')], ['Announced', true]);
  const next = status?.keyID ?? '';
  await until(async () => (await published(second)).includes(next));
  assert.equal(kidOf(await second.issueToken('default', 'app')), kidOf(old));
  advance(PUBLICATION_MS);
  await until(async () => kidOf(await second.issueToken('default', 'app', { expirationSeconds: 3600 })) === next);
  const late = await second.issueToken('default', 'app');
  for (const each of both) assert.ok(await isGood(each, late));
  const { status: life } =
    (await keysOf(second)).find(({ metadata }) => metadata?.name === kidOf(old)) ?? assert.fail();
  assert.equal(life.state, 'Verifying');
  advance(Date.parse(life.verifyUntil ?? '') - first.clock.nowMs());
  await until(async () => (await published(first)).length === 1);
  await until(async () => (await published(second)).length === 1);
});

test('a panic ends every earlier token on every server, remembered ones and open watches included', {
  timeout: 30_000,
}, async (context) => {
  const { first, second, both } = await pair(context);
  const token = await first.issueToken('default', 'app');
  const clusterAdmin = { kind: 'ClusterRole', name: 'cluster-admin', apiGroup: 'rbac.authorization.k8s.io' };
  await first.admin.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'app' },
    roleRef: clusterAdmin,
    subjects: [{ kind: 'ServiceAccount', name: 'app', namespace: 'default' }],
  });
  for (const each of both) assert.ok(await isGood(each, token)); // and remembered for ten seconds from now
  const bearer = second.client(token);
  await until(() =>
    bearer.list(KEYS).then(
      () => true,
      () => false,
    ),
  ); // the binding has reached both
  const watched = watchUntilItEnds(second, token);
  await watched.isOpen;

  const { status } = await rotate(first, { panic: true });
  assert.deepEqual([status?.state, status?.retiredKeyIDs], ['Active', [kidOf(token)]]);
  const startMs = performance.now();
  await until(async () => !(await isGood(second, token)));
  await watched.end;
  assert.ok(performance.now() - startMs < 1000);
  assert.equal(await isGood(first, token), false);
  await assert.rejects(bearer.list(KEYS), { code: 401 });
  assert.deepEqual(await published(second), [status?.keyID]);
  for (const issuer of both) {
    const fresh = await issuer.issueToken('default', 'app');
    for (const each of both) assert.ok(await isGood(each, fresh));
  }
});

function watchUntilItEnds(mayfly: Mayfly, token: string) {
  const open = Promise.withResolvers<void>();
  const end = (async () => {
    for await (const _event of mayfly.client(token).watch(KEYS)) open.resolve();
  })();
  return { isOpen: open.promise, end };
}

test('a legacy token verifies for as long as its Secret stands, and its key with it', async (context) => {
  const { first, second, advance } = await pair(context);
  await first.issueToken('default', 'app');
  const target = { namespace: 'default', name: 'sec' };
  const annotations = { 'kubernetes.io/service-account.name': 'app' };
  const made: Secret = { metadata: { ...target, annotations }, type: 'kubernetes.io/service-account-token' };
  await first.admin.create(SECRETS, made);
  const held = async () => (await first.admin.get<Secret>(SECRETS, target)).data?.token ?? '';
  await until(async () => (await held()) !== '');
  const token = Buffer.from(await held(), 'base64').toString();
  const { status } = await rotate(first);
  advance(PUBLICATION_MS);
  await until(async () =>
    (await keysOf(first)).some(
      ({ metadata, status: { state } }) => metadata?.name === status?.keyID && state === 'Active',
    ),
  );
  for (let day = 0; day < 3; day++) advance(86_400_000);
  assert.ok(await isGood(second, token));
  await assert.rejects(first.admin.delete(KEYS, { name: kidOf(token) }), { code: 409 });
  await first.admin.delete(SECRETS, target);
  await first.admin.delete(KEYS, { name: kidOf(token) });
  assert.equal(await isGood(second, token), false);
});

describe('the API of signing keys', () => {
  test('refuses with one clear line', async (context) => {
    const { first } = await pair(context);
    await assert.rejects(rotate(first, { algorithm: 'HS256' }), {
      code: 422,
      message:
        'KeyRotation.identity.mayfly.dev "" is invalid: spec.algorithm: Unsupported value: "HS256": supported values: "RS256", "ES256", "ES384", "ES512"',
    });
    const [key] = await keysOf(first);
    const name = key?.metadata?.name ?? '';
    await assert.rejects(first.admin.delete(KEYS, { name }), {
      code: 409,
      message: `Operation cannot be fulfilled on signingkeys.identity.mayfly.dev "${name}": it signs; announce another with "mayfly keys rotate" first`,
    });
    await assert.rejects(first.admin.delete(KEYS, { name }, { preconditions: { uid: 'another' } }), {
      code: 409,
      message: /UID in the precondition/,
    });
  });

  test('is for nobody but cluster admins, unless they say so', async (context) => {
    const { first } = await pair(context);
    const app = first.client(await first.issueToken('default', 'app'));
    const [key] = await keysOf(first);
    for (const attempt of [
      app.list(KEYS),
      app.create(ROTATIONS, { spec: {} } as KeyRotation),
      app.delete(KEYS, { name: key?.metadata?.name ?? '' }),
    ])
      await assert.rejects(attempt, { code: 403 });
  });

  test('shows no private half, and audits who rotated', async (context) => {
    const { first } = await pair(context);
    const { status } = await rotate(first, { panic: true });
    const everything = JSON.stringify(await keysOf(first));
    assert.match(everything, /BEGIN PUBLIC KEY/);
    assert.doesNotMatch(everything, /PRIVATE/);
    const event = first.auditEvents.find(({ objectRef }) => objectRef?.resource === 'keyrotations');
    assert.equal(event?.user?.name, 'mayfly-admin');
    assert.equal(event?.annotations.get('identity.mayfly.dev/new-key-id'), status?.keyID);
    assert.equal(event?.annotations.get('identity.mayfly.dev/retired-key-ids'), status?.retiredKeyIDs?.join(','));
  });

  test('tells in its metrics how old the key is and when the next one signs', async (context) => {
    const { first, advance } = await pair(context);
    advance(3_600_000);
    const text = await metricsOf(first);
    const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    assert.equal(value('mayfly_signing_key_active_age_seconds'), 3600);
    assert.equal(value('mayfly_signing_key_rotations_total'), 0);
    assert.equal(value('mayfly_signing_keys{state="Active"}'), 1);
    const thirtyDays = first.clock.nowMs() / 1000 - 3600 + 30 * 86_400;
    assert.equal(value('mayfly_signing_key_next_rotation_timestamp_seconds'), thirtyDays);
  });

  test('tells of a rotation under way by a warning, and of a dry run by nothing written', async (context) => {
    const { first } = await pair(context);
    const path = '/apis/identity.mayfly.dev/v1alpha1/keyrotations';
    const dry = (await first.admin.request('POST', `${path}?dryRun=All`, { spec: { panic: true } })) as KeyRotation;
    assert.deepEqual([dry.status?.state, dry.status?.keyID], ['Active', undefined]);
    assert.equal((await keysOf(first)).length, 1);
    const { status } = await rotate(first);
    assert.deepEqual((await rotate(first)).status, status);
    assert.equal((await keysOf(first)).length, 2);
  });
});

test('a server that signs with a file says so when it is asked to rotate, and rotates nothing', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'mayfly-keys-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const key = await generateSigningKey('P-256');
  const [signing, verifying] = [join(home, 'sa.key'), join(home, 'sa.pub')];
  await writeFile(signing, key.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeFile(verifying, key.publicKey.export({ type: 'spki', format: 'pem' }));
  const mayfly = await startMayfly({ serviceAccountSigningKeyFile: signing, serviceAccountKeyFile: [verifying] });
  context.after(() => mayfly.close());
  assert.equal(kidOf(await mayfly.issueToken('default', 'app')), key.kid);
  await assert.rejects(rotate(mayfly), {
    code: 405,
    message: /^the signing key of this server is a file \(--service-account-signing-key-file\)/,
  });
  assert.deepEqual(await keysOf(mayfly), []);
});

test('a server with keys of its own also verifies with those of a file', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'mayfly-keys-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const former = await startMayfly();
  context.after(() => former.close());
  const token = await former.issueToken('default', 'app');
  const [key] = await keysOf(former);
  const file = join(home, 'former.pub');
  await writeFile(file, key?.spec.publicKey ?? '');
  const options = { serviceAccountSigningAlgorithm: 'ES256', serviceAccountKeyFile: [file] } as const;
  const mayfly = await startMayfly(options);
  context.after(() => mayfly.close());
  const { status } = await mayfly.admin.create<TokenReview>(REVIEWS, { spec: { token } } as TokenReview);
  assert.match(status?.error ?? '', /service account default\/app has been deleted|not found/i); // the signature held
  assert.equal((await published(mayfly)).length, 2);
});
