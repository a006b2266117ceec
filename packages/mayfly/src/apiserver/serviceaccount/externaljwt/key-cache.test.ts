import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { silentLog } from '../../../log/log.ts';
import { EXTERNAL_KEY, keyOf } from './fixture.ts';
import { ExternalKeyCache, MAX_WAIT_MS, MIN_INTERVAL_MS, RETRY_MS } from './key-cache.ts';
import type { FetchKeysResponse } from './messages.ts';
import { RPCError } from './rpc-error.ts';

const HINT_SECONDS = 300;

function answerWith(...keyIDs: readonly string[]): FetchKeysResponse {
  const keys = keyIDs.map((id) => ({ isExcluded: false, ...keyOf(EXTERNAL_KEY, id) }));
  return { keys, dataTimestamp: { seconds: 1, nanos: 0 }, refreshHintSeconds: HINT_SECONDS };
}

/** A cache over a client whose answer the test chooses and whose calls it counts. */
async function newFixture() {
  const clock = new FakeClock();
  const fixture = {
    clock,
    answer: (): Promise<FetchKeysResponse> => Promise.resolve(answerWith('k1')),
    calls: 0,
    codes: [] as string[],
    timestamps: [] as number[],
  };
  const cache = new ExternalKeyCache({
    client: {
      fetchKeys() {
        fixture.calls++;
        return fixture.answer();
      },
    },
    clock,
    log: silentLog,
    observer: {
      keysFetched: (code) => void fixture.codes.push(code),
      keyData: (timestamp) => void fixture.timestamps.push(timestamp),
    },
  });
  await cache.fill();
  const refresh = (): Promise<void> => cache.keyring.fetchNewest?.() ?? Promise.reject(new Error('no fetch'));
  const known = (): string[] => cache.keyring.snapshot.entries.map(({ key }) => key.kid);
  return Object.assign(fixture, { cache, refresh, known });
}

/** Lets promises that are resolved already run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const down = (): Promise<never> => Promise.reject(new RPCError('Unavailable', 'gone'));

test('the set is fetched again when the hint has run out, not before', async () => {
  const fixture = await newFixture();
  fixture.answer = () => Promise.resolve(answerWith('k1', 'k2'));
  fixture.clock.advance(HINT_SECONDS * 1000 - 1);
  await settle();
  assert.deepEqual([fixture.calls, fixture.known()], [1, ['k1']]);
  fixture.clock.advance(1);
  await settle();
  assert.deepEqual([fixture.calls, fixture.known()], [2, ['k1', 'k2']]);
});

test('E6: a failed fetch leaves the old keys, and is tried again every ten seconds', async () => {
  const fixture = await newFixture();
  fixture.answer = down;
  fixture.clock.advance(HINT_SECONDS * 1000);
  await settle();
  assert.deepEqual([fixture.calls, fixture.known()], [2, ['k1']]);
  for (const calls of [3, 4]) {
    fixture.clock.advance(RETRY_MS - 1);
    await settle();
    assert.equal(fixture.calls, calls - 1);
    fixture.clock.advance(1);
    await settle();
    assert.deepEqual([fixture.calls, fixture.known()], [calls, ['k1']]);
  }
  fixture.answer = () => Promise.resolve(answerWith('k2'));
  fixture.clock.advance(RETRY_MS);
  await settle();
  assert.deepEqual(fixture.known(), ['k2']);
  assert.deepEqual(fixture.codes, ['OK', 'Unavailable', 'Unavailable', 'Unavailable', 'OK']);
});

test('E8: an answer that is refused leaves the old keys, and is no success', async () => {
  const fixture = await newFixture();
  fixture.answer = () => Promise.resolve({ ...answerWith('k2'), refreshHintSeconds: 0 });
  await fixture.refresh();
  assert.deepEqual(fixture.known(), ['k1']);
  assert.deepEqual([fixture.codes, fixture.timestamps], [['OK', 'unknown-non-grpc'], [1]]);
});

test('E5: an unknown key is looked for once, however many ask', async () => {
  const fixture = await newFixture();
  fixture.answer = () => Promise.resolve(answerWith('k1', 'k2'));
  await Promise.all(Array.from({ length: 50 }, () => fixture.refresh()));
  assert.equal(fixture.calls, 2);
  assert.equal(fixture.cache.keyring.candidates('k2').length, 1);
});

test('made-up key names cause one call a second, and who asks in between waits for it', async () => {
  const fixture = await newFixture();
  await fixture.refresh();
  fixture.answer = () => Promise.resolve(answerWith('k2'));
  const waiting = fixture.refresh();
  await settle();
  assert.equal(fixture.calls, 2);
  fixture.clock.advance(MIN_INTERVAL_MS);
  await waiting;
  assert.deepEqual([fixture.calls, fixture.known()], [3, ['k2']]);
});

test('nobody waits longer than five seconds for a signer that hangs, and all wait for one call', async () => {
  const fixture = await newFixture();
  fixture.answer = () => new Promise(() => undefined);
  const waiting = [fixture.refresh(), fixture.refresh()];
  await settle();
  fixture.clock.advance(MAX_WAIT_MS);
  await Promise.all(waiting);
  const next = fixture.refresh();
  fixture.clock.advance(MAX_WAIT_MS);
  await next;
  assert.deepEqual([fixture.calls, fixture.known()], [2, ['k1']]);
});

test('a fetch for an unknown key that fails changes nothing, and the next hint still counts', async () => {
  const fixture = await newFixture();
  fixture.answer = down;
  await fixture.refresh();
  assert.deepEqual(fixture.known(), ['k1']);
  fixture.answer = () => Promise.resolve(answerWith('k2'));
  fixture.clock.advance(HINT_SECONDS * 1000);
  await settle();
  assert.deepEqual(fixture.known(), ['k2']);
});

test('listeners are told of what changed, and of nothing else', async () => {
  const fixture = await newFixture();
  const heard: string[][] = [];
  fixture.cache.keyring.onChange(({ entries }) => heard.push(entries.map(({ key }) => key.kid)));
  const answers = [
    answerWith('k1'),
    answerWith('k2', 'k1'),
    answerWith('k1', 'k2'),
    { ...answerWith('k1', 'k2'), dataTimestamp: { seconds: 2, nanos: 0 } },
    { ...answerWith('k1', 'k2'), dataTimestamp: { seconds: 2, nanos: 0 } },
  ];
  for (const answer of answers) {
    fixture.answer = () => Promise.resolve(answer);
    fixture.clock.advance(MIN_INTERVAL_MS);
    await fixture.refresh();
  }
  assert.deepEqual(heard, [
    ['k2', 'k1'],
    ['k1', 'k2'],
    ['k1', 'k2'],
  ]);
});

test('relying parties may keep the set until it is fetched again', async () => {
  const { cache, clock } = await newFixture();
  assert.equal(cache.maxAgeSeconds(), HINT_SECONDS);
  clock.advance(1);
  assert.equal(cache.maxAgeSeconds(), HINT_SECONDS - 1);
  cache.stop();
  clock.advance((HINT_SECONDS + 100) * 1000);
  assert.equal(cache.maxAgeSeconds(), 0);
});

test('a stopped cache asks nobody any more', async () => {
  const fixture = await newFixture();
  fixture.cache.stop();
  fixture.clock.advance(10 * HINT_SECONDS * 1000);
  await settle();
  assert.equal(fixture.calls, 1);
});

test('a signer that cannot be asked at the start is told with all that was being done', async () => {
  const cache = new ExternalKeyCache({
    client: { fetchKeys: down },
    clock: new FakeClock(),
    log: silentLog,
    observer: { keysFetched: () => undefined, keyData: () => undefined },
  });
  await assert.rejects(cache.fill(), {
    message:
      'while initially filling key cache: while performing initial cache fill: while fetching token verification keys: ' +
      'while getting externally supported jwt signing keys: rpc error: code = Unavailable desc = gone',
  });
});
