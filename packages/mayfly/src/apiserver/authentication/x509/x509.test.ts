import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { silentLog } from '../../../log/log.ts';
import { certificates, ders, make, makeCA, NOW_MS, type Shape } from '../../../x509/chain-fixture.ts';
import { formatKeyed, type KeyedCertificate } from '../../../x509/issue.ts';
import { OID } from '../../../x509/oids.ts';
import { TrustAnchors } from '../../../x509/verify.ts';
import type { Authentication, CredentialSource } from '../authenticator.ts';
import { ClientCABundle } from './client-ca-bundle.ts';
import { X509Authenticator } from './x509.ts';

const ca = makeCA('ca');
const intermediate = makeCA('intermediate', ca);
const client = (...subject: string[]): Shape => ({ subject, usages: [OID.clientAuth] });

function newAuthenticator(anchors: TrustAnchors | undefined = new TrustAnchors([ca.certificate])) {
  const clock = new FakeClock(NOW_MS);
  const seen: number[] = [];
  const roots: { anchors: TrustAnchors | undefined; current(): TrustAnchors | undefined } = {
    anchors,
    current: () => roots.anchors,
  };
  const authenticator = new X509Authenticator({
    roots,
    clock,
    observeExpirationSeconds: (seconds) => seen.push(seconds),
  });
  return {
    clock,
    seen,
    roots,
    ask: (peer?: readonly Uint8Array[]) => authenticator.authenticateRequest(request(peer)),
  };
}

function request(peerCertificates: readonly Uint8Array[] | undefined): CredentialSource {
  const nothing = () => undefined;
  return {
    audiences: undefined,
    warn: nothing,
    annotate: nothing,
    headerValues: () => [],
    headerNames: () => [],
    peerCertificates,
    path: '/',
  };
}

/** Short form: `name uid [groups]`, `-` for no opinion, or the failure's text. */
function brief(answer: Authentication): string {
  if (answer.outcome === 'no-opinion') return '-';
  if (answer.outcome === 'failed') return answer.failure.messages.join();
  const { name, uid, groups } = answer.user;
  return `${name} ${uid} [${groups.join(',')}]`;
}

const rows: readonly { row: string; shape: Shape; want: string }[] = [
  { row: '7', shape: client('CN=jbeda', 'O=app1', 'O=app2'), want: 'jbeda  [app1,app2]' },
  { row: '9', shape: { subject: ['CN=jbeda'] }, want: 'jbeda  []' },
  { row: '10', shape: { subject: ['CN=jbeda'], usages: [OID.anyExtendedKeyUsage] }, want: 'jbeda  []' },
  { row: '14', shape: client('O=only'), want: '-' },
  { row: '14, CN present but empty', shape: client('CN='), want: '-' },
  { row: '21', shape: client('CN=a', 'UID=u-1'), want: 'a u-1 []' },
  { row: '22', shape: client('CN=a', 'UID=u-1', 'UID=u-2'), want: 'expected 1 UID, but found multiple: [u-1 u-2]' },
  { row: '22, empty', shape: client('CN=a', 'UID='), want: 'UID cannot be an empty string' },
  { row: '23', shape: client('O=system:masters', 'CN=a'), want: 'a  [system:masters]' },
  { row: '24', shape: client('CN=system:anonymous', 'O=g'), want: 'system:anonymous  [g]' },
  { row: '§6, the last CN counts', shape: client('CN=first', 'CN=last'), want: 'last  []' },
  { row: '§6, multi-valued RDN and duplicates', shape: client('O=b+O=a', 'CN=x', 'O=b'), want: 'x  [a,b,b]' },
];

for (const { row, shape, want } of rows) {
  test(`x509 row ${row}`, () => {
    assert.equal(brief(newAuthenticator().ask(ders(make(shape, ca)))), want);
  });
}

test('x509 row 7: the credential id is the digest of the leaf, and there are no audiences', () => {
  const peer = ders(make(client('CN=jbeda'), ca));
  const answer = newAuthenticator().ask(peer);
  assert.ok(answer.outcome === 'authenticated');
  const digest = createHash('sha256')
    .update(peer[0] ?? Buffer.alloc(0))
    .digest('hex');
  assert.deepEqual(answer.user.extra, { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${digest}`] });
  assert.deepEqual(answer.audiences, []);
});

const refusedRows: readonly { row: string; peer: () => readonly Uint8Array[]; want: RegExp }[] = [
  {
    row: '8',
    peer: () => ders(make({ subject: ['CN=a'], usages: [OID.serverAuth] }, ca)),
    want: /incompatible key usage$/,
  },
  { row: '11', peer: () => ders(make(client('CN=a'), makeCA('other'))), want: /signed by unknown authority$/ },
  {
    row: '13',
    peer: () => ders(make({ ...client('CN=a'), startMs: NOW_MS - 10_000, lifetimeMs: 5000 }, ca)),
    want: /has expired or is not yet valid/,
  },
  { row: '17', peer: () => ders(make(client('CN=a'), intermediate)), want: /signed by unknown authority$/ },
  { row: 'garbage', peer: () => [Buffer.from('hello')], want: /^x509: malformed certificate/ },
  { row: 'too many', peer: () => Array.from({ length: 33 }, () => ca.certificate.raw), want: /over 32/ },
];

for (const { row, peer, want } of refusedRows) {
  test(`x509 row ${row} is refused`, () => {
    const answer = newAuthenticator().ask(peer());
    assert.equal(answer.outcome, 'failed');
    assert.match(brief(answer), want);
  });
}

test('a refusal names the certificate by serial number and key ids', () => {
  const leaf = make(client('CN=a'), makeCA('other'));
  const text = brief(newAuthenticator().ask(ders(leaf)));
  assert.match(
    text,
    new RegExp(
      `^verifying certificate SN=${leaf.certificate.serialNumber}, SKID=([0-9A-F]{2}:){19}[0-9A-F]{2}, AKID=([0-9A-F]{2}:){19}[0-9A-F]{2} failed: x509: `,
    ),
  );
});

test('x509 rows 16 and 18: an intermediate from the peer, or in the bundle', () => {
  const leaf = make(client('CN=a'), intermediate);
  assert.equal(brief(newAuthenticator().ask(ders(leaf, intermediate))), 'a  []');
  assert.equal(brief(newAuthenticator(new TrustAnchors([intermediate.certificate])).ask(ders(leaf))), 'a  []');
});

test('no certificate, or no CA yet: no opinion', () => {
  assert.equal(brief(newAuthenticator().ask(undefined)), '-');
  const { roots, ask } = newAuthenticator();
  roots.anchors = undefined;
  assert.equal(brief(ask(ders(make(client('CN=a'), ca)))), '-');
});

test('a remembered verdict ends with the certificate, with the anchors, and when the clock goes back', () => {
  const { clock, roots, seen, ask } = newAuthenticator();
  const peer = ders(make({ ...client('CN=a'), lifetimeMs: 60_000 }, ca));
  const first = ask(peer);
  assert.equal(ask(peer), first, 'the very same answer');
  assert.equal(seen.length, 1, 'observed once a connection');
  clock.set(NOW_MS - 86_400_000);
  assert.match(brief(ask(peer)), /not yet valid/);
  clock.set(NOW_MS + 61_000);
  assert.match(brief(ask(peer)), /has expired/);
  clock.set(NOW_MS);
  roots.anchors = new TrustAnchors(certificates(makeCA('other')));
  assert.match(brief(ask(peer)), /unknown authority/);
});

test('rows 26 and 27: the bundle is read each minute, and a broken one keeps the last good', async () => {
  const clock = new FakeClock(NOW_MS);
  const [one, two] = [makeCA('one'), makeCA('two')] as [KeyedCertificate, KeyedCertificate];
  let text = formatKeyed(one).cert;
  const bundle = await ClientCABundle.open({
    builtIn: [],
    file: 'ca.pem',
    readFile: () => Promise.resolve(text),
    clock,
    log: silentLog,
  });
  const names = () => bundle.current().certificates.map(({ subject }) => subject[0]?.value);
  assert.deepEqual(names(), ['one']);
  text = formatKeyed(two).cert;
  clock.advance(60_000);
  await new Promise(setImmediate);
  assert.deepEqual(names(), ['two']);
  for (const broken of ['', 'garbage', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    text = broken;
    await bundle.refresh();
    assert.deepEqual(names(), ['two']);
  }
  bundle.close();
});
