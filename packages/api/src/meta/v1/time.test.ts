import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMicroTime, formatTime, normalizeMicroTime, normalizeTime, parseTime } from './time.ts';

for (const { text, time, micro } of [
  { text: '2026-01-02T03:04:05Z', time: '2026-01-02T03:04:05Z', micro: '2026-01-02T03:04:05.000000Z' },
  { text: '2026-01-02T03:04:57.000Z', time: '2026-01-02T03:04:57Z', micro: '2026-01-02T03:04:57.000000Z' },
  { text: '2026-01-02T03:04:05.123456789Z', time: '2026-01-02T03:04:05Z', micro: '2026-01-02T03:04:05.123456Z' },
  { text: '2026-01-02T03:04:05.9Z', time: '2026-01-02T03:04:05Z', micro: '2026-01-02T03:04:05.900000Z' },
  { text: '2026-01-01T01:00:00+02:00', time: '2025-12-31T23:00:00Z', micro: '2025-12-31T23:00:00.000000Z' },
  { text: '2026-01-01T01:00:00.5-01:30', time: '2026-01-01T02:30:00Z', micro: '2026-01-01T02:30:00.500000Z' },
  { text: '1969-12-31T23:59:59.25Z', time: '1969-12-31T23:59:59Z', micro: '1969-12-31T23:59:59.250000Z' },
  { text: '2024-02-29T00:00:00Z', time: '2024-02-29T00:00:00Z', micro: '2024-02-29T00:00:00.000000Z' },
  { text: '0001-01-01T00:00:00Z', time: '0001-01-01T00:00:00Z', micro: '0001-01-01T00:00:00.000000Z' },
]) {
  test(`${text} is stored as whole seconds and as six digits`, () => {
    assert.equal(normalizeTime(text), time);
    assert.equal(normalizeMicroTime(text), micro);
  });
}

for (const text of [
  '',
  'now',
  '2026-01-02',
  '2026-01-02T03:04:05',
  '2026-01-02 03:04:05Z',
  '2026-01-02t03:04:05z',
  '2026-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00Z',
  '2026-01-01T00:00:60Z',
  '2026-01-01T00:00:00.Z',
  '2026-01-01T00:00:00+0100',
  '+12026-01-01T00:00:00Z',
  '2026-01-01T00:00:00Z\n',
]) {
  test(`${JSON.stringify(text)} is no time`, () => {
    assert.equal(normalizeTime(text), undefined);
    assert.equal(normalizeMicroTime(text), undefined);
    assert.equal(parseTime(text), undefined);
  });
}

test('an offset cannot push a time out of four-digit years', () => {
  assert.equal(normalizeTime('9999-12-31T23:59:59-00:01'), undefined);
  assert.equal(normalizeTime('0000-01-01T00:00:00+00:01'), undefined);
});

test('parseTime keeps milliseconds; formatTime cuts them; formatMicroTime takes microseconds on top', () => {
  assert.equal(parseTime('1970-01-01T00:00:01.0019Z'), 1001);
  assert.equal(formatTime(1999), '1970-01-01T00:00:01Z');
  assert.equal(formatTime(-1), '1969-12-31T23:59:59Z');
  assert.equal(formatMicroTime(1001, 7), '1970-01-01T00:00:01.001007Z');
});
