import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { backupName } from '../../apiserver/audit/rotation.ts';
import { readAuditLines } from './audit-files.ts';
import { reportAudit } from './audit-report.ts';

const ID = '6f0c1e0a-6f0f-4b0e-9a55-3d1a2c0f7b11';
const OTHER = '6f0c1e0a-6f0f-4b0e-9a55-3d1a2c0f7b12';

interface Said {
  readonly id?: string;
  readonly verb?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly stage?: string;
  readonly auditID?: string;
  readonly annotations?: object;
  readonly uri?: string;
  readonly time?: string;
}

let counter = 0;

function line(said: Said = {}): string {
  const { id = ID, verb = 'get', code = 200, reason, stage = 'ResponseComplete', annotations, uri = '/x' } = said;
  return `${JSON.stringify({
    kind: 'Event',
    auditID: said.auditID ?? `a${counter++}`,
    stage,
    requestURI: uri,
    verb,
    user: { username: 'u', extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] } },
    sourceIPs: ['10.0.0.9'],
    objectRef: { resource: 'pods' },
    responseStatus: { code, ...(reason && { reason }) },
    requestReceivedTimestamp: said.time ?? '2026-01-01T00:00:00.000000Z',
    ...(annotations && { annotations }),
  })}\n`;
}

function folder(context: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-audit-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'audit.log');
  return { path, backup: (day: number) => join(directory, backupName(path, Date.UTC(2026, 0, day))) };
}

async function linesOf(path: string): Promise<readonly string[]> {
  const lines: string[] = [];
  await readAuditLines(path, ID, (text) => lines.push(text));
  return lines.map((text) => (JSON.parse(text) as { verb: string }).verb);
}

test('backups and the live file are read in order of time', async (context) => {
  const { path, backup } = folder(context);
  writeFileSync(path, line({ verb: 'c' }) + line({ verb: 'd' }));
  writeFileSync(backup(2), line({ verb: 'b' }));
  writeFileSync(backup(1), line({ id: OTHER }) + line({ verb: 'a' }));
  writeFileSync(`${path}.txt`, line({ verb: 'not ours' }));
  assert.deepEqual(await linesOf(path), ['a', 'b', 'c', 'd']);
});

test('a file that is rotated while it is read is read once, and what came after it too', async (context) => {
  const { path, backup } = folder(context);
  writeFileSync(backup(1), line({ verb: 'a' }));
  writeFileSync(path, line({ verb: 'b' }));
  const seen: string[] = [];
  await readAuditLines(path, ID, (text) => {
    const { verb } = JSON.parse(text) as { verb: string };
    seen.push(verb);
    if (verb !== 'a') return;
    renameSync(path, backup(2)); // as the server does: the live file moves, a new one begins
    writeFileSync(path, line({ verb: 'c' }));
    unlinkSync(backup(1)); // and the oldest is pruned under our eyes
  });
  assert.deepEqual(seen, ['a', 'b', 'c']);
});

test('a torn last line is counted, and a whole one without its newline is taken', async (context) => {
  const { path } = folder(context);
  const torn = line({ verb: 'list' });
  writeFileSync(path, line() + torn.slice(0, -20));
  const report = await reportAudit(path, ID, false);
  assert.deepEqual([report.requests, report.unreadable], [1, 1]);
  writeFileSync(path, line() + torn.trimEnd());
  assert.equal((await reportAudit(path, ID, false)).requests, 2);
});

test('a log without a line, and one without an end of line, are read', async (context) => {
  const { path } = folder(context);
  writeFileSync(path, '');
  assert.deepEqual(await linesOf(path), []);
  writeFileSync(path, Buffer.alloc(3_000_000, 'x'));
  appendFileSync(path, `${ID}\n${line({ verb: 'after' })}`);
  const verbs: string[] = [];
  const { tooLong } = await readAuditLines(path, ID, (text) => verbs.push((JSON.parse(text) as { verb: string }).verb));
  assert.deepEqual(verbs, ['after']);
  assert.equal(tooLong, 0); // given up long before it named anything
});

test('a large log is read in bounded memory, across chunk borders', async (context) => {
  const { path } = folder(context);
  const others = line({ id: OTHER }).repeat(3_000);
  for (let i = 0; i < 20; i++) appendFileSync(path, others + line());
  assert.equal((await linesOf(path)).length, 20);
  assert.ok(readFileSync(path).length > 20_000_000);
});

for (const { name, path } of [
  { name: 'no folder', path: '/nonexistent/audit.log' },
  { name: 'no file', path: join(tmpdir(), 'no-such-audit.log') },
]) {
  test(`${name} is a report that says so`, async () => {
    const { problem, requests } = await reportAudit(path, ID, false);
    assert.match(problem ?? '', /audit log .* cannot be read \(ENOENT\)|there is no audit log/);
    assert.equal(requests, 0);
  });
}

test('requests are told by verb, resource and outcome, with first and last', async (context) => {
  const { path } = folder(context);
  const at = (second: number) => `2026-01-01T00:00:0${second}.000000Z`;
  writeFileSync(
    path,
    [
      line({ id: OTHER, time: at(0) }),
      line({ time: at(1) }),
      line({ time: at(3) }),
      line({ time: at(2), code: 403, reason: 'Forbidden' }),
      line({ stage: 'ResponseStarted', verb: 'watch', auditID: 'w1', time: at(4) }),
      line({ stage: 'ResponseComplete', verb: 'watch', auditID: 'w1', time: at(4) }),
      line({ stage: 'ResponseStarted', verb: 'watch', auditID: 'w2', time: at(5) }),
      line({ id: OTHER, uri: `/issuedtokens/${ID}` }), // names it, and is somebody else's
      line({
        id: OTHER,
        auditID: 'asked',
        annotations: { 'authentication.kubernetes.io/issued-credential-id': `JTI=${ID}` },
      }),
      `{"torn: "JTI=${ID}"\n`,
    ].join(''),
  );
  const report = await reportAudit(path, ID, true);
  assert.deepEqual(
    report.groups.map(({ verb, resource, outcome, count, first, last }) => [
      verb,
      resource,
      outcome,
      count,
      first,
      last,
    ]),
    [
      ['get', 'pods', '200', 2, at(1), at(3)],
      ['get', 'pods', '403 Forbidden', 1, at(2), at(2)],
      ['watch', 'pods', '200', 1, at(4), at(4)],
      ['watch', 'pods', 'open', 1, at(5), at(5)],
    ],
  );
  assert.deepEqual([report.requests, report.unreadable, report.issued?.auditID], [5, 1, 'asked']);
  assert.equal(report.since, at(0));
  assert.equal(report.events?.length, 5);
});

test('whoever varies what is asked for fills no memory', async (context) => {
  const { path } = folder(context);
  writeFileSync(path, Array.from({ length: 600 }, (_, i) => line({ verb: `v${i}` })).join(''));
  const report = await reportAudit(path, ID, false);
  assert.deepEqual([report.groups.length, report.others, report.requests], [500, 100, 600]);
  assert.equal(report.events, undefined);
});
