import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { TokenRequest } from '@mayfly/api/authentication/v1/token-request';
import type { ConfigMap } from '@mayfly/api/core/v1/config-map';
import { type KubeClient, newKubeClient } from '@mayfly/sdk/kube/client';
import { systemClock } from '../../clock/clock.ts';
import { newServerConfig, type ServerConfig } from '../../config/config.ts';
import { newFetcher } from '../../httpclient/fetch.ts';
import { generateSigningKey, type SigningKey } from '../../jose/keys.ts';
import { silentLog } from '../../log/log.ts';
import { systemRandom } from '../../random/random.ts';
import { formatKeyed, issueCA, issueServing, validityFrom } from '../../x509/issue.ts';
import { readClientMaterial } from './kubeconfig-file.ts';
import { type RunningServer, startServer } from './start.ts';

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };

describe('a server on a data directory', () => {
  let home: string;
  let server: RunningServer | undefined;
  const closers: (() => void)[] = [];

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'mayfly-start-'));
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await server?.close();
    server = undefined;
    await rm(home, { recursive: true, force: true });
  });

  const start = async (settings: Partial<ServerConfig> = {}): Promise<KubeClient> => {
    const listen = { host: '127.0.0.1', port: 0 };
    const config = newServerConfig('server', {
      dataDir: home,
      listen,
      serviceAccountSigningAlgorithm: 'ES256',
      ...settings,
    });
    server = await startServer({ config, clock: systemClock, random: systemRandom, log: silentLog });
    const kubeconfig = await readFile(server.kubeconfig, 'utf8');
    const { cert: certificate, key } = readClientMaterial(kubeconfig) ?? assert.fail('no client certificate');
    const ca = settings.tlsCertFile ?? server.caFile;
    const fetcher = newFetcher({
      clock: systemClock,
      ca: await readFile(ca, 'utf8'),
      clientCertificate: { certificate, key },
      timeoutMs: 10_000,
      maxResponseBytes: 2 ** 20,
    });
    closers.push(() => fetcher.close());
    return newKubeClient({ baseURL: server.url, fetch: fetcher.fetch });
  };

  test('keeps its objects, its keys and the admin credential over a restart', async () => {
    const first = await start();
    await first.create(NAMESPACES, { metadata: { name: 'kept' } });
    const keys = await first.request('GET', '/openid/v1/jwks');
    await server?.close();
    const second = await start();
    assert.equal((await second.get(NAMESPACES, { name: 'kept' })).metadata?.name, 'kept');
    assert.deepEqual(await second.request('GET', '/openid/v1/jwks'), keys);
  });

  test('announces a key when another algorithm is asked for, and goes on signing with the old one', async () => {
    const before = await start();
    const published = async (client: KubeClient) =>
      ((await client.request('GET', '/openid/v1/jwks')) as { keys: { kid: string; alg: string }[] }).keys;
    const [old] = await published(before);
    await server?.close();
    const after = await start({ serviceAccountSigningAlgorithm: 'ES384' });
    const isAnnounced = async () => (await published(after)).length === 2;
    for (let tries = 500; tries > 0 && !(await isAnnounced()); tries--) await turn();
    const keys = await published(after);
    assert.deepEqual(
      keys.map(({ alg }) => alg),
      ['ES256', 'ES384'],
    );
    assert.equal(keys[0]?.kid, old?.kid);
    await after.create(SERVICE_ACCOUNTS, { metadata: { name: 'app', namespace: 'default' } });
    const target = { namespace: 'default', name: 'app', subresource: 'token' };
    const issued = await after.create<TokenRequest>(SERVICE_ACCOUNTS, { spec: {} } as TokenRequest, target);
    const [header = ''] = issued.status?.token.split('.') ?? [];
    assert.equal(JSON.parse(Buffer.from(header, 'base64url').toString()).kid, old?.kid);
  });

  test('reads its key files again when told to, and keeps the old keys when a file is broken', async () => {
    const [first, second] = await Promise.all([generateSigningKey('P-256'), generateSigningKey('P-256')]);
    const file = join(home, 'sa.pem');
    const write = (...keys: SigningKey[]): Promise<void> =>
      writeFile(file, keys.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' })).join(''));
    await write(first);
    const client = await start({
      serviceAccountKeyFile: [file],
      serviceAccountSigningKeyFile: await privateKeyFile(first),
    });
    const published = async (): Promise<readonly string[]> =>
      ((await client.request('GET', '/openid/v1/jwks')) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    assert.deepEqual(await published(), [first.kid]);
    await write(second, first);
    await server?.reload();
    assert.deepEqual(await published(), [second.kid, first.kid]);
    await writeFile(file, 'no key at all');
    await server?.reload();
    assert.deepEqual(await published(), [second.kid, first.kid]);
  });

  async function privateKeyFile({ privateKey }: SigningKey): Promise<string> {
    const path = join(home, 'signing.pem');
    await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    return path;
  }

  test('its own controllers reach it whatever certificate the operator serves', async () => {
    const lifetime = validityFrom(systemClock.nowMs(), 86_400_000);
    const ca = issueCA({ ...lifetime, commonName: 'operator', random: systemRandom });
    const named = { commonName: 'api', hosts: ['api.example.org', '127.0.0.1'], random: systemRandom };
    const { cert, key } = formatKeyed(issueServing({ ...lifetime, ...named }, ca));
    const files = { tlsCertFile: join(home, 'api.crt'), tlsPrivateKeyFile: join(home, 'api.key') };
    await writeFile(files.tlsCertFile, cert + formatKeyed(ca).cert);
    await writeFile(files.tlsPrivateKeyFile, key);
    const client = await start(files);
    await client.create(NAMESPACES, { metadata: { name: 'brief' } });
    await deleteAndWait(client, 'brief'); // the namespace controller came in by the loopback certificate
  });

  test('publishes to pods the root of the certificate that is served, also when that is replaced', async () => {
    const lifetime = validityFrom(systemClock.nowMs(), 86_400_000);
    const [one, two] = ['one', 'two'].map((commonName) => issueCA({ ...lifetime, commonName, random: systemRandom }));
    assert(one && two);
    const { cert, key } = formatKeyed(
      issueServing({ ...lifetime, commonName: 'api', hosts: ['127.0.0.1'], random: systemRandom }, one),
    );
    const [rootOne, rootTwo] = [formatKeyed(one).cert, formatKeyed(two).cert];
    const files = { tlsCertFile: join(home, 'api.crt'), tlsPrivateKeyFile: join(home, 'api.key') };
    await writeFile(files.tlsCertFile, cert + rootOne);
    await writeFile(files.tlsPrivateKeyFile, key);
    const client = await start(files);
    await published(client, rootOne);
    const renewed = issueServing({ ...lifetime, commonName: 'new', hosts: ['127.0.0.1'], random: systemRandom }, one);
    await writeFile(files.tlsCertFile, formatKeyed(renewed).cert + rootOne + rootTwo);
    await writeFile(files.tlsPrivateKeyFile, formatKeyed(renewed).key);
    await server?.reload();
    await published(client, rootOne + rootTwo);
  });
});

/** Resolves when `kube-root-ca.crt` holds it. */
async function published(client: KubeClient, bundle: string): Promise<void> {
  const select = { namespace: 'default', fieldSelector: 'metadata.name=kube-root-ca.crt', timeoutSeconds: 10 };
  for await (const { object } of client.watch<ConfigMap>(CONFIG_MAPS, select))
    if (object.data?.['ca.crt'] === bundle) return;
  assert.fail('it was not published');
}

/** Deletes once the watch is there, so that no event can be missed. */
async function deleteAndWait(client: KubeClient, name: string): Promise<void> {
  const fieldSelector = `metadata.name=${name}`;
  for await (const { type } of client.watch(NAMESPACES, { fieldSelector, timeoutSeconds: 10 })) {
    if (type === 'ADDED') await client.delete(NAMESPACES, { name });
    if (type === 'DELETED') return;
  }
  assert.fail(`the namespace ${name} was not deleted`);
}
