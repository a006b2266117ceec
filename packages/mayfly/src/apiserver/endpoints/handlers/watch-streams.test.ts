import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventStream } from '../../registry/rest.ts';
import type { RevocationVerdict } from '../../serviceaccount/revocation/checker.ts';
import type { TokenCredential } from '../../serviceaccount/revocation/credential.ts';
import { WatchStreams } from './watch-streams.ts';

const credential = (id: string): TokenCredential => ({
  id,
  namespace: 'ns1',
  issuedAt: 0,
  serviceAccountUID: 'S1',
  podUID: undefined,
  nodeUID: undefined,
});

function setUp(isLate = false) {
  const verdicts = new Map<string, RevocationVerdict>();
  const asked: string[] = [];
  const ended: string[] = [];
  const streams = new WatchStreams({
    verdict({ id }) {
      asked.push(id);
      const verdict = verdicts.get(id) ?? 'good';
      return isLate ? Promise.resolve(verdict) : verdict;
    },
  });
  const stream = (name: string): EventStream => ({ cancel: () => void ended.push(name) }) as unknown as EventStream;
  return { streams, verdicts, asked, ended, stream };
}

for (const isLate of [false, true]) {
  test(`a revoked token's watches end, and only they${isLate ? ', when the ledger had to be asked' : ''}`, async () => {
    const { streams, verdicts, ended, stream } = setUp(isLate);
    streams.add(stream('a1'), credential('a'));
    streams.add(stream('a2'), credential('a'));
    streams.add(stream('b'), credential('b'));
    streams.add(stream('certificate'));
    verdicts.set('a', 'revoked');
    streams.endRevoked('a');
    streams.endRevoked('nobody');
    await Promise.resolve();
    assert.deepEqual(ended, ['a1', 'a2']);
  });
}

test('each token is looked at once when any may be revoked', () => {
  const { streams, verdicts, asked, ended, stream } = setUp();
  for (const name of ['a1', 'a2', 'a3']) streams.add(stream(name), credential('a'));
  streams.add(stream('b'), credential('b'));
  verdicts.set('b', 'revoked');
  asked.length = 0;
  streams.endRevoked(undefined);
  assert.deepEqual([asked, ended], [['a', 'b'], ['b']]);
});

test('a token that is revoked while its watch is being opened keeps it no longer', () => {
  const { streams, verdicts, ended, stream } = setUp();
  verdicts.set('a', 'revoked');
  streams.add(stream('a'), credential('a'));
  assert.deepEqual(ended, ['a']);
});

test('not knowing ends nothing', () => {
  const { streams, verdicts, ended, stream } = setUp();
  streams.add(stream('a'), credential('a'));
  verdicts.set('a', 'unknown');
  streams.endRevoked(undefined);
  assert.deepEqual(ended, []);
});

test('a watch that is over is forgotten', () => {
  const { streams, verdicts, ended, stream } = setUp();
  const [one, two] = [stream('one'), stream('two')];
  streams.add(one, credential('a'));
  streams.add(two, credential('a'));
  streams.delete(one);
  streams.delete(one);
  assert.equal(streams.size, 1);
  verdicts.set('a', 'revoked');
  streams.endRevoked('a');
  streams.delete(two);
  streams.endRevoked('a');
  assert.deepEqual([ended, streams.size], [['two'], 0]);
});
