/** examples/follow-revocations, run as its README says: its own process, nothing but public documents between it and the server. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { type Mayfly, startMayfly, systemClock } from 'mayfly/testing';

const SERVICE = join(import.meta.dirname, '../../examples/follow-revocations/service.mjs');

let mayfly: Mayfly<typeof systemClock>;
let service: ChildProcess;
let home: string;
let url: string;

before(async () => {
  const port = await freePort();
  const issuer = `https://127.0.0.1:${port}`;
  const listen = { host: '127.0.0.1', port };
  mayfly = await startMayfly({ clock: systemClock, listen, serviceAccountIssuer: [issuer] });
  await mayfly.admin.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'discovery-for-everyone' },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'system:service-account-issuer-discovery',
    },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:unauthenticated' }],
  });
  await mayfly.admin.request('POST', '/api/v1/namespaces/default/serviceaccounts', {
    metadata: { name: 'checkout', annotations: { 'identity.mayfly.dev/token-status-list': 'true' } },
  });
  home = await mkdtemp(join(tmpdir(), 'mayfly-example-'));
  await writeFile(join(home, 'ca.crt'), mayfly.caCertificate);
  service = spawn(process.execPath, ['--conditions=source', SERVICE, issuer, 'payments', '0'], {
    env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: join(home, 'ca.crt'), NODE_NO_WARNINGS: '1' },
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

test('refuses a revoked token, and goes on to greet its sibling', async () => {
  const issue = () => mayfly.issueToken('default', 'checkout', { audiences: ['payments'] });
  const [token, sibling] = [await issue(), await issue()];
  await mayfly.admin.request('POST', '/apis/identity.mayfly.dev/v1alpha1/tokenrevocations', {
    spec: { credentialID: decodeJwt(token).jti },
  });
  assert.deepEqual(await ask(token), [401, 'no: revoked\n']);
  assert.deepEqual(await ask(sibling), [200, 'hello system:serviceaccount:default:checkout\n']);
});

async function ask(token: string): Promise<[number, string]> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return [response.status, await response.text()];
}

/** The issuer's address must be known before the server starts. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
