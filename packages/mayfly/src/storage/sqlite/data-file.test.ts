import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

import fs, {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { FakeClock } from '../../clock/fake-clock.ts';
import type { Store } from '../store.ts';
import { SCHEMA_VERSION } from './data-file.ts';
import { openSQLiteStore } from './sqlite-store.ts';

const root = mkdtempSync(join(tmpdir(), 'mayfly-data-file-'));
after(() => rmSync(root, { recursive: true }));

/** A path in a directory of its own. */
function newPath(): string {
  return join(mkdtempSync(join(root, 'd-')), 'store.db');
}

function open(path: string, clock = new FakeClock()): Store {
  return openSQLiteStore({ path, clock });
}

function put(store: Store, key: string, lease = 0): Promise<unknown> {
  return store.txn({ compare: [], success: [{ type: 'put', key, value: Buffer.from('v'), lease }] });
}

function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

interface Refusal {
  readonly name: string;
  readonly prepare: (path: string) => void;
  /** What is opened, beneath the prepared path. */
  readonly beneath?: string;
  readonly want: string;
}

const refusals: readonly Refusal[] = [
  { name: 'a missing directory', prepare: () => undefined, beneath: 'store.db', want: 'its directory does not exist' },
  { name: 'a directory', prepare: (path) => mkdirSync(path), want: 'it is a directory' },
  {
    name: 'a file that is not SQLite',
    prepare: (path) => writeFileSync(path, 'not a database '.repeat(4096)),
    want: 'it is not a SQLite file; move it away',
  },
  {
    name: "another program's SQLite file",
    prepare: (path) => edit(path, 'create table theirs (a)'),
    want: 'it belongs to another program',
  },
];

for (const { name, prepare, beneath = '', want } of refusals) {
  test(`names ${name} and says what to do`, () => {
    const prepared = newPath();
    prepare(prepared);
    const path = join(prepared, beneath);
    assert.throws(
      () => open(path),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ERR_STORE_OPEN');
        assert.ok(error.message.startsWith(`cannot open the data file "${path}": ${want}`), error.message);
        assert.ok(!error.message.includes('\n'));
        return true;
      },
    );
  });
}

test('refuses a file of another format, older or newer, and leaves it as it is', async () => {
  for (const version of [SCHEMA_VERSION + 1, 99]) {
    const path = newPath();
    await open(path).close();
    edit(path, `pragma user_version = ${version}`);
    const message = `cannot open the data file "${path}": its format is ${version}, this program's is ${SCHEMA_VERSION}; use the release that wrote it`;
    for (let attempt = 0; attempt < 2; attempt++) assert.throws(() => open(path), { code: 'ERR_STORE_OPEN', message });
  }
});

test('refuses a file that was cut short', async () => {
  const path = newPath();
  const store = open(path);
  await Promise.all(Array.from({ length: 500 }, (_, i) => put(store, `/${String(i).padEnd(200)}`)));
  await store.close();
  truncateSync(path, 16_384 * 3);
  assert.throws(() => open(path), { message: /store\.db": .*(damaged|malformed)/ });
});

test('refuses a second opener, in this process and in another, and a third after the first closed is welcome', async () => {
  const path = newPath();
  const store = open(path);
  const want = { code: 'ERR_STORE_OPEN', message: /another process has it open; stop that server/ };
  assert.throws(() => open(path), want);
  const program = `import { openSQLiteStore } from '${new URL('./sqlite-store.ts', import.meta.url).href}';
    try { openSQLiteStore({ path: ${JSON.stringify(path)}, clock: undefined }) } catch (error) { process.stdout.write(error.message) }`;
  const flags = [
    '--conditions=source',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '--eval',
    program,
  ];
  assert.match(execFileSync(process.execPath, flags, { encoding: 'utf8' }), want.message);
  await put(store, 'a');
  await store.close();
  const third = open(path);
  assert.equal((await third.range({ key: 'a' })).count, 1);
  await third.close();
});

test('a directory without write permission is named', () => {
  const path = newPath();
  chmodSync(join(path, '..'), 0o500);
  asOrdinaryUser(join(path, '..'), () => {
    assert.throws(() => open(path), { code: 'ERR_STORE_OPEN', message: /its directory is not writable/ });
  });
});

/** Root may write anywhere, so as root the action is done as somebody who may not. */
function asOrdinaryUser(directory: string, action: () => void): void {
  const NOBODY = 65_534;
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) chownSync(directory, NOBODY, NOBODY);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    action();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test('creates the data file for its owner alone, its WAL too', async () => {
  const path = newPath();
  const store = open(path);
  await put(store, 'a');
  for (const name of [path, `${path}-wal`]) assert.equal(statSync(name).mode & 0o777, 0o600, name);
  await store.close();
});

test('keeps keys, past revisions, revision and compacted revision across a restart', async () => {
  const path = newPath();
  const first = open(path);
  for (const key of ['p/a', 'p/b', 'p/a']) await put(first, key); // 2, 3, 4
  await first.txn({ compare: [], success: [{ type: 'delete', key: 'p/b' }] }); // 5
  await first.compact(3);
  await first.close();
  const second = open(path);
  assert.deepEqual(
    (await second.range({ key: 'p/', rangeEnd: 'p0' })).kvs.map(({ key, version }) => [key, version]),
    [['p/a', 2]],
  );
  const past = await second.range({ key: 'p/', rangeEnd: 'p0', revision: 4 });
  assert.deepEqual([past.count, past.revision], [2, 5]);
  await assert.rejects(second.range({ key: 'p/a', revision: 2 }), { code: 'ERR_COMPACTED', compactRevision: 3 });
  await second.compact(5);
  await second.txn({ compare: [], success: [{ type: 'delete', key: 'p/a' }] }); // 6
  await second.compact(6);
  await second.close();
  const third = open(path);
  assert.deepEqual(await third.range({ key: 'p/', rangeEnd: 'q' }), { kvs: [], count: 0, more: false, revision: 6 });
  await assert.rejects(third.compact(6), { code: 'ERR_COMPACTED' });
  await third.close();
  const db = new DatabaseSync(path);
  assert.equal(db.prepare('select * from log').all().length, 0, 'compaction left rows behind');
  db.close();
});

test('finishes a compaction that a crash interrupted', async () => {
  const path = newPath();
  const store = open(path);
  for (const key of ['a', 'a', 'b']) await put(store, key); // 2, 3, 4
  await store.txn({ compare: [], success: [{ type: 'delete', key: 'b' }] }); // 5
  await store.close();
  edit(path, "update meta set value = 5 where name = 'compacted_revision'"); // as if killed after the first step
  const reopened = open(path);
  await assert.rejects(reopened.range({ key: 'a', revision: 4 }), { code: 'ERR_COMPACTED' });
  assert.equal((await reopened.range({ key: 'a', rangeEnd: 'z' })).count, 1);
  await put(reopened, 'c');
  await reopened.close();
  const db = new DatabaseSync(path);
  assert.deepEqual(
    db
      .prepare('select key from log order by id')
      .all()
      .map(({ key }) => key),
    ['a', 'c'],
  );
  db.close();
});

test('keeps leases across a restart, with the deadline they had', async () => {
  const path = newPath();
  const clock = new FakeClock();
  const first = open(path, clock);
  const lease = await first.grantLease(60);
  await put(first, 'kept', 0);
  await put(first, 'leased', lease);
  await first.close();
  const later = new FakeClock(clock.nowMs() + 45_000); // another process, whose monotonic clock began anew
  const second = open(path, later);
  const watch = second.watch({ key: 'leased' })[Symbol.asyncIterator]();
  later.advance(14_999);
  assert.equal((await second.range({ key: 'leased' })).count, 1);
  later.advance(1);
  assert.equal((await watch.next()).value?.events[0]?.type, 'delete');
  assert.equal((await second.range({ key: 'kept' })).count, 1);
  await second.close();
  const third = open(path, later);
  assert.notEqual(await third.grantLease(60), lease, 'a lease id was used twice');
  await third.close();
});

test('takes no write after a flush that failed, and says why', async (t) => {
  const store = open(newPath());
  await put(store, 'before');
  const broken = t.mock.method(fs, 'fdatasync', (_descriptor: number, done: (error: Error) => void) =>
    done(new Error('EIO: i/o error, fdatasync')),
  );
  syncBuiltinESMExports();
  const want = { code: 'ERR_STORE_FAULT', retryable: false, message: /EIO.*nothing is written until a restart$/ };
  await assert.rejects(put(store, 'a'), want);
  broken.mock.restore();
  syncBuiltinESMExports();
  await assert.rejects(put(store, 'b'), want);
  await assert.rejects(store.grantLease(60), want);
  assert.equal((await store.range({ key: 'before' })).count, 1);
  await store.close();
});

test('the WAL does not outgrow a few checkpoints, however much is written', async () => {
  const path = newPath();
  const store = open(path);
  const value = Buffer.alloc(64 * 1024, 'v');
  let largest = 0;
  for (let group = 0; group < 40; group++) {
    const keys = Array.from({ length: 32 }, (_, i) => `/${group}/${i}`);
    await Promise.all(keys.map((key) => store.txn({ compare: [], success: [{ type: 'put', key, value }] })));
    largest = Math.max(largest, statSync(`${path}-wal`).size);
  }
  assert.ok(largest < 32 * 1024 * 1024, `${largest} bytes of WAL for 80 MB written`);
  await store.close();
  assert.ok(!existsSync(`${path}-wal`), 'closing left the WAL behind');
});
