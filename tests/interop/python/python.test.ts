/** A stock Python client that is moved from a legacy token to a bound one, as in docs/tasks/move-off-forever-tokens.md. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import type { Secret } from '@mayfly/api/core/v1/secret';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { pythonWithClient } from './install.ts';

const python = await pythonWithClient().catch((error: Error) => error);
const skip =
  python instanceof Error && process.env.CI !== 'true'
    ? `no Python client: ${python.message.split('\n', 1)[0]}`
    : false;

const CACHE_MS = 10_001;
const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const ISSUED_TOKENS = { group: 'identity.mayfly.dev', version: 'v1alpha1', resource: 'issuedtokens' };
const HOUR_MS = 3_600_000;
const FLUSH_MS = 60_000;
const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const USER = 'system:serviceaccount:default:app';

test('a workload goes from a legacy token to a bound one without a restart, and the legacy one is shut off', {
  skip,
}, async (context) => {
  if (python instanceof Error) throw python;
  const mayfly = await startMayfly();
  const directory = await mkdtemp(join(tmpdir(), 'mayfly-python-'));
  context.after(async () => {
    await mayfly.close();
    await rm(directory, { recursive: true, force: true });
  });
  const { token, ca } = await legacyToken(mayfly);
  await writeFile(join(directory, 'ca.crt'), ca);
  await writeFile(join(directory, 'token'), token, { mode: 0o600 });
  const ask = startReader(context, python, mayfly, directory);
  assert.deepEqual(await ask('now'), { user: USER, extra: [] });

  await writeFile(join(directory, 'token'), await mayfly.issueToken('default', 'app'));
  assert.deepEqual(await ask('later'), { user: USER, extra: ['authentication.kubernetes.io/credential-id'] });

  await mayfly.admin.delete(SECRETS, { namespace: 'default', name: 'app-token' });
  mayfly.clock.advance(CACHE_MS);
  assert.deepEqual(await ask('now'), { user: USER, extra: ['authentication.kubernetes.io/credential-id'] });
  await writeFile(join(directory, 'token'), token);
  assert.deepEqual(await ask('later'), { code: 401 });
});

test('a workload that never reads its token file again is told apart before its grace period ends', {
  skip,
}, async (context) => {
  if (python instanceof Error) throw python;
  const mayfly = await startMayfly();
  const directory = await mkdtemp(join(tmpdir(), 'mayfly-python-'));
  context.after(async () => {
    await mayfly.close();
    await rm(directory, { recursive: true, force: true });
  });
  const token = await podToken(mayfly);
  await writeFile(join(directory, 'ca.crt'), mayfly.caCertificate);
  await writeFile(join(directory, 'token'), token, { mode: 0o600 });
  const ask = startReader(context, python, mayfly, directory);
  const id = 'authentication.kubernetes.io/credential-id';
  const pod = ['authentication.kubernetes.io/pod-name', 'authentication.kubernetes.io/pod-uid'];
  assert.deepEqual(await ask('now'), { user: USER, extra: [id, ...pod] });
  mayfly.clock.advance(2 * HOUR_MS); // nobody has renewed the file
  assert.deepEqual(await ask('now'), { user: USER, extra: [id, ...pod] });
  mayfly.clock.advance(FLUSH_MS);
  const { spec, status } = await staleRow(mayfly);
  assert.deepEqual(spec.workload, { kind: 'Deployment', name: 'web' });
  assert.match(status?.stale?.userAgent ?? '', /python/i);
  assert.equal(status?.stale?.sourceIP, '127.0.0.1');
});

/** Of a pod of Deployment `web`, with what its volume asks for. */
async function podToken({ admin, issueToken }: Mayfly): Promise<string> {
  await issueToken('default', 'app'); // makes the account
  const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9c5b8f6', uid: 'u', controller: true };
  await admin.create(PODS, {
    metadata: { namespace: 'default', name: 'web-7d9c5b8f6-x2x4z', ownerReferences: [controller] },
    spec: { serviceAccountName: 'app', containers: [{ name: 'main', image: 'registry.example/app:1' }] },
  } as object);
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'web-7d9c5b8f6-x2x4z' };
  return issueToken('default', 'app', { expirationSeconds: 3607, boundObjectRef });
}

/** The ledger's evidence, once it is written. */
async function staleRow({ admin }: Mayfly): Promise<IssuedToken> {
  for await (const { object } of admin.watch<IssuedToken>(ISSUED_TOKENS, { fieldSelector: 'status.stale=true' }))
    return object;
  throw new Error('the watch ended before there was evidence');
}

/** Out of the Secret, once it is filled. */
async function legacyToken({ admin }: Mayfly): Promise<{ token: string; ca: string }> {
  await admin.create(SERVICE_ACCOUNTS, { metadata: { namespace: 'default', name: 'app' } });
  const annotations = { 'kubernetes.io/service-account.name': 'app' };
  const metadata = { namespace: 'default', name: 'app-token', annotations };
  const secret: Secret = { metadata, type: 'kubernetes.io/service-account-token' };
  const { metadata: made } = await admin.create<Secret>(SECRETS, secret);
  const watched = { namespace: 'default', resourceVersion: made?.resourceVersion ?? '' };
  for await (const { object } of admin.watch<Secret>(SECRETS, watched)) {
    const text = (key: string) => Buffer.from(object.data?.[key] ?? '', 'base64').toString();
    if (text('token') !== '') return { token: text('token'), ca: text('ca.crt') };
  }
  throw new Error('the watch ended before the Secret was filled');
}

/** @returns a function that has the workload take one step, and tells what it printed */
function startReader(context: TestContext, interpreter: string, { url }: Mayfly, directory: string) {
  const { hostname, port } = new URL(url);
  const script = join(import.meta.dirname, 'reader.py');
  const child = spawn(interpreter, [script, hostname, port, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (step: string): Promise<unknown> => {
    child.stdin.write(`${step}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the Python program ended early');
    return JSON.parse(value) as unknown;
  };
}
