/** An issuer that gets a new data directory: `keys export`, `keys import`, and what was issued before still verifies. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../packages/mayfly/src/main.ts');
const ISSUER = 'https://issuer.example';
const PASSPHRASE = 'correct horse battery staple';

describe('an issuer that moves', () => {
  const home = mkdtempSync(join(tmpdir(), 'mayfly-moves-'));
  const file = join(home, 'keys.jwe');
  const passphraseFile = join(home, 'passphrase');
  let token: string;
  let published: JSONWebKeySet;

  before(async () => {
    writeFileSync(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
    const server = await start('old');
    try {
      await mayfly('keys', 'list', '--data-dir', join(home, 'old'));
      assert.match((await exportOld()).stderr, /^error: data directory .*old is in use by process \d+; stop it/);
      ({ token, published } = await issue('old'));
    } finally {
      await stop(server);
    }
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  test('is exported to a file for its owner alone, with nothing readable in it', async () => {
    const { code, stdout, stderr } = await exportOld();
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout, `exported ${published.keys[0]?.kid} (Active)\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const text = readFileSync(file, 'utf8');
    assert.equal(text.split('.').length, 5);
    assert.ok(!text.includes(String(published.keys[0]?.n)));
    assert.deepEqual(
      readdirSync(home).filter((name) => name.includes('tmp')),
      [],
    );
  });

  test('signs under the same name from a new data directory, and what it signed before still verifies', async () => {
    const imported = await mayfly('keys', 'import', file, ...flags('new'));
    assert.deepEqual([imported.code, imported.stdout], [0, `imported ${published.keys[0]?.kid} (Active)\n`]);
    const again = await mayfly('keys', 'import', file, ...flags('new'));
    assert.deepEqual([again.code, again.stdout], [0, '1 there already\n']);
    const server = await start('new');
    try {
      const moved = await issue('new');
      assert.deepEqual(moved.published, published);
      assert.equal(decodeProtectedHeader(moved.token).kid, decodeProtectedHeader(token).kid);
      await jwtVerify(token, createLocalJWKSet(moved.published), { issuer: ISSUER });
    } finally {
      await stop(server);
    }
  });

  const wrong = join(home, 'wrong');
  for (const { name, prepare, args, want } of [
    {
      name: 'another passphrase',
      prepare: () => writeFileSync(wrong, 'incorrect horse battery\n', { mode: 0o600 }),
      args: () => [file, '--passphrase-file', wrong],
      want: /^error: nothing imported from .*keys\.jwe: the passphrase is wrong, or the file was changed since it was written\n$/,
    },
    {
      name: 'a changed file',
      prepare: () => writeFileSync(wrong, changed(readFileSync(file, 'utf8'))),
      args: () => [wrong, '--passphrase-file', passphraseFile],
      want: /^error: nothing imported from .*wrong: its content was changed since it was written\n$/,
    },
    {
      name: 'half a file',
      prepare: () => writeFileSync(wrong, readFileSync(file, 'utf8').slice(0, 300)),
      args: () => [wrong, '--passphrase-file', passphraseFile],
      want: /^error: nothing imported from .*wrong: it is no encrypted key set; was it cut off, or changed\?\n$/,
    },
    {
      name: 'a passphrase file others can read',
      prepare: () => chmodSync(passphraseFile, 0o644),
      args: () => [file, '--passphrase-file', passphraseFile],
      want: /^error: the passphrase file .*passphrase is open to others: chmod 600 .*passphrase\n$/,
    },
    {
      name: 'no passphrase',
      prepare: () => undefined,
      args: () => [file],
      want: /^error: a passphrase is needed: --passphrase-file, MAYFLY_KEYS_PASSPHRASE, or a terminal to ask on\n$/,
    },
    {
      name: 'no file',
      prepare: () => undefined,
      args: () => [join(home, 'absent'), '--passphrase-file', passphraseFile],
      want: /^error: cannot read .*absent: ENOENT\n$/,
    },
  ]) {
    test(`is not taken over from ${name}, in one line`, async () => {
      rmSync(wrong, { force: true });
      prepare();
      const { code, stdout, stderr } = await mayfly('keys', 'import', ...args(), '--data-dir', join(home, 'none'));
      assert.match(stderr, want);
      assert.ok(code > 0);
      assert.equal(stdout, '');
      assert.ok(!existsSync(join(home, 'none')), 'nothing is made');
      chmodSync(passphraseFile, 0o600);
    });
  }

  test('takes its passphrase from the environment as well, and refuses a short one', async () => {
    const args = ['keys', 'export', '--to', join(home, 'again.jwe'), '--data-dir', join(home, 'old')];
    assert.equal((await mayflyWith({ MAYFLY_KEYS_PASSPHRASE: PASSPHRASE }, ...args)).code, 0);
    const { code, stderr } = await mayflyWith({ MAYFLY_KEYS_PASSPHRASE: 'short' }, ...args);
    assert.deepEqual([code, stderr], [2, 'error: the passphrase must have at least 12 characters\n']);
  });

  function exportOld(): Promise<Outcome> {
    return mayfly('keys', 'export', '--to', file, ...flags('old'));
  }

  function flags(name: string): string[] {
    return ['--data-dir', join(home, name), '--passphrase-file', passphraseFile];
  }

  async function start(name: string): Promise<ChildProcess> {
    const args = [
      'server',
      '--data-dir',
      join(home, name),
      '--listen',
      '127.0.0.1:0',
      '--service-account-issuer',
      ISSUER,
    ];
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--conditions=source', program, ...args],
      { stdio: 'ignore' },
    );
    while (!existsSync(join(home, name, 'ready.json'))) {
      assert.equal(child.exitCode, null, 'the server ended');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return child;
  }

  /** With `kubectl`-less means: the token of an account, and the key set. */
  async function issue(name: string): Promise<{ token: string; published: JSONWebKeySet }> {
    const { callAPI, mustCall } = await import('../../packages/mayfly/src/cli/api-client.ts');
    const { readKubeconfig } = await import('../../packages/mayfly/src/cli/kubeconfig.ts');
    const access = await readKubeconfig(join(home, name, 'kubeconfig'));
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await callAPI(access, 'POST', accounts, { metadata: { name: 'app' } });
    const answer = (await mustCall(access, 'POST', `${accounts}/app/token`, { spec: {} })) as {
      status: { token: string };
    };
    return {
      token: answer.status.token,
      published: (await mustCall(access, 'GET', '/openid/v1/jwks')) as JSONWebKeySet,
    };
  }
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function mayfly(...args: readonly string[]): Promise<Outcome> {
  return mayflyWith({}, ...args);
}

async function mayflyWith(env: Record<string, string>, ...args: readonly string[]): Promise<Outcome> {
  const options = { env: { PATH: process.env.PATH, ...env } };
  const started = run(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--conditions=source', program, ...args],
    options,
  );
  started.child.stdin?.end();
  return started.then(
    (output) => ({ code: 0, ...output }),
    (error: Outcome) => error,
  );
}

async function stop(server: ChildProcess): Promise<void> {
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
}

/** One character of the ciphertext is another. */
function changed(jwe: string): string {
  const parts = jwe.split('.');
  const [first = '', ...rest] = parts[3] ?? '';
  parts[3] = (first === 'A' ? 'B' : 'A') + rest.join('');
  return parts.join('.');
}
