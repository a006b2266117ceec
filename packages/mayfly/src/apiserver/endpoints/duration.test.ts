import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';

for (const { text, want } of [
  { text: '32s', want: 32_000 },
  { text: '1m30s', want: 90_000 },
  { text: '0', want: 0 },
  { text: '0s', want: 0 },
  { text: '1.5h', want: 5_400_000 },
  { text: '.5s', want: 500 },
  { text: '1ms', want: 1 },
  { text: '-1s', want: -1000 },
  { text: '5', want: 'time: missing unit in duration "5"' },
  { text: 'abc', want: 'time: invalid duration "abc"' },
  { text: '5d', want: 'time: unknown unit "d" in duration "5d"' },
  { text: '1s1', want: 'time: invalid duration "1s1"' },
]) {
  test(`duration ${text}`, () => {
    const { durationMs, error } = parseDuration(text);
    assert.equal(error ?? durationMs, want);
  });
}
