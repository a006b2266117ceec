/**
 * A signer written in Go on Kubernetes' own types (`k8s.io/externaljwt`), as a process of its own behind a socket: rotated,
 * hung, killed and started again, while jose verifies what comes out of it.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { type Mayfly, startMayfly, systemClock } from 'mayfly/testing';

const run = promisify(execFile);
const BUILD_TIMEOUT_MS = 600_000; // the first build compiles gRPC and everything below it
const ISSUER = 'https://issuer.example';
const KEY = 'projects/example/keys/sa/versions/';
const REVIEWS = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };

const hasGo = await run('go', ['version']).then(
  () => true,
  () => false,
);
const skip = hasGo || process.env.CI === 'true' ? false : 'go is not installed';

describe('a signer in Go on k8s.io/externaljwt', { skip }, () => {
  let home: string;
  let socket: string;
  let signer: GoSigner;
  let mayfly: Mayfly<typeof systemClock>;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'mayfly-go-signer-'));
    socket = join(home, 'signer.sock');
    const binary = join(home, 'signer');
    await run('go', ['build', '-o', binary, '.'], { cwd: import.meta.dirname, timeout: BUILD_TIMEOUT_MS });
    signer = await startSigner(binary, socket);
    mayfly = await startMayfly({
      clock: systemClock,
      serviceAccountSigningEndpoint: socket,
      serviceAccountIssuer: [ISSUER],
      apiAudiences: ['api'],
    });
  });
  after(async () => {
    await mayfly?.close();
    await signer?.stop();
    await rm(home, { recursive: true, force: true });
  });

  test('signs what the server accepts, and jose too, for as long as it signs at most', async () => {
    const token = await issue();
    assert.equal(decodeProtectedHeader(token).kid, `${KEY}1`);
    assert.equal(await reviewed(token), true);
    const { payload } = await verifiedByJose(token);
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 7200);
  });

  test('rotates: the next token names the new key, and both are accepted at once, everywhere', async () => {
    const old = await issue();
    await signer.say('rotate');
    const token = await issue();
    assert.equal(decodeProtectedHeader(token).kid, `${KEY}2`);
    for (const each of [old, token]) {
      assert.equal(await reviewed(each), true);
      await verifiedByJose(each);
    }
    await signer.say('retire');
    await signer.say('rotate'); // has the server fetch the set again for the token that follows
    await issue();
    assert.equal(await reviewed(old), true);
  });

  test('hangs: reviews go on, and so does signing when it works again', async () => {
    const token = await issue();
    await signer.say('hang');
    const asked = issue();
    assert.equal(await reviewed(token), true);
    await assert.rejects(asked, /while signing jwt: rpc error: code = DeadlineExceeded desc = no answer within 10s/);
    await signer.say('work');
    await issue();
  });

  test('dies: reviews go on, and what asks for a token meanwhile gets it from its successor', async () => {
    const token = await issue();
    await signer.stop();
    assert.equal(await reviewed(token), true);
    const asked = issue();
    signer = await startSigner(join(home, 'signer'), socket);
    assert.equal(decodeProtectedHeader(await asked).kid, `${KEY}1`); // it kept nothing: its keys begin anew
  });

  test('serves the program as it is published, which tells its whole story with it', async () => {
    const program = join(import.meta.dirname, '../../../packages/mayfly/bin/mayfly.js');
    const flags = [
      '--data-dir',
      join(home, 'data'),
      '--listen',
      '127.0.0.1:0',
      '--service-account-signing-endpoint',
      socket,
    ];
    const child = spawn(process.execPath, [program, 'up', '--example', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    try {
      assert.match(await readUntil(child, /Try it/), /Try it/);
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
  });

  function issue(): Promise<string> {
    return mayfly.issueToken('default', 'app', { expirationSeconds: 9000 });
  }

  async function reviewed(token: string): Promise<boolean | undefined> {
    const answer = (await mayfly.admin.create(REVIEWS, { spec: { token } } as object)) as {
      status?: { authenticated?: boolean };
    };
    return answer.status?.authenticated;
  }

  async function verifiedByJose(token: string) {
    const keys = createLocalJWKSet((await mayfly.admin.request('GET', '/openid/v1/jwks')) as JSONWebKeySet);
    return jwtVerify(token, keys, { issuer: ISSUER, audience: 'api' });
  }
});

interface GoSigner {
  say(command: string): Promise<void>;
  stop(): Promise<void>;
}

async function startSigner(binary: string, socket: string): Promise<GoSigner> {
  await rm(socket, { force: true });
  const child = spawn(binary, [socket], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const expect = async (line: string): Promise<void> => assert.equal((await lines.next()).value, line);
  await expect('ready');
  return {
    async say(command) {
      child.stdin.write(`${command}\n`);
      await expect('done');
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function readUntil({ stdout }: ChildProcess, wanted: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of stdout ?? []) {
    text += String(chunk);
    if (wanted.test(text)) break;
  }
  return text;
}
