import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { MAX_WAITING_SIGNATURES, newSignerClient, SIGN_DEADLINE_MS } from './client.ts';
import { newBehaviour, startFakeSigner, UNAVAILABLE } from './fixture.ts';

function connected(endpoint: string) {
  const clock = new FakeClock();
  const observed: string[] = [];
  const client = newSignerClient({
    endpoint,
    clock,
    observeCall: (method, code, seconds) => void observed.push(`${method} ${code} ${seconds}`),
  });
  return { client, clock, observed };
}

for (const [kind, endpoint] of [
  ['a path', undefined],
  ['an abstract name', `@mayfly-test.${process.pid}`],
] as const) {
  test(`a signer is reached by ${kind}, as localhost`, {
    skip: kind !== 'a path' && process.platform !== 'linux',
  }, async () => {
    const signer = await startFakeSigner(newBehaviour(), endpoint);
    const { client, observed } = connected(signer.endpoint);
    try {
      const { header } = await client.sign('e30');
      assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), signer.behaviour.header);
      assert.deepEqual(signer.claims, ['e30']);
      assert.equal(signer.authority(), 'localhost');
      assert.equal((await client.fetchKeys()).keys.length, 1);
      assert.deepEqual(await client.metadata(), { maxTokenExpirationSeconds: 7200 });
      assert.deepEqual(observed, [
        '/v1.ExternalJWTSigner/Sign OK 0',
        '/v1.ExternalJWTSigner/FetchKeys OK 0',
        '/v1.ExternalJWTSigner/Metadata OK 0',
      ]);
    } finally {
      client.close();
      await signer.close();
    }
  });
}

test('a status of the signer is told with its code and its words', async () => {
  const signer = await startFakeSigner();
  const { client, observed } = connected(signer.endpoint);
  try {
    signer.behaviour.faults.set('Sign', UNAVAILABLE);
    await assert.rejects(client.sign('e30'), {
      name: 'RPCError',
      code: 'Unavailable',
      message: 'rpc error: code = Unavailable desc = the vault is sealed',
    });
    assert.deepEqual(observed, ['/v1.ExternalJWTSigner/Sign Unavailable 0']);
  } finally {
    client.close();
    await signer.close();
  }
});

test('a signer that hangs is given up after ten seconds', async () => {
  const signer = await startFakeSigner();
  const { client, clock, observed } = connected(signer.endpoint);
  try {
    signer.behaviour.faults.set('Sign', 'hang');
    const signing = client.sign('e30');
    clock.advance(SIGN_DEADLINE_MS);
    await assert.rejects(signing, { message: 'rpc error: code = DeadlineExceeded desc = no answer within 10s' });
    assert.deepEqual(observed, ['/v1.ExternalJWTSigner/Sign DeadlineExceeded 10']);
  } finally {
    client.close();
    await signer.close();
  }
});

test('more than a hundred signatures do not wait for it, and places are given back', async () => {
  const signer = await startFakeSigner();
  const { client, clock } = connected(signer.endpoint);
  try {
    signer.behaviour.faults.set('Sign', 'hang');
    const waiting = Array.from({ length: MAX_WAITING_SIGNATURES }, () => client.sign('e30'));
    await assert.rejects(client.sign('e30'), {
      code: 'ResourceExhausted',
      message: 'rpc error: code = ResourceExhausted desc = 100 signatures are waiting for the external signer already',
    });
    await client.fetchKeys(); // keys still come
    clock.advance(SIGN_DEADLINE_MS);
    const outcomes = await Promise.allSettled(waiting);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    signer.behaviour.faults.clear();
    await client.sign('e30');
  } finally {
    client.close();
    await signer.close();
  }
});

test('a call waits for a socket that is not there yet', async () => {
  const home = await mkdtemp(join(tmpdir(), 'mayfly-signer-'));
  const endpoint = join(home, 'late signer.sock'); // a space in a path is no reason to fail
  const { client } = connected(endpoint);
  const signing = client.sign('e30');
  const signer = await startFakeSigner(newBehaviour(), endpoint);
  try {
    await signing;
  } finally {
    client.close();
    await signer.close();
    await rm(home, { recursive: true, force: true });
  }
});
