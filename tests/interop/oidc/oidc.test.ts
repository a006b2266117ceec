/** A token is verified by OIDC libraries that know nothing of Mayfly, through discovery only. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Mayfly, startMayfly } from 'mayfly/testing';

const RELYING_PARTY = join(import.meta.dirname, 'relying-party.mjs');

for (const algorithm of ['RS256', 'ES256', 'ES384', 'ES512'] as const) {
  describe(`a relying party and ${algorithm}`, () => {
    let mayfly: Mayfly;
    let issuer: string;
    let home: string;

    before(async () => {
      const port = await freePort();
      issuer = `https://127.0.0.1:${port}`;
      mayfly = await startMayfly({
        listen: { host: '127.0.0.1', port },
        serviceAccountIssuer: [issuer],
        serviceAccountSigningAlgorithm: algorithm,
        externalHostname: `127.0.0.1:${port}`,
      });
      home = await mkdtemp(join(tmpdir(), 'mayfly-oidc-'));
      await writeFile(join(home, 'ca.crt'), mayfly.caCertificate);
      await mayfly.admin.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        metadata: { name: 'discovery-for-everyone' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'system:service-account-issuer-discovery',
        },
        subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:unauthenticated' }],
      });
      await mayfly.admin.request('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'app' } });
    });
    after(async () => {
      await mayfly?.close();
      if (home !== undefined) await rm(home, { recursive: true, force: true });
    });

    test('accepts a token for its audience', async () => {
      const token = await mayfly.issueToken('default', 'app', { audiences: ['shop'] });
      const { code, stdout, stderr } = await relyingParty('shop', token);
      assert.equal(code, 0, stderr);
      const { payload, protectedHeader } = JSON.parse(stdout);
      assert.equal(payload.sub, 'system:serviceaccount:default:app');
      assert.equal(protectedHeader.alg, algorithm);
    });

    test('refuses it for another audience', async () => {
      const token = await mayfly.issueToken('default', 'app', { audiences: ['shop'] });
      assert.deepEqual(await relyingParty('bank', token), {
        code: 1,
        stdout: '',
        stderr: 'ERR_JWT_CLAIM_VALIDATION_FAILED\n',
      });
    });

    test('refuses a token whose payload was changed', async () => {
      const [header, payload, signature] = (await mayfly.issueToken('default', 'app', { audiences: ['shop'] })).split(
        '.',
      );
      const changed = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
      changed.sub = 'system:serviceaccount:default:admin';
      const forged = [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
      assert.match((await relyingParty('shop', forged)).stderr, /ERR_JWS_SIGNATURE_VERIFICATION_FAILED/);
    });

    function relyingParty(audience: string, token: string): Promise<{ code: number; stdout: string; stderr: string }> {
      return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [RELYING_PARTY, issuer, audience], {
          env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: join(home, 'ca.crt') },
          stdio: ['pipe', 'pipe', 'pipe'],
        });
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        child.on('error', reject);
        child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
        child.stdin.end(token); // never on the command line, where others could read it
      });
    }
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
