/** openssl reads our certificates and checks a token's signature with the key published in the JWKS. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPublicKey, type webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type Mayfly, startMayfly } from 'mayfly/testing';

const run = promisify(execFile);
const openssl = async (...args: string[]): Promise<string> => (await run('openssl', args)).stdout;

describe('openssl', () => {
  let mayfly: Mayfly;
  let home: string;

  before(async () => {
    mayfly = await startMayfly();
    home = await mkdtemp(join(tmpdir(), 'mayfly-openssl-'));
    await writeFile(join(home, 'ca.crt'), mayfly.caCertificate);
  });
  after(async () => {
    await mayfly?.close();
    if (home !== undefined) await rm(home, { recursive: true, force: true });
  });

  test('reads the CA certificate', async () => {
    const text = await openssl('x509', '-in', join(home, 'ca.crt'), '-noout', '-text');
    assert.match(text, /ASN1 OID: prime256v1/);
    assert.match(text, /CA:TRUE/);
    assert.match(text, /Certificate Sign/);
  });

  test('verifies the serving certificate of the running server for its address', async () => {
    const { host, hostname } = new URL(mayfly.url);
    const { stdout, stderr } = await run('sh', [
      '-c',
      `openssl s_client -connect ${host} -CAfile ${join(home, 'ca.crt')} -verify_return_error -verify_ip ${hostname} -brief </dev/null 2>&1`,
    ]);
    assert.match(stdout + stderr, /Verification: OK/);
  });

  for (const algorithm of ['RS256', 'ES256'] as const) {
    test(`verifies the signature of a ${algorithm} token`, async () => {
      const server = await startMayfly({ serviceAccountSigningAlgorithm: algorithm });
      try {
        await server.admin.request('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'app' } });
        const [header = '', payload = '', signature = ''] = (await server.issueToken('default', 'app')).split('.');
        const { keys } = (await server.admin.request('GET', '/openid/v1/jwks')) as unknown as {
          keys: webcrypto.JsonWebKey[];
        };
        await writeFile(
          join(home, 'key.pem'),
          createPublicKey({ key: keys[0] ?? {}, format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
        );
        await writeFile(join(home, 'signed'), `${header}.${payload}`);
        await writeFile(join(home, 'signature'), asOpenSSLExpects(algorithm, Buffer.from(signature, 'base64url')));
        const verify = ['dgst', '-sha256', '-verify', join(home, 'key.pem'), '-signature', join(home, 'signature')];
        assert.match(await openssl(...verify, join(home, 'signed')), /Verified OK/);
        await writeFile(join(home, 'signed'), `${header}.${payload}x`);
        await assert.rejects(openssl(...verify, join(home, 'signed')));
      } finally {
        await server.close();
      }
    });
  }
});

/** JWS carries r and s side by side (RFC 7518 §3.4); openssl wants them as a DER sequence. */
function asOpenSSLExpects(algorithm: 'RS256' | 'ES256', signature: Buffer): Buffer {
  if (algorithm === 'RS256') return signature;
  const integer = (half: Buffer): Buffer => {
    const digits = half.subarray(half.findIndex((byte) => byte !== 0));
    const positive = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
    return Buffer.concat([Buffer.from([2, positive.length]), positive]);
  };
  const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}
