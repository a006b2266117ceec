import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '../../clock/fake-clock.ts';
import { type Log, silentLog } from '../../log/log.ts';
import type { AuditEvent } from './event.ts';
import { newAuditLog } from './log-sink.ts';
import { backupName, backupTimeMs, expiredBackups } from './rotation.ts';

const event = (auditID: string): AuditEvent => ({
  level: 'Metadata',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/',
  verb: 'get',
  user: undefined,
  sourceIPs: [],
  userAgent: '',
  requestReceivedMicros: 0,
  stageMicros: 0,
  annotations: new Map(),
});

function logIn(
  t: { after(action: () => void): void },
  options: { maxSizeMB?: number; maxBackups?: number; log?: Log } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'sub', 'audit.log');
  const clock = new FakeClock();
  const limits = { maxSizeMB: options.maxSizeMB ?? 100, maxBackups: options.maxBackups ?? 10, maxAgeDays: 1 };
  const sink = newAuditLog({ path, ...limits, clock, log: options.log ?? silentLog });
  const ids = (file = path) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as AuditEvent).auditID);
  return { sink, path, folder: join(folder, 'sub'), clock, ids };
}

test('events are written in order, in a file nobody else may read', async (t) => {
  const { sink, path, folder, ids } = logIn(t);
  for (const id of ['a', 'b', 'c']) assert.equal(sink.write(event(id)), undefined);
  await sink.flush();
  assert.deepEqual(ids(), ['a', 'b', 'c']);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.deepEqual(sink.counts, { written: 3, lost: 0 });
  await sink.close();
});

test('a quiet log is written within a tenth of a second', async (t) => {
  const { sink, clock, ids } = logIn(t);
  sink.write(event('a'));
  clock.advance(100);
  await sink.flush(); // only waits: the timer has started the write
  assert.deepEqual(ids(), ['a']);
  await sink.close();
});

test('close writes what is there; later events count as lost', async (t) => {
  const { sink, ids } = logIn(t);
  sink.write(event('a'));
  await sink.close();
  await sink.close();
  sink.write(event('b'));
  assert.deepEqual(ids(), ['a']);
  assert.deepEqual(sink.counts, { written: 1, lost: 1 });
});

test('a full buffer makes callers wait and loses nothing', async (t) => {
  const { sink, ids } = logIn(t);
  let waited: Promise<void> | undefined;
  let count = 0;
  for (const big = 'x'.repeat(100_000); waited === undefined && count < 1000; count++)
    waited = sink.write(event(`${count}${big}`));
  assert.ok(waited, 'never asked to wait');
  await waited;
  assert.equal(ids().length, count);
  assert.deepEqual(sink.counts, { written: count, lost: 0 });
  assert.equal(sink.write(event('after')), undefined);
  await sink.close();
});

test('a full file is rotated, and only so many backups are kept', async (t) => {
  const { sink, folder, path, clock, ids } = logIn(t, { maxSizeMB: 1, maxBackups: 2 });
  for (let i = 0; i < 5; i++) {
    sink.write(event(`${i}${'x'.repeat(700_000)}`));
    await sink.flush();
    clock.advance(1000);
  }
  assert.equal(readdirSync(folder).length, 3);
  assert.equal(ids().length, 1);
  const [oldest] = readdirSync(folder)
    .filter((name) => name !== 'audit.log')
    .sort();
  assert.match(ids(join(folder, oldest ?? ''))[0] ?? '', /^2x/);
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  assert.ok(path.endsWith('audit.log'));
  await sink.close();
});

test('row 185: a write that fails is logged once and counted; the request goes on', async () => {
  const errors: unknown[] = [];
  const log: Log = { ...silentLog, error: (...args) => void errors.push(args) };
  const sink = newAuditLog({
    path: '/dev/full',
    maxSizeMB: 0,
    maxBackups: 0,
    maxAgeDays: 0,
    clock: new FakeClock(),
    log,
  });
  for (let i = 0; i < 2; i++) {
    sink.write(event('a'));
    await sink.flush();
  }
  assert.deepEqual(errors, [['audit log cannot be written', { path: '/dev/full', code: 'ENOSPC' }]]);
  assert.deepEqual(sink.counts, { written: 0, lost: 2 });
  await sink.close();
});

test('a log that cannot be opened stops the start', () => {
  const options = { maxSizeMB: 1, maxBackups: 1, maxAgeDays: 1, clock: new FakeClock(), log: silentLog };
  assert.throws(() => newAuditLog({ path: '/dev/null/audit.log', ...options }), /^Error: E(NOTDIR|EXIST)/);
});

test('backups are named by time and expire by number and age', () => {
  const path = '/x/audit.log';
  const at = Date.UTC(2026, 0, 10);
  const names = [0, 1, 2, 3].map((days) => backupName(path, at - days * 86_400_000));
  assert.equal(names[0], 'audit-2026-01-10T00-00-00.000.log');
  assert.equal(backupTimeMs(path, names[0] ?? ''), at);
  const others = ['audit.log', 'audit-notes.log', 'other-2026-01-01T00-00-00.000.log'];
  const all = [...names, ...others];
  assert.deepEqual(expiredBackups(path, all, { maxBackups: 2, maxAgeDays: 0 }, at), names.slice(2));
  assert.deepEqual(expiredBackups(path, all, { maxBackups: 0, maxAgeDays: 2 }, at), names.slice(3));
  assert.deepEqual(expiredBackups(path, all, { maxBackups: 0, maxAgeDays: 0 }, at), []);
});
