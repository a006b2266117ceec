import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from './queue.ts';

test('what comes first goes first, however pushes and shifts mix', () => {
  const queue = new Queue<number>();
  const model: number[] = [];
  for (let i = 0; i < 1000; i++) {
    for (let n = 0; n < i % 5; n++) {
      queue.push(i);
      model.push(i);
    }
    for (let n = 0; n < i % 4; n++) {
      assert.equal(queue.first, model.shift());
      queue.shift();
    }
    assert.equal(queue.first, model[0]);
  }
});
