/** `mayfly jwks publish`: relying parties verify against a plain web server while the API server is down. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { newStatusLists } from '@mayfly/sdk/verify/status-list';
import { type JSONWebKeySet, type JWTVerdict, newJWTVerifier } from '@mayfly/sdk/verify/verifier';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { type Mayfly, startMayfly, systemClock } from 'mayfly/testing';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../packages/mayfly/src/main.ts');
const ISSUER = 'https://issuer.example';

describe('published keys', () => {
  const home = mkdtempSync(join(tmpdir(), 'mayfly-published-'));
  const directory = join(home, 'www');
  let mayfly: Mayfly<typeof systemClock>;
  let site: Server;
  let siteURL: string;
  let isDown = false;

  before(async () => {
    mayfly = await startMayfly({ clock: systemClock, serviceAccountIssuer: [ISSUER] });
    writeFileSync(join(home, 'kubeconfig'), mayfly.kubeconfig, { mode: 0o600 });
    site = serveFiles(directory);
    await once(site.listen(0, '127.0.0.1'), 'listening');
    siteURL = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  });
  after(async () => {
    if (!isDown) await mayfly.close();
    site.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('are refused a place that leads back to the API server', async () => {
    const { code, stderr } = await publish();
    assert.match(
      stderr,
      /^error: not published: jwks_uri is https:\/\/127\.0\.0\.1:\d+\/openid\/v1\/jwks, on the API server itself; give --url/,
    );
    assert.equal(code, 1);
  });

  test('are those of the server, byte by byte, and jwks_uri leads to them', async () => {
    const { code, stdout, stderr } = await publish('--url', ISSUER);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'published /openid/v1/jwks\npublished /.well-known/openid-configuration\n');
    assert.deepEqual(readFileSync(join(directory, 'openid/v1/jwks')), await served('/openid/v1/jwks'));
    const configuration = String(await served('/.well-known/openid-configuration'));
    assert.equal(
      readFileSync(join(directory, '.well-known/openid-configuration'), 'utf8'),
      configuration.replace(mayfly.url, ISSUER),
    );
  });

  test('are followed by a key that is announced, long before it signs', async () => {
    const watching = spawn(process.execPath, command('--url', ISSUER, '--watch', '--interval', '1s'));
    const written = firstLine(watching.stdout);
    await mayfly.admin.request('POST', '/apis/identity.mayfly.dev/v1alpha1/keyrotations', { spec: {} });
    assert.equal(await written, 'published /openid/v1/jwks\n');
    const { keys } = JSON.parse(readFileSync(join(directory, 'openid/v1/jwks'), 'utf8')) as { keys: unknown[] };
    assert.equal(keys.length, 2);
    watching.kill('SIGINT');
    assert.deepEqual(await once(watching, 'exit'), [0, null]);
  });

  test('come with the status lists: who reads only the files learns of a revocation', async () => {
    await mayfly.admin.create(
      { group: '', version: 'v1', resource: 'serviceaccounts' },
      {
        metadata: {
          name: 'listed',
          namespace: 'default',
          annotations: { 'identity.mayfly.dev/token-status-list': 'true' },
        },
      },
    );
    const token = await mayfly.issueToken('default', 'listed', { audiences: ['shop'] });
    const { stdout, stderr } = await publish('--url', ISSUER);
    assert.match(stdout, /^published \/openid\/v1\/token-status-lists\/\d+\n$/, stderr);
    assert.equal((await verdictFromFiles(token)).outcome, 'accepted');
    await mayfly.admin.request('POST', '/apis/identity.mayfly.dev/v1alpha1/tokenrevocations', {
      spec: { credentialID: decodeJwt(token).jti },
    });
    while ((await publish('--url', ISSUER)).stdout !== stdout); // a list is signed at most once a second
    const refused = await verdictFromFiles(token);
    assert.deepEqual([refused.outcome, 'refusal' in refused && refused.refusal], ['refused', 'revoked']);
  });

  test('stay when the server goes, and verify: while it watches, it says so and ends well', async () => {
    const token = await mayfly.issueToken('default', 'app', { audiences: ['shop'] });
    const watching = spawn(process.execPath, command('--url', ISSUER, '--watch', '--interval', '1s'));
    const warning = firstLine(watching.stderr);
    await mayfly.close();
    isDown = true;
    assert.match(await warning, /^warning: not published: connect ECONNREFUSED [^;]*; what is/);
    const keys = createRemoteJWKSet(new URL(`${siteURL}/openid/v1/jwks`));
    const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: 'shop' });
    assert.equal(payload.sub, 'system:serviceaccount:default:app');
    watching.kill('SIGTERM');
    assert.deepEqual(await once(watching, 'exit'), [0, null]);
  });

  test('stay when a single round fails, with exit code 1', async () => {
    const before = readFileSync(join(directory, 'openid/v1/jwks'));
    const { code, stderr } = await publish('--url', ISSUER);
    assert.match(stderr, /^error: not published: /);
    assert.equal(code, 1);
    assert.deepEqual(readFileSync(join(directory, 'openid/v1/jwks')), before);
  });

  /** What a relying party says that reaches nothing but the web server. */
  function verdictFromFiles(token: string): Promise<JWTVerdict> {
    const shared = {
      keys: async () => (await (await fetch(`${siteURL}/openid/v1/jwks`)).json()) as JSONWebKeySet,
      algorithms: ['RS256'] as const,
      nowMs: () => Date.now(),
      leewaySeconds: 30,
    };
    const status = newStatusLists({
      ...shared,
      fetch: (url, options) => fetch(url.replace(ISSUER, siteURL), options as RequestInit),
      allows: (uri) => uri.startsWith(`${ISSUER}/`),
      whenUnknown: 'refuse',
    });
    return newJWTVerifier({ ...shared, issuer: ISSUER, audiences: ['shop'], status }).verify(token);
  }

  function command(...flags: readonly string[]): string[] {
    const kubeconfig = join(home, 'kubeconfig');
    return ['--conditions=source', program, 'jwks', 'publish', '--to', directory, '--kubeconfig', kubeconfig, ...flags];
  }

  async function publish(...flags: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return run(process.execPath, command(...flags)).then(
      (output) => ({ code: 0, ...output }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  }

  /** As a pod would fetch it. */
  async function served(path: string): Promise<Buffer> {
    const headers = { authorization: `Bearer ${await mayfly.issueToken('default', 'app')}` };
    const [response] = (await once(get(mayfly.url + path, { ca: mayfly.caCertificate, headers }), 'response')) as [
      IncomingMessage,
    ];
    return Buffer.concat(await response.toArray());
  }
});

async function firstLine(output: Readable): Promise<string> {
  let text = '';
  for await (const chunk of output) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text;
}

/** What any web server does. */
function serveFiles(directory: string): Server {
  return createServer((request, response) => {
    try {
      response.end(readFileSync(join(directory, new URL(request.url ?? '', 'http://x').pathname)));
    } catch {
      response.writeHead(404).end();
    }
  });
}
