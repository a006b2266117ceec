import assert from 'node:assert/strict';
import { SeededRandom } from '../../random/seeded-random.ts';
import type { Operation, RangeRequest, Store, TxnRequest } from '../store.ts';
import { ModelStore } from './model-store.ts';
import { all, collect, describe, facts, putOf } from './phrases.ts';

export async function agreesWithModel(store: Store): Promise<void> {
  const seed = Number(process.env.MAYFLY_SEED ?? Math.trunc(performance.timeOrigin) % 1_000_000);
  process.stdout.write(`# seed ${seed}\n`);
  const random = new SeededRandom(seed);
  const model = new ModelStore();
  const watch = store.watch(all('p/'));
  for (let step = 0; step < 300; step++) {
    const requests = Array.from({ length: 1 + random.int(6) }, () => randomTxn(random, model.revision));
    const answers = await Promise.all(requests.map((request) => store.txn(request)));
    for (const [i, request] of requests.entries()) {
      const want = model.txn(request);
      assert.deepEqual([answers[i]?.succeeded, answers[i]?.revision], [want.succeeded, want.revision]);
    }
    if (random.int(20) === 0 && model.revision - 5 > model.compactedRevision) {
      model.compact(model.revision - 5);
      await store.compact(model.revision - 5);
    }
    await compareReads(store, model, random);
  }
  const { events } = await collect(watch, model.events.length);
  assert.deepEqual(events.map(describe), model.events);
  const replay = store.watch({ ...all('p/'), startRevision: model.compactedRevision + 1 });
  const recent = model.events.filter((event) => Number.parseInt(event, 10) > model.compactedRevision);
  assert.deepEqual((await collect(replay, recent.length)).events.map(describe), recent);
}

async function compareReads(store: Store, model: ModelStore, random: SeededRandom): Promise<void> {
  const revision = model.compactedRevision + random.int(model.revision - model.compactedRevision + 1);
  const request: RangeRequest = { ...randomRange(random), revision, limit: random.int(5) };
  const want = model.range(request);
  const found = await store.range(request);
  assert.deepEqual(found.kvs.map(facts), want.kvs.map(facts));
  assert.deepEqual([found.count, found.more, found.revision], [want.count, want.more, model.revision]);
}

const MODEL_KEYS = ['p/a', 'p/b', 'p/b/c', 'p/é', 'p/\uffff', 'p/😀', 'p/z', 'p/zz'];

function randomTxn(random: SeededRandom, revision: number): TxnRequest {
  const key = MODEL_KEYS[random.int(MODEL_KEYS.length)] ?? 'p/a';
  const compare =
    random.int(2) === 0 ? [] : [{ key, target: 'modRevision', equals: Math.max(0, revision - random.int(4)) } as const];
  const operation: Operation =
    random.int(3) === 0 ? { type: 'delete', ...randomRange(random) } : putOf(key, String(random.int(1000)));
  return { compare, success: [operation], failure: random.int(2) === 0 ? [] : [putOf(`${key}!`, 'failed')] };
}

function randomRange(random: SeededRandom): { key: string; rangeEnd?: string } {
  const key = MODEL_KEYS[random.int(MODEL_KEYS.length)] ?? 'p/a';
  const rangeEnd = MODEL_KEYS[random.int(MODEL_KEYS.length)] ?? 'p0';
  return random.int(2) === 0 ? { key } : { key, rangeEnd };
}
