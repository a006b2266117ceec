import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageOf, humanDuration } from './duration.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

for (const { ms, want } of [
  { ms: -2 * SECOND, want: '<invalid>' },
  { ms: -1.9 * SECOND, want: '0s' },
  { ms: 0, want: '0s' },
  { ms: 59 * SECOND, want: '59s' },
  { ms: 119 * SECOND, want: '119s' },
  { ms: 2 * MINUTE, want: '2m' },
  { ms: 2 * MINUTE + 5 * SECOND, want: '2m5s' },
  { ms: 10 * MINUTE - 1, want: '9m59s' },
  { ms: 10 * MINUTE + 30 * SECOND, want: '10m' },
  { ms: 3 * HOUR - 1, want: '179m' },
  { ms: 3 * HOUR, want: '3h' },
  { ms: 3 * HOUR + MINUTE, want: '3h1m' },
  { ms: 8 * HOUR + MINUTE, want: '8h' },
  { ms: 47 * HOUR, want: '47h' },
  { ms: 2 * DAY, want: '2d' },
  { ms: 2 * DAY + HOUR, want: '2d1h' },
  { ms: 8 * DAY + HOUR, want: '8d' },
  { ms: 729 * DAY, want: '729d' },
  { ms: 730 * DAY, want: '2y' },
  { ms: 731 * DAY, want: '2y1d' },
  { ms: 8 * 365 * DAY + DAY, want: '8y' },
]) {
  test(`an age of ${ms} ms reads ${want}`, () => assert.equal(humanDuration(ms), want));
}

test('a time that is not there is unknown', () => {
  for (const time of [undefined, null, '', 'yesterday']) assert.equal(ageOf(time, 0), '<unknown>');
});
