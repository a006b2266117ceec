/** The real program under signals while it is busy; and what a clock that jumps does to tokens and caches. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { startMayfly } from 'mayfly/testing';
import { ServerProcess } from './server-process.ts';

const root = mkdtempSync(join(tmpdir(), 'mayfly-signals-'));
after(() => rmSync(root, { recursive: true }));

const CONFIGMAPS = { group: '', version: 'v1', resource: 'configmaps' };
const configMap = (name: string): KubernetesObject => ({ metadata: { name, namespace: 'default' } });

test('SIGTERM under load finishes what is in flight, exits 0, and loses nothing', async () => {
  const dataDir = join(root, 'load');
  const server = await ServerProcess.start(dataDir);
  const { client, close } = server.admin();
  const answered: string[] = [];
  let refused = 0;
  const write = async (writer: number): Promise<void> => {
    for (let i = 0; refused < 100; i++) {
      const name = `w${writer}-${i}`;
      try {
        await client.create(CONFIGMAPS, configMap(name));
        answered.push(name);
        if (answered.length === 50) server.child.kill('SIGTERM');
      } catch {
        refused++;
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
  const { code, signal } = await server.ended;
  assert.deepEqual([code, signal], [0, null]);
  close();
  const again = await ServerProcess.start(dataDir);
  const second = again.admin();
  const { items } = await second.client.list(CONFIGMAPS, { namespace: 'default' });
  const names = new Set(items.map(({ metadata }) => metadata?.name));
  assert.ok(answered.length >= 50);
  for (const name of answered) assert.ok(names.has(name), `${name} is lost`);
  second.close();
  await again.stop();
});

test('SIGHUP with a broken client CA file keeps the old one in use', async () => {
  const dataDir = join(root, 'reload');
  const first = await ServerProcess.start(dataDir);
  await first.stop();
  const caFile = join(root, 'clients.pem');
  const { readFileSync } = await import('node:fs');
  writeFileSync(caFile, readFileSync(join(dataDir, 'ca.crt')));
  const server = await ServerProcess.start(dataDir, ['--client-ca-file', caFile]);
  const warned = new Promise<void>((resolve) => {
    server.child.stderr?.on('data', () => server.output.stderr.includes('the last good one stays in use') && resolve());
  });
  writeFileSync(caFile, 'broken');
  server.child.kill('SIGHUP');
  await warned;
  const { client, close } = server.admin();
  await client.create(CONFIGMAPS, configMap('after'));
  close();
  assert.equal((await server.stop()).code, 0);
});

test('a clock set back and forth neither revives a token nor kills a good one for longer than it is wrong', async () => {
  const mayfly = await startMayfly();
  try {
    const review = async (token: string): Promise<boolean> => {
      const body = { spec: { token } };
      const answer = await mayfly.admin.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', body);
      return (answer as { status: { authenticated?: boolean } }).status.authenticated === true;
    };
    const startMs = mayfly.clock.nowMs();
    const token = await mayfly.issueToken('default', 'app', { expirationSeconds: 600 });
    mayfly.clock.set(startMs - 120_000);
    assert.equal(await review(token), false, 'from the future');
    await mayfly.admin.create(CONFIGMAPS, configMap('in-the-past'));
    mayfly.clock.set(startMs + 86_400_000);
    assert.equal(await review(token), false, 'expired');
    await mayfly.issueToken('default', 'app');
    mayfly.clock.set(startMs + 60_000);
    assert.equal(await review(token), true, 'the clock is right again');
    mayfly.clock.advance(10_000); // the cache remembers by the time that passes, whatever the clock is set to
    mayfly.clock.set(startMs + 86_400_000);
    assert.equal(await review(token), false, 'expired, and not remembered');
  } finally {
    await mayfly.close();
  }
});
