/**
 * No token, signature, private key or secret value gets anywhere but where it belongs: not into the log, the audit log,
 * the metrics, an error, a refusal, `ready.json`, the process's arguments, or what a debugger prints of our objects.
 */
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import type { TokenRequest } from '@mayfly/api/authentication/v1/token-request';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { KubeClient } from '@mayfly/sdk/kube/client';
import { startMayfly } from 'mayfly/testing';
import { LoopbackAuthenticator } from '../../packages/mayfly/src/apiserver/authentication/loopback/loopback.ts';
import { openPKI } from '../../packages/mayfly/src/apiserver/server/pki.ts';
import { newFileKeyring } from '../../packages/mayfly/src/apiserver/serviceaccount/keyring.ts';
import { FakeClock } from '../../packages/mayfly/src/clock/fake-clock.ts';
import { newSigningKey } from '../../packages/mayfly/src/jose/keys.ts';
import { silentLog } from '../../packages/mayfly/src/log/log.ts';
import { newLog } from '../../packages/mayfly/src/log/pino-log.ts';
import { systemRandom } from '../../packages/mayfly/src/random/random.ts';
import { newMemoryStore } from '../../packages/mayfly/src/storage/memory/memory-store.ts';
import type { Store, TxnRequest } from '../../packages/mayfly/src/storage/store.ts';
import { ServerProcess } from '../fault/server-process.ts';
import { compact, signRSA } from './bad-input/forge.ts';
import { Wire } from './bad-input/wire.ts';

const directory = mkdtempSync(join(tmpdir(), 'mayfly-leaks-'));
after(() => rmSync(directory, { recursive: true }));

/** Things that must not be seen, each by a name that may be. */
class Secrets {
  readonly #known = new Map<string, string>();

  add(name: string, secret: string): void {
    assert.ok(secret.length >= 16, `${name} is too short to be looked for`);
    this.#known.set(name, secret);
  }

  token(name: string, token: string): void {
    this.add(name, token);
    this.add(`signature of ${name}`, token.slice(token.lastIndexOf('.') + 1));
    this.add(`claims of ${name}`, token.split('.')[1] ?? '');
  }

  /** A PEM in whole, and pieces of its base64 that survive another line length or an escape. */
  privateKey(name: string, pem: string): void {
    const lines = pem.split('\n').filter((line) => line.length === 64);
    for (const [i, line] of lines.slice(1).entries()) this.add(`line ${i} of ${name}`, line.slice(8, 56));
    const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
    this.add(`${name} as a JWK`, d.slice(0, 40));
    this.add(`${name} in hexadecimal`, Buffer.from(d, 'base64url').toString('hex').slice(0, 60));
  }

  assertAbsent(where: string, text: string): void {
    for (const [name, secret] of this.#known) assert.ok(!text.includes(secret), `${name} is in ${where}`);
    assert.doesNotMatch(text, /PRIVATE KEY-----/, `a private key is in ${where}`);
    assert.doesNotMatch(text, /eyJ[\w-]{8,}\.[\w-]{8,}\./, `a token is in ${where}`);
  }
}

/** A store that fails when told, with an error that says too much. */
class BrokenStore implements Store {
  failure: Error | undefined;
  readonly #inner: Store;

  constructor(inner: Store) {
    this.#inner = inner;
  }

  async txn(request: TxnRequest) {
    if (this.failure !== undefined) throw this.failure;
    return this.#inner.txn(request);
  }

  async range(request: Parameters<Store['range']>[0]) {
    if (this.failure !== undefined) throw this.failure;
    return this.#inner.range(request);
  }

  watch(request: Parameters<Store['watch']>[0]) {
    return this.#inner.watch(request);
  }

  compact(revision: number) {
    return this.#inner.compact(revision);
  }

  grantLease(ttlSeconds: number) {
    return this.#inner.grantLease(ttlSeconds);
  }

  close() {
    return this.#inner.close();
  }
}

const PASSWORD = 'correct-horse-battery-staple-0123456789';
const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const SECRETS = { group: '', version: 'v1', resource: 'secrets' };

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

test('a busy server in this process tells nobody', async () => {
  const secrets = new Secrets();
  const clock = new FakeClock(Math.floor(Date.now() / 1000) * 1000);
  let logged = '';
  const write = (line: string): void => {
    logged += line;
  };
  const log = newLog({ verbosity: 4, isTerminal: false, hasColor: false, write });
  const store = new BrokenStore(newMemoryStore({ clock }));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keyFile = join(directory, 'signing.pem');
  writeFileSync(keyFile, pem(privateKey), { mode: 0o600 });
  secrets.privateKey('the signing key', pem(privateKey));
  secrets.add('a secret value', PASSWORD);
  secrets.add('a secret value in base64', Buffer.from(PASSWORD).toString('base64'));
  const drawn: string[] = [];
  const random = {
    ...systemRandom,
    bytes: (count: number) => {
      const bytes = systemRandom.bytes(count);
      if (count === 32) drawn.push(Buffer.from(bytes).toString('base64url'));
      return bytes;
    },
  };
  const mayfly = await startMayfly({
    clock,
    store,
    log,
    random: Object.assign(Object.create(systemRandom), random),
    serviceAccountKeyFile: [keyFile],
    serviceAccountSigningKeyFile: keyFile,
  });
  for (const [i, bytes] of drawn.entries()) secrets.add(`random ${i} (the loopback token is one)`, bytes);
  assert.ok(drawn.length > 0);
  const wire = new Wire(mayfly);
  const seen: string[] = [];
  const ask = async (request: Parameters<Wire['send']>[0], expected: number): Promise<void> => {
    const { code, text, headers } = await wire.send(request);
    assert.equal(code, expected, text);
    seen.push(`${JSON.stringify(headers)}\n${text}`);
  };
  try {
    const token = await mayfly.issueToken('default', 'app');
    const foreign = await mayfly.issueToken('default', 'app', { audiences: ['vault'] });
    const forged = compact(
      { alg: 'RS256', kid: 'k' },
      { iss: 'https://kubernetes.default.svc', x: PASSWORD },
      (input) => signRSA('RS256', input, privateKey),
    );
    secrets.token('a token', token);
    secrets.token('a token of another audience', foreign);
    secrets.token('a forged token', forged);
    await mayfly.admin.create(SECRETS, {
      metadata: { name: 's', namespace: 'default' },
      stringData: { password: PASSWORD },
    } as KubernetesObject);
    const json = 'application/json';
    for (const bad of [foreign, forged, `${token}x`, `${token}.x`])
      await ask({ path: '/api/v1/nodes', token: bad }, 401);
    await ask({ path: '/api/v1/nodes', token }, 403);
    await ask({ path: `/api/v1/namespaces/default/secrets/${'x'.repeat(10)}`, token }, 403);
    const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';
    // A review repeats its spec, token included; only what it says of it is looked at.
    for (const reviewed of [token, foreign, forged]) {
      const { text } = await wire.send({
        method: 'POST',
        path: reviews,
        type: json,
        body: { spec: { token: reviewed } },
      });
      seen.push(JSON.stringify(JSON.parse(text).status));
    }
    await ask({ method: 'POST', path: reviews, type: json, body: { spec: { token: [token] } } }, 400);
    await ask(
      { method: 'POST', path: `${reviews}?fieldValidation=Strict`, type: json, body: { spec: { token, tokn: 1 } } },
      400,
    );
    const bodies = { metadata: { name: 'B@D' }, stringData: { 'b@d/key': PASSWORD } };
    await ask({ method: 'POST', path: '/api/v1/namespaces/default/secrets', type: json, body: bodies }, 422);
    await ask({ path: '/api/v1/namespaces', headers: { 'impersonate-user': 'x' }, token }, 403);
    await ask(
      {
        path: '/api/v1/namespaces',
        headers: { authorization: `Basic ${Buffer.from(`a:${PASSWORD}`).toString('base64')}` },
        token: null,
      },
      403,
    );
    store.failure = new Error(`disk said: ${token} and ${pem(privateKey)}`);
    await ask(
      { method: 'POST', path: '/api/v1/namespaces/default/configmaps', type: json, body: { metadata: { name: 'x' } } },
      500,
    );
    await ask({ path: '/api/v1/namespaces/default/configmaps' }, 500);
    await ask(
      { method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts/app/token', type: json, body: {} },
      500,
    );
    store.failure = undefined;
    const metrics = await wire.send({ path: '/metrics' });
    seen.push(metrics.text);
    seen.push((await wire.send({ path: '/openid/v1/jwks' })).text);
    seen.push((await wire.send({ path: '/apis/identity.mayfly.dev/v1alpha1/namespaces/default/issuedtokens' })).text);
  } finally {
    wire.close();
    await mayfly.close();
  }
  assert.ok(mayfly.auditEvents.length > 10);
  for (const answer of seen) secrets.assertAbsent(`an answer: ${answer.slice(0, 200)}`, answer);
  secrets.assertAbsent('the audit log', JSON.stringify(mayfly.auditEvents));
  assert.match(logged, /disk said: \[token\] and \[private key\]/);
  secrets.assertAbsent('the log', logged);
});

test('what a debugger prints of our objects shows no secret', async () => {
  const secrets = new Secrets();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  secrets.privateKey('the signing key', pem(privateKey));
  const key = newSigningKey(privateKey);
  const clock = new FakeClock();
  const pki = await openPKI({ dataDir: undefined, clock, random: systemRandom, hosts: [], log: silentLog });
  for (const { key: text } of [pki.adminMaterial(), pki.servingMaterial()])
    secrets.privateKey('a key of the PKI', String(text));
  const loopbackToken = 'loopback-token-0123456789-0123456789-01234';
  secrets.add('the loopback token', loopbackToken);
  for (const [name, object] of Object.entries({
    key,
    keyring: newFileKeyring({ signingKey: key, verificationKeys: [key] }),
    pki,
    loopback: new LoopbackAuthenticator({ token: loopbackToken, random: systemRandom }),
  })) {
    secrets.assertAbsent(name, JSON.stringify(object, withBigInts) ?? '');
    secrets.assertAbsent(name, inspect(object, { depth: 20 }));
  }
  pki.close();
});

const withBigInts = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);

/** Where each file's secrets belong, and who may read them. Directories end in `/`. */
const FILES: Readonly<Record<string, { mode: number; holdsKeys?: boolean }>> = {
  './': { mode: 0o700 },
  'audit.log': { mode: 0o600 },
  'ca.crt': { mode: 0o644 },
  'ca.key': { mode: 0o600, holdsKeys: true },
  kubeconfig: { mode: 0o600, holdsKeys: true },
  lock: { mode: 0o600 },
  'ready.json': { mode: 0o600 },
  'store.db': { mode: 0o600, holdsKeys: true }, // Secrets and signing keys are stored as they are until encryption at rest
  'store.db-shm': { mode: 0o600, holdsKeys: true },
  'store.db-wal': { mode: 0o600, holdsKeys: true },
  version: { mode: 0o600 },
};

test('the program leaks nothing into its outputs, its files and its arguments', async () => {
  const dataDir = join(directory, 'data');
  const umask = process.umask(0); // the modes must not depend on it
  const secrets = new Secrets();
  keepSigningKey(dataDir, secrets);
  const server = await ServerProcess.start(dataDir, ['--v=4']).finally(() => process.umask(umask));
  const { client, close } = server.admin();
  try {
    await busyHour(client, server, secrets);
    assertModes(dataDir);
    secrets.assertAbsent('the arguments', readFileSync(`/proc/${server.child.pid}/cmdline`, 'utf8'));
    secrets.assertAbsent('the environment', readFileSync(`/proc/${server.child.pid}/environ`, 'utf8'));
    secrets.assertAbsent('ready.json', readFileSync(join(dataDir, 'ready.json'), 'utf8'));
  } catch (error) {
    server.child.kill('SIGKILL'); // or its pipes would keep this process alive
    throw error;
  } finally {
    close();
  }
  const { code, stdout, stderr } = await server.stop();
  assert.equal(code, 0);
  assert.match(stderr, /unable to authenticate the request/);
  secrets.assertAbsent('stdout', stdout);
  secrets.assertAbsent('stderr', stderr);
  for (const name of walk(dataDir)) {
    const text = readFileSync(join(dataDir, name), 'latin1');
    if (FILES[name]?.holdsKeys !== true) secrets.assertAbsent(name, text);
  }
  const audit = readFileSync(join(dataDir, 'audit.log'), 'utf8');
  assert.match(audit, /issued-credential-id/);
  const store = readFileSync(join(dataDir, 'store.db'), 'latin1');
  assert.doesNotMatch(store, /eyJ[\w-]{8,}\.[\w-]{8,}\./, 'a token is in the store');
  assert.equal(
    store.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----/g)?.length,
    1,
    'no key but the signing key is in the store',
  );
});

/** As an earlier release left it, so that we know the key that the server takes into its store. */
function keepSigningKey(dataDir: string, secrets: Secrets): void {
  const directory = join(dataDir, 'service-account-keys');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  mkdirSync(dataDir, { mode: 0o700 });
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(join(directory, '0001-RSA.pem'), pem(privateKey), { mode: 0o600 });
  secrets.privateKey('the signing key', pem(privateKey));
}

async function busyHour(client: KubeClient, server: ServerProcess, secrets: Secrets): Promise<void> {
  secrets.privateKey('ca.key', readFileSync(join(server.dataDir, 'ca.key'), 'utf8'));
  const clientKey = /client-key-data: (\S+)/.exec(server.kubeconfig)?.[1] ?? '';
  secrets.add('the admin key in the kubeconfig', clientKey.slice(40, 140));
  secrets.privateKey('the admin key', Buffer.from(clientKey, 'base64').toString());
  await client.create(SERVICE_ACCOUNTS, { metadata: { name: 'app', namespace: 'default' } });
  const target = { namespace: 'default', name: 'app', subresource: 'token' };
  const request = { spec: {} } as KubernetesObject;
  const token = (await client.create<TokenRequest>(SERVICE_ACCOUNTS, request, target)).status?.token ?? '';
  secrets.token('a token', token);
  secrets.add('a secret value', PASSWORD);
  const secret = { metadata: { name: 's', namespace: 'default' }, stringData: { password: PASSWORD } };
  await client.create(SECRETS, secret as KubernetesObject);
  const review = (reviewed: string): Promise<unknown> =>
    client.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: reviewed } });
  await review(token);
  await review(`${token.slice(0, -8)}AAAAAAAA`);
  const { default: https } = await import('node:https');
  const ca = readFileSync(join(server.dataDir, 'ca.crt'));
  for (const [bearer, want] of [
    [token, 403],
    [`${token.slice(0, -8)}AAAAAAAA`, 401],
    [`${token}.x`, 401],
  ] as const) {
    const code = await new Promise((resolve, reject) => {
      const options = { ca, agent: false as const, headers: { authorization: `Bearer ${bearer}` } };
      const sent = https.get(`${server.url}/api/v1/nodes`, options, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      });
      sent.on('error', reject);
    });
    assert.equal(code, want);
  }
  const metrics = await new Promise<string>((resolve, reject) => {
    const credential = {
      cert: Buffer.from(/client-certificate-data: (\S+)/.exec(server.kubeconfig)?.[1] ?? '', 'base64'),
      key: Buffer.from(clientKey, 'base64'),
    };
    https
      .get(`${server.url}/metrics`, { ca, agent: false, ...credential }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
  assert.match(metrics, /apiserver_request_total/);
  secrets.assertAbsent('the metrics', metrics);
}

function walk(dataDir: string, prefix = ''): string[] {
  return readdirSync(join(dataDir, prefix), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(dataDir, `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
  );
}

/** Every file is listed with its mode; a new one fails here until it is. */
function assertModes(dataDir: string): void {
  const found = ['./', ...walk(dataDir)].map((name) => [name, statSync(join(dataDir, name)).mode & 0o777]);
  for (const [name, mode] of found as [string, number][]) {
    assert.equal(mode.toString(8), FILES[name]?.mode.toString(8), name);
  }
}
