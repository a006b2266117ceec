/** examples/relying-party, run as its README says: its own process, nothing but discovery between it and the server. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Mayfly, startMayfly } from 'mayfly/testing';

const SERVICE = join(import.meta.dirname, '../../examples/relying-party/service.mjs');

let mayfly: Mayfly;
let service: ChildProcess;
let home: string;
let url: string;

before(async () => {
  const port = await freePort();
  const issuer = `https://127.0.0.1:${port}`;
  mayfly = await startMayfly({ listen: { host: '127.0.0.1', port }, serviceAccountIssuer: [issuer] });
  await publishDiscovery();
  home = await mkdtemp(join(tmpdir(), 'mayfly-example-'));
  await writeFile(join(home, 'ca.crt'), mayfly.caCertificate);
  service = spawn(process.execPath, [SERVICE, issuer, 'payments', '0'], {
    env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: join(home, 'ca.crt') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(service.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  url = /http:\S+/.exec(line.toString())?.[0] ?? '';
});
after(async () => {
  service?.kill();
  await mayfly?.close();
  await rm(home, { recursive: true, force: true });
});

test('greets the holder of a token for its audience', async () => {
  await mayfly.admin.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const token = await mayfly.issueToken('shop', 'checkout', { audiences: ['payments'] });
  assert.deepEqual(await ask(token), [200, 'hello system:serviceaccount:shop:checkout\n']);
});

test('refuses a token for another audience', async () => {
  const token = await mayfly.issueToken('default', 'checkout', { audiences: ['bank'] });
  assert.deepEqual(await ask(token), [401, 'who are you?\n']);
});

test('refuses who shows none', async () => {
  assert.deepEqual(await ask(undefined), [401, 'who are you?\n']);
});

async function ask(token: string | undefined): Promise<[number, string]> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers });
  return [response.status, await response.text()];
}

/** Relying parties without a credential may read the discovery documents. */
function publishDiscovery(): Promise<unknown> {
  const apiGroup = 'rbac.authorization.k8s.io';
  return mayfly.admin.request('POST', `/apis/${apiGroup}/v1/clusterrolebindings`, {
    metadata: { name: 'discovery-for-everyone' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'system:service-account-issuer-discovery' },
    subjects: [{ kind: 'Group', apiGroup, name: 'system:unauthenticated' }],
  });
}

/** The issuer is part of the configuration, so the port has to be known before the server starts. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
