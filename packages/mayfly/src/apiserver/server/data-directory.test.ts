import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLog } from '../../log/log.ts';
import { openDataDirectory } from './data-directory.ts';

const root = mkdtempSync(join(tmpdir(), 'mayfly-data-'));
after(() => rmSync(root, { recursive: true, force: true }));
const newPath = (): string => join(mkdtempSync(join(root, 'd-')), 'deep');
const open = (path: string) => openDataDirectory({ path, log: silentLog });

const READY = {
  version: '0',
  pid: 1,
  startedAt: '',
  startupMs: 1,
  apiServer: 'https://x',
  broker: null,
  console: null,
  kubeconfig: 'k',
  caFile: 'c',
  brokerTokenFile: null,
};

test('is made with mode 0700, and ready.json with 0600 and gone at the end', async () => {
  const path = newPath();
  const directory = await open(path);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  await directory.writeReady(READY);
  assert.equal(statSync(join(path, 'ready.json')).mode & 0o777, 0o600);
  assert.deepEqual(JSON.parse(readFileSync(join(path, 'ready.json'), 'utf8')), READY);
  await directory.close();
  assert.deepEqual(
    ['ready.json', 'lock'].map((name) => existsSync(join(path, name))),
    [false, false],
  );
});

test('tells who holds it', async () => {
  const path = newPath();
  await (await open(path)).close();
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  try {
    writeFileSync(join(path, 'lock'), JSON.stringify({ pid: holder.pid, started: '' }));
    await assert.rejects(open(path), new RegExp(`is in use by process ${holder.pid}; stop it`));
  } finally {
    holder.kill('SIGKILL');
  }
});

for (const { name, lock } of [
  { name: 'of a dead process', lock: JSON.stringify({ pid: 2 ** 22 - 1, started: '1' }) },
  { name: 'of a process that had our own pid', lock: JSON.stringify({ pid: process.pid, started: '' }) },
  { name: 'of a pid that was given out again', lock: JSON.stringify({ pid: process.ppid, started: '1' }) },
  { name: 'torn by a crash', lock: '{"pi' },
]) {
  test(`takes over a lock ${name}`, async () => {
    const path = newPath();
    await (await open(path)).close();
    writeFileSync(join(path, 'lock'), lock);
    const directory = await open(path);
    assert.equal((JSON.parse(readFileSync(join(path, 'lock'), 'utf8')) as { pid: number }).pid, process.pid);
    await directory.close();
  });
}

for (const { name, prepare, want } of [
  {
    name: 'another layout',
    prepare: (path: string) => writeFileSync(join(path, 'version'), '99\n'),
    want: /has layout "99", this version reads "1"/,
  },
  {
    name: 'a file in its place',
    prepare: (path: string) => {
      rmSync(path, { recursive: true });
      writeFileSync(path, '');
    },
    want: /is not a directory/,
  },
]) {
  test(`refuses ${name} in one line, and leaves no lock`, async () => {
    const path = newPath();
    await (await open(path)).close();
    prepare(path);
    await assert.rejects(open(path), want);
    assert.ok(!existsSync(join(path, 'lock')));
  });
}

test('refuses a directory it may not write', async () => {
  const path = mkdtempSync(join(tmpdir(), 'mayfly-unwritable-')); // not below `root`, which an ordinary user cannot enter
  const NOBODY = 65_534;
  const isRoot = process.geteuid?.() === 0; // root may write anywhere, so as root it is tried as somebody who may not
  if (isRoot) chownSync(path, NOBODY, NOBODY);
  chmodSync(path, 0o500);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    await assert.rejects(open(path), /is not writable by this user; run as its owner or choose another --data-dir/);
  } finally {
    if (isRoot) process.seteuid?.(0);
    rmSync(path, { recursive: true });
  }
});
