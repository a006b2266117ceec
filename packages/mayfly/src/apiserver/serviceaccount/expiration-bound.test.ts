import assert from 'node:assert/strict';
import { test } from 'node:test';
import { raisedBound } from './expiration-bound.ts';

const NOW = 1_800_000_000;
const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;

for (const { name, lifeSeconds, aheadSeconds } of [
  { name: 'a ten-minute token', lifeSeconds: 600, aheadSeconds: HOUR },
  { name: 'a token of 32 hours', lifeSeconds: 32 * HOUR, aheadSeconds: HOUR },
  { name: 'one of 64 hours', lifeSeconds: 64 * HOUR, aheadSeconds: 2 * HOUR },
  { name: 'an extended one', lifeSeconds: YEAR, aheadSeconds: YEAR / 32 },
  { name: 'the longest there may be', lifeSeconds: 2 ** 32, aheadSeconds: 2 ** 27 },
  { name: 'one that has ended already', lifeSeconds: -5, aheadSeconds: HOUR },
]) {
  test(`the bound for ${name} reaches ${aheadSeconds} s beyond it`, () => {
    assert.equal(raisedBound(NOW + lifeSeconds, NOW), NOW + lifeSeconds + aheadSeconds);
  });
}

test('a year of one-hour tokens, one each second, takes a write an hour', () => {
  let writes = 0;
  let bound = 0;
  for (let now = NOW; now < NOW + YEAR; now += 1) {
    if (now + HOUR <= bound) continue;
    bound = raisedBound(now + HOUR, now);
    writes++;
  }
  assert.ok(writes <= 365 * 24, `${writes} writes`);
});
