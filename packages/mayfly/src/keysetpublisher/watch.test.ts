import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../clock/fake-clock.ts';
import type { Published } from './publish.ts';
import { failureText, nextFetchMs, publishForever } from './watch.ts';

for (const [minMaxAgeSeconds, want] of [
  [3600, 60_000],
  [601, 60_000],
  [300, 30_000],
  [60, 10_000],
  [0, 10_000],
] as const) {
  test(`documents good for ${minMaxAgeSeconds} s are fetched again after ${want} ms`, () => {
    assert.equal(nextFetchMs({ minMaxAgeSeconds }), want);
  });
}

const HOUR_MS = 3_600_000;
for (const { ageMs, want } of [
  { ageMs: 5_000, want: 'not published: why; what is published is 5s old, and too old in 59m' },
  { ageMs: HOUR_MS - 1, want: 'not published: why; what is published is 59m old, and too old in 1s' },
  {
    ageMs: HOUR_MS,
    want: 'not published: why; what is published is 60m old and TOO OLD: whoever relies on it refuses the tokens of newer keys',
  },
]) {
  test(`a failure is told with the age of what is there, ${ageMs} ms`, () => {
    assert.equal(failureText('why', { ageMs, maxAgeMs: HOUR_MS }), want);
  });
}

test('a failure at the start is told without an age', () => {
  assert.equal(failureText('why', undefined), 'not published: why; what is in the directory stays');
});

const PUBLISHED: Published = { written: [], keysMaxAgeSeconds: 3600, minMaxAgeSeconds: 3600 };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('rounds go on through failures, ten seconds after one, until the signal', async () => {
  const clock = new FakeClock();
  const stopping = new AbortController();
  const outcomes = [PUBLISHED, new Error('down'), new Error('down'), PUBLISHED];
  const told: string[] = [];
  const ended = publishForever({
    publish: async () => {
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      return outcome ?? PUBLISHED;
    },
    intervalMs: undefined,
    clock,
    signal: stopping.signal,
    onPublished: () => void told.push(`${clock.monotonicMs()} published`),
    onFailed: (text) => void told.push(`${clock.monotonicMs()} ${text}`),
  });
  await settle();
  for (const ms of [60_000, 10_000, 10_000, 60_000]) {
    clock.advance(ms);
    await settle();
  }
  stopping.abort();
  await ended;
  assert.deepEqual(told, [
    '0 published',
    '60000 not published: down; what is published is 1m old, and too old in 59m',
    '70000 not published: down; what is published is 1m old, and too old in 58m',
    '80000 published',
    '140000 published',
  ]);
});

test('an interval of the operator counts instead', async () => {
  const clock = new FakeClock();
  const stopping = new AbortController();
  let rounds = 0;
  const ended = publishForever({
    publish: async () => PUBLISHED,
    intervalMs: 1000,
    clock,
    signal: stopping.signal,
    onPublished: () => void rounds++,
    onFailed: () => undefined,
  });
  await settle();
  clock.advance(1000);
  await settle();
  assert.equal(rounds, 2);
  stopping.abort();
  await ended;
});
