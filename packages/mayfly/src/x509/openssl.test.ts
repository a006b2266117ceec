/** A stranger's view: openssl verifies what we issue, and we verify what openssl issues. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemRandom } from '../random/random.ts';
import { parseCertificate } from './certificate.ts';
import { formatKeyed, issueCA, issueClient, issueServing, validityFrom } from './issue.ts';
import { OID } from './oids.ts';
import { parsePEM } from './pem.ts';
import { pathVerdict, TrustAnchors } from './verify.ts';

const directory = mkdtempSync(join(tmpdir(), 'mayfly-x509-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const nowMs = Date.now(); // openssl has no other clock
const HOUR_MS = 3_600_000;
const ca = issueCA({ ...validityFrom(nowMs, HOUR_MS), commonName: 'ca', random: systemRandom });
const request = { ...validityFrom(nowMs, HOUR_MS), random: systemRandom };

for (const { name, issued, purpose } of [
  {
    name: 'serving',
    issued: issueServing({ ...request, commonName: 'k', hosts: ['localhost', '::1', '10.0.0.1'] }, ca),
    purpose: 'sslserver',
  },
  {
    name: 'client',
    issued: issueClient({ ...request, commonName: 'admin', organizations: ['system:masters', 'ü'] }, ca),
    purpose: 'sslclient',
  },
]) {
  test(`openssl verifies our ${name} certificate, strictly and for its purpose only`, () => {
    writeFileSync(join(directory, 'ca.crt'), formatKeyed(ca).cert);
    writeFileSync(join(directory, 'leaf.crt'), formatKeyed(issued).cert);
    assert.match(openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'ca.crt', 'leaf.crt'), /OK/);
    const other = purpose === 'sslserver' ? 'sslclient' : 'sslserver';
    assert.throws(() => openssl('verify', '-purpose', other, '-CAfile', 'ca.crt', 'leaf.crt'));
  });
}

for (const { algorithm, digest, want } of [
  { algorithm: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], digest: 'sha256', want: undefined },
  { algorithm: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], digest: 'sha384', want: undefined },
  { algorithm: ['rsa:2048'], digest: 'sha256', want: undefined },
  { algorithm: ['rsa:2048'], digest: 'sha512', want: undefined },
  { algorithm: ['ed25519'], digest: 'sha256', want: undefined },
  { algorithm: ['rsa:2048'], digest: 'sha1', want: 'insecure algorithm SHA1-RSA' },
  { algorithm: ['rsa:2048'], digest: 'md5', want: 'insecure algorithm MD5-RSA' },
  { algorithm: ['rsa:1024'], digest: 'sha256', want: 'key of another type or size' },
]) {
  test(`a chain made by openssl with ${algorithm.at(-1)} and ${digest} is ${want === undefined ? 'verified' : `refused: ${want}`}`, () => {
    const made = ['-nodes', '-days', '1', `-${digest}`];
    openssl('req', '-x509', '-newkey', ...algorithm, '-keyout', 'o.key', '-out', 'o.crt', '-subj', '/CN=o-ca', ...made);
    openssl(
      'req',
      '-newkey',
      ...algorithm,
      '-nodes',
      '-keyout',
      'l.key',
      '-out',
      'l.csr',
      '-subj',
      '/O=app1/O=app2/CN=jbeda',
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'l.csr',
      '-CA',
      'o.crt',
      '-CAkey',
      'o.key',
      '-days',
      '1',
      `-${digest}`,
      '-out',
      'l.crt',
    );
    const [anchor, leaf] = ['o.crt', 'l.crt'].map(read) as [ReturnType<typeof read>, ReturnType<typeof read>];
    const verdict = pathVerdict({
      leaf,
      intermediates: [],
      anchors: new TrustAnchors([anchor]),
      extendedKeyUsage: OID.clientAuth,
      nowMs: nowMs + 60_000,
    });
    assert.equal(verdict.outcome, want === undefined ? 'verified' : 'refused');
    if (verdict.outcome === 'refused') assert.match(verdict.reason, new RegExp(want ?? ''));
    assert.deepEqual(
      leaf.subject.map(({ value }) => value),
      ['app1', 'app2', 'jbeda'],
    );
  });
}

function read(file: string): ReturnType<typeof parseCertificate> {
  const [block] = parsePEM(readFileSync(join(directory, file), 'utf8'));
  return parseCertificate(block?.bytes ?? Buffer.alloc(0));
}
