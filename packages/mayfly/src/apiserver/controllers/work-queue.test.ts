import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../clock/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a queue works a key once however often it was added, and again when added meanwhile', async () => {
  const worked: string[] = [];
  const queue: WorkQueue = new WorkQueue({
    clock: new FakeClock(),
    failed: () => undefined,
    work: async (key) => {
      if (worked.push(key) === 1) queue.add(key);
      return 'done';
    },
  });
  queue.add('a');
  queue.add('a');
  await settle();
  assert.deepEqual(worked, ['a', 'a']);
});

test('a queue comes back after failures with growing delays, and forgets them after success', async () => {
  const clock = new FakeClock();
  const atMs: number[] = [];
  let failing = true;
  const queue = new WorkQueue({
    clock,
    failed: () => undefined,
    work: async () => {
      atMs.push(clock.monotonicMs());
      if (failing) throw new Error('not yet');
      return 'done';
    },
  });
  queue.add('a');
  for (let i = 0; i < 40; i++) {
    await settle();
    if (atMs.length === 4) failing = false;
    clock.advance(100);
  }
  assert.deepEqual(atMs, [0, 100, 300, 700, 1500]);
  failing = true;
  queue.add('a');
  await settle();
  clock.advance(100);
  await settle();
  assert.equal(atMs.length, 7); // the first delay again
});

test('a queue gives a key up after so many retries, and begins anew when it is added', async () => {
  const clock = new FakeClock();
  let works = 0;
  const queue = new WorkQueue({
    clock,
    maxRetries: 2,
    failed: () => undefined,
    work: async () => {
      works++;
      return 'again';
    },
  });
  for (const want of [3, 6]) {
    queue.add('a');
    for (let i = 0; i < 20; i++) {
      await settle();
      clock.advance(1000);
    }
    assert.equal(works, want);
  }
});

test('a stopped queue works nothing more', async () => {
  const clock = new FakeClock();
  let works = 0;
  const queue = new WorkQueue({
    clock,
    failed: () => undefined,
    work: async () => {
      works++;
      return 'again';
    },
  });
  queue.add('a');
  await settle();
  await queue.stop();
  queue.add('b');
  clock.advance(60_000);
  await settle();
  assert.equal(works, 1);
});

test('a queue of several workers never gives one key to two', async () => {
  const gates: Record<string, PromiseWithResolvers<void>> & Record<'a' | 'b', PromiseWithResolvers<void>> = {
    a: Promise.withResolvers<void>(),
    b: Promise.withResolvers<void>(),
  };
  const began: string[] = [];
  const queue = new WorkQueue({
    clock: new FakeClock(),
    failed: () => undefined,
    workers: 2,
    work: async (key) => {
      began.push(key);
      if (began.length <= 2) await gates[key]?.promise;
      return 'done';
    },
  });
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await settle();
  assert.deepEqual(began, ['a', 'b']); // two at a time
  queue.add('a');
  gates.b.resolve();
  await settle();
  assert.deepEqual(began, ['a', 'b', 'c']); // the idle one leaves the second look at `a` to who works on it
  gates.a.resolve();
  await settle();
  assert.deepEqual(began, ['a', 'b', 'c', 'a']);
  queue.add('d'); // all are idle again
  await settle();
  assert.equal(began.at(-1), 'd');
  await queue.stop();
});

test('a stopped queue waits for all its workers', async () => {
  let working = 0;
  const queue = new WorkQueue({
    clock: new FakeClock(),
    failed: () => undefined,
    workers: 2,
    work: async () => {
      working++;
      await settle();
      working--;
      return 'done';
    },
  });
  queue.add('a');
  queue.add('b');
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(working, 2);
  await queue.stop();
  assert.equal(working, 0);
});
