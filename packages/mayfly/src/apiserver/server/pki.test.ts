import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FakeClock } from '../../clock/fake-clock.ts';
import { silentLog } from '../../log/log.ts';
import { systemRandom } from '../../random/random.ts';
import { openPKI, type PKIOptions } from './pki.ts';

const DAY_MS = 86_400_000;
const root = mkdtempSync(join(tmpdir(), 'mayfly-pki-'));
after(() => rmSync(root, { recursive: true, force: true }));

const open = (dataDir: string | undefined, clock = new FakeClock(), more: Partial<PKIOptions> = {}) =>
  openPKI({ dataDir, clock, random: systemRandom, hosts: ['id.example'], log: silentLog, ...more });
const newDirectory = (): string => mkdtempSync(join(root, 'd-'));
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('the files have the modes they promise', async () => {
  const directory = newDirectory();
  const pki = await open(directory);
  await pki.writeKubeconfig('https://127.0.0.1:1');
  assert.deepEqual(
    ['ca.key', 'ca.crt', 'kubeconfig'].map((name) => modeOf(join(directory, name))),
    ['600', '644', '600'],
  );
  pki.close();
});

test('a second start keeps the CA and the admin, and makes a new serving key', async () => {
  const directory = newDirectory();
  const first = await open(directory);
  await first.writeKubeconfig('https://127.0.0.1:1');
  const second = await open(directory);
  assert.equal(second.caPEM, first.caPEM);
  assert.equal(second.adminMaterial().cert, first.adminMaterial().cert);
  assert.notEqual(second.servingMaterial().key, first.servingMaterial().key);
  for (const pki of [first, second]) pki.close();
});

test('the serving certificate carries the well-known hosts and the own ones, and is the CA’s', async () => {
  const pki = await open(undefined);
  const certificate = new X509Certificate(pki.servingMaterial().cert);
  for (const host of ['id.example', 'localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'])
    assert.ok(certificate.checkHost(host), host);
  for (const address of ['127.0.0.1', '::1']) assert.ok(certificate.checkIP(address), address);
  assert.ok(certificate.verify(new X509Certificate(pki.caPEM).publicKey));
  assert.ok(!certificate.checkHost('other.example'));
  pki.close();
});

test('the serving certificate is replaced at two thirds of its life, without a restart', async () => {
  const clock = new FakeClock();
  const pki = await open(newDirectory(), clock);
  const first = pki.servingMaterial();
  let renewals = 0;
  pki.onRenewed(() => (renewals += 1));
  clock.advance(59 * DAY_MS);
  assert.equal(pki.servingMaterial(), first);
  clock.advance(DAY_MS);
  assert.equal(renewals, 1);
  assert.notEqual(pki.servingMaterial().cert, first.cert);
  assert.ok(new X509Certificate(pki.servingMaterial().cert).validToDate.getTime() > clock.nowMs() + 80 * DAY_MS);
  pki.close();
});

test('an admin certificate near its end is replaced at start', async () => {
  const directory = newDirectory();
  const first = await open(directory);
  await first.writeKubeconfig('https://127.0.0.1:1');
  const later = new FakeClock();
  later.advance(300 * DAY_MS);
  const second = await open(directory, later);
  assert.notEqual(second.adminMaterial().cert, first.adminMaterial().cert);
  for (const pki of [first, second]) pki.close();
});

test('an admin certificate of another CA is not kept', async () => {
  const [one, other] = [newDirectory(), newDirectory()];
  const stranger = await open(other);
  writeFileSync(join(one, 'kubeconfig'), stranger.kubeconfig('https://x'));
  const pki = await open(one);
  assert.notEqual(pki.adminMaterial().cert, stranger.adminMaterial().cert);
  for (const each of [stranger, pki]) each.close();
});

for (const { name, spoil, want } of [
  { name: 'a missing key', spoil: (d: string) => rmSync(join(d, 'ca.key')), want: /ca\.key is missing beside ca\.crt/ },
  {
    name: 'a missing certificate',
    spoil: (d: string) => rmSync(join(d, 'ca.crt')),
    want: /ca\.crt is missing beside ca\.key/,
  },
  { name: 'a damaged certificate', spoil: (d: string) => writeFileSync(join(d, 'ca.crt'), 'x'), want: /is damaged/ },
  {
    name: 'a key of another CA',
    spoil: (d: string) => writeFileSync(join(d, 'ca.key'), otherKey),
    want: /do not belong together/,
  },
]) {
  test(`refuses to start over ${name}, in one line without the key`, async () => {
    const directory = newDirectory();
    (await open(directory)).close();
    spoil(directory);
    await assert.rejects(
      open(directory),
      (error: Error) => want.test(error.message) && !error.message.includes('\n') && error.name === 'FaultError',
    );
  });
}

const otherDirectory = newDirectory();
(await open(otherDirectory)).close();
const otherKey = readFileSync(join(otherDirectory, 'ca.key'), 'utf8');

test('refuses to start when the CA has expired', async () => {
  const directory = newDirectory();
  (await open(directory)).close();
  const later = new FakeClock();
  later.advance(3651 * DAY_MS);
  await assert.rejects(open(directory, later), /has expired/);
});

test('files of the operator are served, read again when they change, and kept when they break', async () => {
  const directory = newDirectory();
  const source = await open(undefined);
  const [certFile, keyFile] = [join(directory, 's.crt'), join(directory, 's.key')];
  const write = ({ cert, key }: { cert: string; key: string }) => {
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
  };
  write(source.servingMaterial());
  const pki = await open(undefined, new FakeClock(), { servingFiles: { certFile, keyFile } });
  assert.deepEqual(pki.servingMaterial(), source.servingMaterial());
  writeFileSync(certFile, 'garbage');
  await pki.refresh();
  assert.deepEqual(pki.servingMaterial(), source.servingMaterial());
  write(source.adminMaterial());
  await pki.refresh();
  assert.deepEqual(pki.servingMaterial(), source.adminMaterial());
  for (const each of [source, pki]) each.close();
});
