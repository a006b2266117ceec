import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { type Log, silentLog } from '../../../log/log.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { type Authentication, failed, NO_OPINION, type TokenAuthenticator } from '../authenticator.ts';
import { newRequest } from '../request-fixture.ts';
import { CachedTokenAuthenticator } from './cache.ts';
import { newCacheKey } from './key.ts';

const YES: Authentication = {
  outcome: 'authenticated',
  user: { name: 'u', uid: '', groups: [], extra: {} },
  audiences: ['api'],
};

interface Setup {
  readonly cache: CachedTokenAuthenticator;
  readonly clock: FakeClock;
  readonly asked: string[];
  readonly counted: string[];
}

function setUp(answer: TokenAuthenticator['authenticateToken'], maxEntries = 100, log: Log = silentLog): Setup {
  const clock = new FakeClock();
  const asked: string[] = [];
  const counted: string[] = [];
  const inner: TokenAuthenticator = {
    authenticateToken(token, context) {
      asked.push(token);
      return answer(token, context);
    },
  };
  const observer = {
    request: (status: string) => void counted.push(status),
    fetch: (status: string) => void counted.push(`fetch ${status}`),
    activeFetch: (status: string, delta: number) => void counted.push(`${status} ${delta}`),
  };
  const cache = new CachedTokenAuthenticator({ inner, clock, random: new SeededRandom(1), log, observer, maxEntries });
  return { cache, clock, asked, counted };
}

const good = async (token: string): Promise<Authentication> => (token.startsWith('good') ? YES : NO_OPINION);

test('a success is remembered for ten seconds, not a millisecond more', async () => {
  const { cache, clock, asked } = setUp(good);
  await cache.authenticateToken('good', newRequest());
  clock.advance(9_999);
  assert.equal(await cache.authenticateToken('good', newRequest()), YES);
  assert.equal(asked.length, 1);
  clock.advance(1);
  await cache.authenticateToken('good', newRequest());
  assert.equal(asked.length, 2);
});

test('setting the wall clock back does not lengthen a life', async () => {
  const { cache, clock, asked } = setUp(good);
  await cache.authenticateToken('good', newRequest());
  clock.advance(10_000);
  await cache.authenticateToken('good', newRequest());
  assert.equal(asked.length, 2);
});

for (const { name, answer } of [
  { name: 'a failure', answer: failed('no') },
  { name: 'no opinion', answer: NO_OPINION },
]) {
  test(`${name} is never remembered`, async () => {
    const { cache, asked } = setUp(async () => answer);
    await cache.authenticateToken('t', newRequest());
    await cache.authenticateToken('t', newRequest());
    assert.equal(asked.length, 2);
    assert.equal(cache.size, 0);
  });
}

test('other audiences, another order of them, and none are other questions', async () => {
  const { cache, asked } = setUp(good);
  for (const audiences of [['a', 'b'], ['b', 'a'], ['a,b'], ['a'], [], undefined, ['a', 'b']]) {
    await cache.authenticateToken('good', { ...newRequest(), audiences });
  }
  assert.equal(asked.length, 6);
});

test('a flood of garbage pushes nothing out', async () => {
  const { cache, asked } = setUp(good, 10);
  await cache.authenticateToken('good', newRequest());
  for (let i = 0; i < 1000; i++) await cache.authenticateToken(`bad${i}`, newRequest());
  await cache.authenticateToken('good', newRequest());
  assert.equal(asked.filter((token) => token === 'good').length, 1);
  assert.equal(cache.size, 1);
});

test('a flood of distinct good tokens is bounded; the oldest go first', async () => {
  const { cache, asked } = setUp(good, 10);
  for (let i = 0; i < 25; i++) await cache.authenticateToken(`good${i}`, newRequest());
  assert.equal(cache.size, 10);
  asked.length = 0;
  await cache.authenticateToken('good24', newRequest());
  await cache.authenticateToken('good15', newRequest());
  assert.deepEqual(asked, []);
  await cache.authenticateToken('good14', newRequest());
  assert.deepEqual(asked, ['good14']);
});

test('expired entries leave as new ones come', async () => {
  const { cache, clock } = setUp(good);
  for (let i = 0; i < 50; i++) await cache.authenticateToken(`good${i}`, newRequest());
  clock.advance(10_000);
  await cache.authenticateToken('good', newRequest());
  assert.equal(cache.size, 1);
});

test('a hundred callers with one new token share a look-up (137), and each is told its warnings', async () => {
  const gate = Promise.withResolvers<void>();
  const { cache, asked, counted } = setUp(async (_token, context) => {
    context.warn('old');
    context.annotate('k', 'v');
    context.annotate('k', 'second');
    await gate.promise;
    return YES;
  });
  const requests = Array.from({ length: 100 }, () => newRequest());
  const answers = requests.map(async (request) => cache.authenticateToken('good', request));
  gate.resolve();
  assert.ok((await Promise.all(answers)).every((answer) => answer === YES));
  assert.equal(asked.length, 1);
  assert.equal(counted.filter((status) => status === 'blocked 1').length, 99);
  assert.equal(counted.filter((status) => status === 'in_flight 1').length, 1);
  const later = newRequest();
  await cache.authenticateToken('good', later);
  for (const { warnings, annotations } of [...requests, later]) {
    assert.deepEqual([warnings, annotations], [['old'], [['k', 'v']]]);
  }
});

test('what a failed look-up annotated is nobody’s (Q7)', async () => {
  const { cache } = setUp(async (_token, context) => {
    context.annotate('k', 'v');
    return failed('no');
  });
  const request = newRequest();
  await cache.authenticateToken('t', request);
  assert.deepEqual(request.annotations, []);
});

for (const { name, crash } of [
  { name: 'rejects', crash: () => Promise.reject(new Error('secret detail')) },
  {
    name: 'throws',
    crash: (): never => {
      throw new Error('secret detail');
    },
  },
]) {
  test(`a chain that ${name} refuses the token, tells the log and forgets`, async () => {
    const logged: string[] = [];
    const { cache, asked } = setUp(crash, 10, { ...silentLog, error: (text) => void logged.push(text) });
    const want = failed('Internal error occurred: authentication failed unexpectedly');
    assert.deepEqual(await cache.authenticateToken('t', newRequest()), want);
    assert.deepEqual(await cache.authenticateToken('t', newRequest()), want);
    assert.equal(asked.length, 2);
    assert.equal(logged.length, 2);
  });
}

test('a look-up that hangs ends after thirty seconds, and a late yes is not kept', async () => {
  const gate = Promise.withResolvers<Authentication>();
  const { cache, clock, asked } = setUp(() => gate.promise);
  const answer = cache.authenticateToken('good', newRequest());
  clock.advance(29_999);
  const second = cache.authenticateToken('good', newRequest());
  assert.equal(asked.length, 1);
  clock.advance(1);
  assert.equal((await answer).outcome, 'failed');
  assert.equal((await second).outcome, 'failed');
  gate.resolve(YES);
  await gate.promise;
  await Promise.resolve();
  assert.equal(cache.size, 0);
});

test('hits and misses are counted', async () => {
  const { cache, counted } = setUp(good);
  await cache.authenticateToken('good', newRequest());
  await cache.authenticateToken('good', newRequest());
  assert.deepEqual(counted, ['in_flight 1', 'fetch ok', 'in_flight -1', 'miss', 'hit']);
});

test('a cache key holds no token, and differs with the key, the token and every audience', () => {
  const keyOf = newCacheKey(Buffer.alloc(32, 1));
  const keys = [
    keyOf('token', ['a']),
    keyOf('token', ['b']),
    keyOf('token', ['a', 'a']),
    keyOf('token', []),
    keyOf('token', undefined),
    keyOf('toke', ['na']),
    newCacheKey(Buffer.alloc(32, 2))('token', ['a']),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(keyOf('token', ['a']), keys[0]);
  for (const key of keys) {
    assert.equal(key.length, 44);
    assert.ok(!key.includes('token'));
  }
});

test('a cleared cache knows nothing, not even what was on its way', async () => {
  const gate = Promise.withResolvers<Authentication>();
  let answer = (): Promise<Authentication> => good('good');
  const { cache, asked } = setUp(() => answer());
  await cache.authenticateToken('good', newRequest());
  answer = () => gate.promise;
  const onItsWay = cache.authenticateToken('good late', newRequest());
  cache.clear();
  assert.equal(cache.size, 0);
  answer = async () => failed('no');
  assert.equal((await cache.authenticateToken('good', newRequest())).outcome, 'failed');
  assert.equal((await cache.authenticateToken('good late', newRequest())).outcome, 'failed'); // does not join the other
  gate.resolve(YES);
  assert.equal(await onItsWay, YES);
  assert.equal(cache.size, 0);
  assert.equal(asked.length, 4);
});
