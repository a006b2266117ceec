import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { FakeClock } from '../../clock/fake-clock.ts';
import { newServerConfig, type ServerConfig } from '../../config/config.ts';
import { generateSigningKey, type SigningKey } from '../../jose/keys.ts';
import { type Log, silentLog } from '../../log/log.ts';
import { systemRandom } from '../../random/random.ts';
import { newMemoryStore } from '../../storage/memory/memory-store.ts';
import { newLedger } from '../registry/issuedtoken/ledger.ts';
import { readSigningKeys } from '../registry/signingkey/records.ts';
import { openServiceAccountKeys } from './service-account-keys.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const [K1, K2] = [await generateSigningKey('P-256'), await generateSigningKey('P-384')];

const pem = ({ privateKey }: SigningKey): string => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicPEM = ({ publicKey }: SigningKey): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();

let home: string;
let directory: string;
let logged: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mayfly-keys-'));
  directory = join(home, 'service-account-keys');
  logged = [];
});
afterEach(() => rm(home, { recursive: true, force: true }));

const clock = new FakeClock(NOW_MS);
const newStore = () => newMemoryStore({ clock });

/** Opens and closes again. */
async function opened(store = newStore(), settings: Partial<ServerConfig> = {}) {
  const config = newServerConfig('server', { serviceAccountSigningAlgorithm: 'ES256', ...settings, dataDir: home });
  const note = (text: string) => void logged.push(text);
  const log: Log = { ...silentLog, info: note, warn: note };
  const keys = await openServiceAccountKeys({ config, store, dataDir: home, clock, random: systemRandom, log });
  await keys.close();
  const { objects } = await readSigningKeys(store);
  const lives = objects.map(({ metadata, status }) => `${metadata?.name} ${status.state}`);
  return { keys, store, objects, lives, signer: keys.keyring.snapshot.signer?.key.kid };
}

async function keep(...files: (readonly [name: string, text: string])[]): Promise<void> {
  await mkdir(directory, { mode: 0o700 });
  for (const [name, text] of files) await writeFile(join(directory, name), text, { mode: 0o600 });
}

describe('keys that an earlier release kept in files', () => {
  test('are taken into the store: the newest of the algorithm signs, all verify, and the files go', async () => {
    await keep(['0001-P-256.pem', pem(K1)], ['0002-P-384.pem', pem(K2)]);
    const { keys, lives, signer, store } = await opened();
    assert.equal(signer, K1.kid);
    assert.deepEqual(new Set(lives.slice(0, 2)), new Set([`${K1.kid} Active`, `${K2.kid} Verifying`]));
    assert.equal(keys.keyring.candidates(K2.kid).length, 1);
    assert.deepEqual([...(await readSigningKeys(store)).privateKeys.keys()], [K1.kid]);
    await assert.rejects(readdir(directory), { code: 'ENOENT' });
    assert.ok(logged.includes('the signing keys are in the store now; their files were removed'));
  });

  test('verify until the last token that the ledger knows of them has ended', async () => {
    await keep(['0001-P-384.pem', pem(K2)], ['0002-P-256.pem', pem(K1)]);
    const store = newStore();
    const ledger = newLedger({ store, clock, random: systemRandom, log: silentLog });
    for (const [jti, seconds] of [
      ['a', 600],
      ['b', 86_400],
      ['c', 3600],
    ] as const) {
      const expiresAt = NOW_MS / 1000 + seconds;
      const spec = {
        keyID: K2.kid,
        expirationTimestamp: new Date(expiresAt * 1000).toISOString(),
        requestedBy: { userAgent: '' },
      };
      await ledger.record({ jti, namespace: 'n', expiresAt, spec: spec as never });
    }
    const { objects } = await opened(store);
    const old = objects.find(({ metadata }) => metadata?.name === K2.kid);
    assert.deepEqual([old?.status.verifyUntil, old?.status.signedLegacyTokens], ['2026-01-02T00:10:00Z', true]);
  });

  test('of another algorithm than the wanted one sign on, and the wanted one is announced', async () => {
    await keep(['0001-P-384.pem', pem(K2)]);
    const { signer, objects } = await opened();
    assert.equal(signer, K2.kid);
    assert.deepEqual(objects.map(({ spec, status }) => `${spec.algorithm} ${status.state}`).sort(), [
      'ES256 Announced',
      'ES384 Active',
    ]);
  });

  test('come back neither after a panic nor beside other keys', async () => {
    await keep(['0001-P-256.pem', pem(K1)]);
    const { store } = await opened();
    const config = newServerConfig('server', { serviceAccountSigningAlgorithm: 'ES256', dataDir: home });
    const keys = await openServiceAccountKeys({
      config,
      store,
      dataDir: home,
      clock,
      random: systemRandom,
      log: silentLog,
    });
    await keys.rotator.rotate({ panic: true }, false);
    await keys.close();
    await keep(['0001-P-256.pem', pem(K1)], ['0002-P-384.pem', pem(K2)]); // as a careless restore would
    const again = await opened(store);
    assert.deepEqual(again.keys.keyring.candidates(K1.kid), []);
    assert.deepEqual(again.keys.keyring.candidates(K2.kid), []);
    assert.deepEqual(await readdir(directory), ['0002-P-384.pem']);
    assert.ok(logged.includes('key files in the data directory are not read: keys are in the store'));
  });

  for (const { name, text, mode, line } of [
    {
      name: 'that is damaged',
      text: 'garbage',
      mode: 0o600,
      line: 'FILE: data does not contain a valid RSA or ECDSA private key; restore it from a backup, or remove it',
    },
    {
      name: 'that others can read',
      text: pem(K1),
      mode: 0o644,
      line: 'FILE holds a private key and is open to others (mode 0644): chmod 600 FILE',
    },
  ]) {
    test(`a file ${name} stops the start with what to do, and nothing is written`, async () => {
      await keep(['0001-P-256.pem', text]);
      const file = join(directory, '0001-P-256.pem');
      await chmod(file, mode);
      const store = newStore();
      await assert.rejects(opened(store), { name: 'FaultError', message: line.replaceAll('FILE', file) });
      assert.equal((await readSigningKeys(store)).root, undefined);
      assert.deepEqual(await readdir(directory), ['0001-P-256.pem']);
    });
  }
});

describe('key files named by flags', () => {
  for (const { name, mode, isRefused } of [
    { name: 'readable by its owner', mode: 0o400, isRefused: false },
    { name: 'readable by its group', mode: 0o640, isRefused: true },
    { name: 'readable by everybody', mode: 0o604, isRefused: true },
    { name: 'writable by its group', mode: 0o620, isRefused: true },
  ]) {
    test(`a private key ${name} is ${isRefused ? 'refused, with the fix' : 'read'}`, async () => {
      const file = join(home, 'sa.key');
      await writeFile(file, pem(K1));
      await chmod(file, mode);
      const shown = mode.toString(8).padStart(4, '0');
      const message = `${file} holds a private key and is open to others (mode ${shown}): chmod 600 ${file}`;
      const verifying = join(home, 'sa.pub');
      await writeFile(verifying, publicPEM(K1), { mode: 0o644 });
      const open = opened(newStore(), { serviceAccountSigningKeyFile: file, serviceAccountKeyFile: [verifying] });
      if (isRefused) await assert.rejects(open, { name: 'ConfigError', message });
      else assert.equal((await open).signer, K1.kid);
    });
  }

  test('are read again when told to; a broken one leaves the keys as they were', async () => {
    const file = join(home, 'former.pub');
    await writeFile(file, publicPEM(K1));
    const { keys } = await opened(newStore(), { serviceAccountKeyFile: [file] });
    assert.equal(keys.keyring.candidates(K1.kid).length, 1);
    await writeFile(file, publicPEM(K2));
    await keys.reload();
    assert.deepEqual(
      [K1, K2].map(({ kid }) => keys.keyring.candidates(kid).length),
      [0, 1],
    );
    await writeFile(file, 'garbage');
    await assert.rejects(keys.reload(), /former\.pub: data does not contain any valid RSA or ECDSA public keys/);
    assert.equal(keys.keyring.candidates(K2.kid).length, 1);
  });
});
