/** A stock Python client that is moved from a legacy token to a bound one, as in docs/tasks/move-off-forever-tokens.md. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import type { Secret } from '@mayfly/api/core/v1/secret';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { pythonWithClient } from './install.ts';

const python = await pythonWithClient().catch((error: Error) => error);
const skip =
  python instanceof Error && process.env.CI !== 'true'
    ? `no Python client: ${python.message.split('\n', 1)[0]}`
    : false;

const CACHE_MS = 10_001;
const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
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
