/**
 * The real program on a data directory that is not as it should be: one line that a person can act on, the right exit
 * code, nothing half-written, and a good start once the cause is gone.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../packages/mayfly/src/clock/clock.ts';
import { openSQLiteStore } from '../../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import { prefixEnd } from '../../packages/mayfly/src/storage/store.ts';
import { type Ended, ServerProcess } from './server-process.ts';

const root = mkdtempSync(join(tmpdir(), 'mayfly-data-'));
after(() => rmSync(root, { recursive: true, force: true }));

async function refusal(dataDir: string, args: readonly string[] = []): Promise<Ended> {
  return ServerProcess.spawn(dataDir, args).ended;
}

/** One line, of this meaning, behind what was logged before; nothing on stdout, no trace of the run. */
function assertRefused(ended: Ended, code: number, line: RegExp): void {
  const [last = '', ...logged] = ended.stderr.trimEnd().split('\n').reverse();
  assert.match(last, /^error: /);
  assert.match(last, line);
  for (const each of logged) JSON.parse(each);
  assert.doesNotMatch(ended.stderr, / at .*\.[jt]s:\d+|PRIVATE KEY|eyJ/);
  assert.equal(ended.stdout, '');
  assert.deepEqual([ended.code, ended.signal], [code, null]);
}

async function assertStarts(dataDir: string, args: readonly string[] = []): Promise<void> {
  const server = await ServerProcess.start(dataDir, args);
  assert.equal((await server.stop()).code, 0);
}

/** In the store, which is where a server that has run keeps it. */
async function damageSigningKey(dataDir: string): Promise<void> {
  const store = openSQLiteStore({ path: join(dataDir, 'store.db'), clock: systemClock });
  const prefix = '/mayfly/signingkeys/private/';
  const { kvs } = await store.range({ key: prefix, rangeEnd: prefixEnd(prefix) });
  const key = kvs[0]?.key ?? assert.fail('no signing key in the store');
  await store.txn({ compare: [], success: [{ type: 'put', key, value: Buffer.from('garbage') }] });
  await store.close();
}

describe('settings', () => {
  const keyFlags = (path: string): string[] => [
    '--service-account-key-file',
    path,
    '--service-account-signing-key-file',
    path,
  ];
  const unused = join(root, 'unused');
  const file = (name: string, text: string): string => {
    writeFileSync(join(root, name), text, { mode: 0o644 });
    return join(root, name);
  };
  for (const { name, args, code, line } of [
    { name: 'an unknown flag', args: ['--serve-on', 'x'], code: 2, line: /unknown flag '--serve-on'/ },
    {
      name: 'a flag of a later version',
      args: ['--token-auth-file', 'x'],
      code: 2,
      line: /--token-auth-file is not available in this version/,
    },
    { name: 'a flag without value', args: ['--listen'], code: 2, line: /--listen/ },
    { name: 'an address that is none', args: ['--listen', 'nowhere'], code: 2, line: /listen/ },
    { name: 'a port past the last', args: ['--listen', '127.0.0.1:70000'], code: 2, line: /listen/ },
    {
      name: 'R16: a maximum of half an hour',
      args: ['--service-account-max-token-expiration', '30m'],
      code: 2,
      line: /between 1 hour and 2\^32 seconds/,
    },
    {
      name: 'D7: a key set over plain HTTP',
      args: ['--service-account-jwks-uri', 'http://x/y'],
      code: 2,
      line: /jwks-uri/,
    },
    { name: 'an issuer that is no URL', args: ['--service-account-issuer', 'https://['], code: 2, line: /issuer/ },
    {
      name: 'a configuration file that is not there',
      args: ['--config', join(root, 'absent.yaml')],
      code: 2,
      line: /absent\.yaml/,
    },
    { name: 'a configuration file that is a directory', args: ['--config', root], code: 2, line: /./ },
    {
      name: 'a configuration file that is no YAML',
      args: ['--config', file('broken.yaml', 'a: [')],
      code: 2,
      line: /broken\.yaml/,
    },
    {
      name: 'a configuration file with an unknown setting',
      args: ['--config', file('unknown.yaml', 'listenn: 1\n')],
      code: 2,
      line: /listenn/,
    },
    {
      name: 'a key file that is not there',
      args: keyFlags(join(root, 'absent.pem')),
      code: 2,
      line: /absent\.pem/,
    },
    {
      name: 'a key file that others can read',
      args: keyFlags(file('open.pem', '-----BEGIN PRIVATE KEY-----\n')),
      code: 2,
      line: /open\.pem holds a private key and is open to others \(mode 0644\): chmod 600 .*open\.pem$/,
    },
    {
      name: 'a key file that holds no key',
      args: keyFlags(file('empty.pem', 'hello\n')),
      code: 2,
      line: /empty\.pem: data does not contain any valid RSA or ECDSA public keys/,
    },
    {
      name: 'a client CA file that holds no certificate',
      args: ['--client-ca-file', file('ca.pem', 'hello\n')],
      code: 2,
      line: /ca\.pem/,
    },
    {
      name: 'a serving certificate without its key',
      args: ['--tls-cert-file', file('tls.crt', 'x')],
      code: 2,
      line: /tls/,
    },
    {
      name: 'a serving certificate that is none',
      args: ['--tls-cert-file', file('t.crt', 'x'), '--tls-private-key-file', file('t.key', 'x')],
      code: 2,
      line: /t\.(crt|key)/,
    },
  ]) {
    test(`refuses ${name}`, async () => {
      const dataDir = join(unused, name.replaceAll(/\W/g, '-'));
      assertRefused(await refusal(dataDir, args), code, line);
      await assertStarts(dataDir);
    });
  }
});

describe('the directory', () => {
  /** Made by a good start; each test breaks a copy. */
  const good = join(root, 'good');
  before(() => assertStarts(good));

  function copyOfGood(name: string): string {
    const copy = join(root, name);
    execFileSync('cp', ['-a', good, copy]);
    return copy;
  }

  for (const { name, breakIt, line } of [
    {
      name: 'a CA key of garbage',
      breakIt: (dir: string) => writeFileSync(join(dir, 'ca.key'), 'garbage'),
      line: /ca\.key/,
    },
    { name: 'a CA key cut short', breakIt: (dir: string) => truncateSync(join(dir, 'ca.key'), 50), line: /ca\.key/ },
    { name: 'an empty CA key', breakIt: (dir: string) => truncateSync(join(dir, 'ca.key'), 0), line: /ca\.key/ },
    {
      name: 'a CA key without its certificate',
      breakIt: (dir: string) => rmSync(join(dir, 'ca.crt')),
      line: /ca\.(crt|key)/,
    },
    {
      name: 'a CA certificate without its key',
      breakIt: (dir: string) => rmSync(join(dir, 'ca.key')),
      line: /ca\.(crt|key)/,
    },
    {
      name: 'a signing key of garbage',
      breakIt: (dir: string) => damageSigningKey(dir),
      line: /the stored signing key "[\w-]{43}" is damaged: the private half is damaged; restore the data directory from a copy/,
    },
    {
      name: 'a store of garbage',
      breakIt: (dir: string) => writeFileSync(join(dir, 'store.db'), 'garbage '.repeat(1000)),
      line: /store\.db/,
    },
    {
      name: 'a store cut short',
      breakIt: (dir: string) => truncateSync(join(dir, 'store.db'), 10_000),
      line: /store\.db/,
    },
    {
      name: 'a store of another version',
      breakIt: (dir: string) => {
        const path = join(dir, 'store.db');
        const bytes = readFileSync(path);
        bytes.writeUInt32BE(99, 60);
        writeFileSync(path, bytes);
      },
      line: /store\.db/,
    },
    {
      name: 'another layout',
      breakIt: (dir: string) => writeFileSync(join(dir, 'version'), '99\n'),
      line: /has layout "99", this version reads "1"/,
    },
  ] as {
    name: string;
    breakIt: (dir: string) => Promise<void> | undefined;
    line: RegExp;
  }[]) {
    test(`refuses ${name}, and leaves it as it was`, async () => {
      const dataDir = copyOfGood(name.replaceAll(/\W/g, '-'));
      await breakIt(dataDir);
      const before = contents(dataDir);
      assertRefused(await refusal(dataDir), 1, line);
      assert.deepEqual(contents(dataDir), before);
      for (const entry of readdirSync(good).filter((each) => statSync(join(good, each)).isFile())) {
        copyFileSync(join(good, entry), join(dataDir, entry));
      }
      await assertStarts(dataDir);
    });
  }

  test('refuses a directory another process holds, and that one goes on', async () => {
    const dataDir = copyOfGood('held');
    const holder = await ServerProcess.start(dataDir);
    assertRefused(await refusal(dataDir), 1, new RegExp(`is in use by process ${holder.child.pid}`));
    const { client, close } = holder.admin();
    await client.request('GET', '/version');
    close();
    assert.equal((await holder.stop()).code, 0);
    await assertStarts(dataDir);
  });

  test('starts where a killed process left its lock', async () => {
    const dataDir = copyOfGood('killed');
    const victim = await ServerProcess.start(dataDir);
    await victim.stop('SIGKILL');
    assert.ok(readdirSync(dataDir).includes('lock'));
    await assertStarts(dataDir);
  });

  test('refuses a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const dataDir = copyOfGood('port');
    assertRefused(await refusal(dataDir, ['--listen', `127.0.0.1:${port}`]), 1, new RegExp(`127\\.0\\.0\\.1:${port}`));
    taken.close();
    await assertStarts(dataDir, ['--listen', `127.0.0.1:${port}`]);
  });

  const skip = mountRefusal();
  test('refuses a read-only file system', { skip }, async () => {
    await withSmallDisk('read-only', '64m', async (dataDir) => {
      await assertStarts(dataDir);
      execFileSync('mount', ['-o', 'remount,ro', dataDir]);
      assertRefused(await refusal(dataDir), 1, /is on a read-only file system/);
      execFileSync('mount', ['-o', 'remount,rw', dataDir]);
      await assertStarts(dataDir);
    });
  });

  test('refuses a full disk, and starts once there is room', { skip }, async () => {
    for (const leftBytes of [0, 8192, 65_536, 200_000]) {
      await withSmallDisk(`full-${leftBytes}`, '2m', async (dataDir) => {
        writeFileSync(join(dataDir, 'ballast'), Buffer.alloc(2 * 1024 * 1024 - leftBytes - 4096));
        assertRefused(await refusal(dataDir), 1, leftBytes === 0 ? /full disk|no space|make room/ : /./);
        rmSync(join(dataDir, 'ballast'));
        execFileSync('mount', ['-o', 'remount,size=64m', dataDir]);
        await assertStarts(dataDir);
      });
    }
  });
});

/** Names and bytes of every file but those a refused start may add to: the audit log. */
function contents(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(directory, name)).isFile() && name !== 'audit.log');
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(directory, name), 'base64')]));
}

async function withSmallDisk(name: string, size: string, run: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = join(root, name);
  mkdirSync(dataDir, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', dataDir]);
  try {
    await run(dataDir);
  } finally {
    execFileSync('umount', ['-l', dataDir]);
  }
}

/** Why this machine cannot mount a disk; false when it can. */
function mountRefusal(): string | false {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'ignore' });
    execFileSync('umount', [directory]);
    return false;
  } catch {
    return 'mounting a small disk needs root';
  } finally {
    rmSync(directory, { recursive: true });
  }
}
