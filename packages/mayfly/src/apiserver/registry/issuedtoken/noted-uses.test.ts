import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotedUses } from './noted-uses.ts';

const BY = { sourceIP: '192.0.2.1', userAgent: 'a', reviewedBy: '' };
const MINUTE = 60_000;

for (const { name, by, afterMs, want } of [
  { name: 'the same again within the minute', by: {}, afterMs: MINUTE - 1, want: false },
  { name: 'the same a minute later', by: {}, afterMs: MINUTE, want: true },
  { name: 'the same after the clock was set back an hour', by: {}, afterMs: -3_600_000, want: true },
  { name: 'another address', by: { sourceIP: '192.0.2.2' }, afterMs: 0, want: true },
  { name: 'another program', by: { userAgent: 'b' }, afterMs: 0, want: true },
  { name: 'a review from the same address', by: { reviewedBy: 'vault' }, afterMs: 0, want: true },
]) {
  test(`${name} is ${want ? 'noted' : 'passed over'}`, () => {
    const uses = new NotedUses();
    assert.equal(
      uses.note('id', BY, 1e12, () => 'key'),
      true,
    );
    assert.equal(
      uses.note('id', { ...BY, ...by }, 1e12 + afterMs, () => 'key'),
      want,
    );
  });
}

test('each way is noted once a minute, however they alternate, also across flushes', () => {
  const uses = new NotedUses();
  let noted = 0;
  for (let i = 0; i < 100; i++) {
    if (uses.note('id', { ...BY, userAgent: i % 2 === 0 ? 'a' : 'b' }, 1e12 + i, () => 'key')) noted++;
    if (i % 10 === 0) uses.take();
  }
  assert.equal(noted, 2);
});

test('a client that invents names fills neither the notes of its token nor the queue', () => {
  const uses = new NotedUses();
  for (let i = 0; i < 100; i++) uses.note('id', { ...BY, userAgent: `${i}` }, 1e12, () => 'key');
  const { uses: taken, unrecorded } = uses.take();
  assert.deepEqual([taken.length, taken[0]?.uses.length, unrecorded], [1, 8, 92]);
  assert.deepEqual(uses.take(), { uses: [], unrecorded: 0 });
});

test('the key of a row is made only for a use that is noted', () => {
  const uses = new NotedUses();
  let made = 0;
  for (let i = 0; i < 10; i++) {
    uses.note('id', BY, 1e12, () => {
      made++;
      return 'key';
    });
  }
  assert.equal(made, 1);
});
