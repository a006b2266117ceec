import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '@mayfly/api/core/v1/secret';
import { LAST_USED_LABEL, parseUTCDate, utcDate } from './labels.ts';
import { type LegacyTokenUse, LegacyTokenUses, useToRecord } from './uses.ts';

const NOON = Date.UTC(2026, 0, 15, 12);
const settle = () => new Promise((resolve) => setImmediate(resolve));

function secret(uid: string, lastUsed?: string): Secret {
  const labels = lastUsed === undefined ? {} : { labels: { [LAST_USED_LABEL]: lastUsed } };
  return { metadata: { namespace: 'ns1', name: `s-${uid}`, uid, ...labels } };
}

for (const { name, lastUsed, want } of [
  { name: 'L13: no label', lastUsed: undefined, want: '2026-01-15' },
  { name: 'L13: today', lastUsed: '2026-01-15', want: undefined },
  { name: 'L14: tomorrow', lastUsed: '2026-01-16', want: undefined },
  { name: 'yesterday', lastUsed: '2026-01-14', want: '2026-01-15' },
  { name: 'the day after tomorrow', lastUsed: '2026-01-17', want: '2026-01-15' },
  { name: 'no date', lastUsed: 'never', want: '2026-01-15' },
]) {
  test(`useToRecord, ${name}`, () => assert.equal(useToRecord(secret('1', lastUsed), NOON)?.date, want));
}

test('uses are written one at a time, once a Secret while it waits, and again when it was written', async () => {
  const uses = new LegacyTokenUses();
  const written: string[] = [];
  const gate = Promise.withResolvers<void>();
  uses.used(secret('1'), NOON); // before there is a writer
  uses.used(secret('1'), NOON);
  const stop = uses.consume(async ({ secretUID, date }: LegacyTokenUse) => {
    written.push(`${secretUID} ${date}`);
    await gate.promise;
  });
  await settle();
  uses.used(secret('1'), NOON); // being written
  uses.used(secret('2'), NOON);
  assert.deepEqual(written, ['1 2026-01-15']);
  gate.resolve();
  await settle();
  uses.used(secret('1'), NOON);
  await settle();
  assert.deepEqual(written, ['1 2026-01-15', '2 2026-01-15', '1 2026-01-15']);
  await stop();
  uses.used(secret('3'), NOON);
  await settle();
  assert.equal(written.length, 3);
});

test('what does not fit is dropped, not kept', async () => {
  const uses = new LegacyTokenUses(2);
  for (const uid of ['1', '2', '3']) uses.used(secret(uid), NOON);
  const written: string[] = [];
  const stop = uses.consume(async ({ secretUID }) => void written.push(secretUID));
  await settle();
  await stop();
  assert.deepEqual(written, ['1', '2']);
});

test('dates are days in UTC', () => {
  assert.equal(utcDate(Date.UTC(2026, 0, 1) - 1), '2025-12-31');
  assert.equal(parseUTCDate('2026-01-01'), Date.UTC(2026, 0, 1));
  for (const text of ['', '2026-02-29', '2026-1-1', '2022-12-27-1', 'nonsense', '2026-01-01T00:00:00Z'])
    assert.equal(parseUTCDate(text), undefined, text);
});
