import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../clock/fake-clock.ts';
import { CautiousTime } from './cautious-time.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

for (const { name, move, want } of [
  { name: 'passes as time passes', move: (clock: FakeClock) => clock.advance(HOUR), want: START + HOUR },
  { name: 'does not follow a clock set forward', move: (clock: FakeClock) => clock.set(START + HOUR), want: START },
  { name: 'follows a clock set back', move: (clock: FakeClock) => clock.set(START - HOUR), want: START - HOUR },
  {
    name: 'is itself again when the clock is put right',
    move(clock: FakeClock) {
      clock.set(START - HOUR);
      clock.advance(HOUR);
      clock.set(START + HOUR);
    },
    want: START + HOUR,
  },
]) {
  test(`cautious time ${name}`, () => {
    const clock = new FakeClock(START);
    clock.advance(5);
    clock.set(START);
    const time = new CautiousTime(clock);
    move(clock);
    assert.equal(time.nowMs(), want);
  });
}

test('something new counts from when it was met, or from its date if that is later', () => {
  const clock = new FakeClock(START);
  const time = new CautiousTime(clock);
  clock.advance(HOUR);
  time.meet(['k'], false);
  clock.advance(HOUR);
  time.meet(['k'], false);
  assert.equal(time.sinceMs('k', START - HOUR), START + HOUR); // its author's clock was late
  assert.equal(time.sinceMs('k', START + 5 * HOUR), START + 5 * HOUR); // or early
});

test('something older than the process counts from its date', () => {
  const time = new CautiousTime(new FakeClock(START));
  time.meet(['k'], true);
  assert.equal(time.sinceMs('k', START - HOUR), START - HOUR);
});

test('what was never met, or is gone, has no time yet', () => {
  const time = new CautiousTime(new FakeClock(START));
  assert.equal(time.sinceMs('k', START), Number.POSITIVE_INFINITY);
  time.meet(['k'], true);
  time.meet([], false);
  assert.equal(time.sinceMs('k', START), Number.POSITIVE_INFINITY);
});
