/**
 * SIGKILL of the whole server while clients create, patch and ask for tokens: after each restart on the same directory
 * everything that was answered is there, rows of the ledger included, and no revision goes backwards.
 *
 * `MAYFLY_SERVER_KILL_ROUNDS` (5) and `MAYFLY_SEED` set how often and when.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TokenRequest } from '@mayfly/api/authentication/v1/token-request';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { KubeClient } from '@mayfly/sdk/kube/client';
import { SeededRandom } from '../../packages/mayfly/src/random/seeded-random.ts';
import { ServerProcess } from './server-process.ts';

const ROUNDS = Number(process.env.MAYFLY_SERVER_KILL_ROUNDS ?? 5);
const SHORTEST_RUN_MS = 50;
const LONGEST_RUN_MS = 400;
const WRITERS = 8;

const CONFIGMAPS = { group: '', version: 'v1', resource: 'configmaps' };
const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const ISSUED_TOKENS = { group: 'identity.mayfly.dev', version: 'v1alpha1', resource: 'issuedtokens' };

interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}

/** What clients were told had happened. */
class Acknowledged {
  /** Name to the last patch that was answered; 0: created. */
  readonly configMaps = new Map<string, number>();
  readonly credentials = new Set<string>();
  newestVersion = 0;

  saw({ metadata }: KubernetesObject): void {
    this.newestVersion = Math.max(this.newestVersion, Number(metadata?.resourceVersion ?? 0));
  }
}

const directory = mkdtempSync(join(tmpdir(), 'mayfly-kill-server-'));
after(() => rmSync(directory, { recursive: true }));

test(`nothing answered is lost in ${ROUNDS} kills of the server`, async () => {
  const seed = Number(process.env.MAYFLY_SEED ?? Math.trunc(performance.timeOrigin) % 1_000_000);
  process.stdout.write(`# seed ${seed}\n`);
  const random = new SeededRandom(seed);
  const told = new Acknowledged();
  for (let round = 0; round < ROUNDS; round++) {
    const server = await ServerProcess.start(directory);
    const { client, close } = server.admin();
    await verify(client, told);
    if (round === 0) await client.create(SERVICE_ACCOUNTS, { metadata: { name: 'app', namespace: 'default' } });
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(client, told, `r${round}-w${writer}`));
    await delay(SHORTEST_RUN_MS + random.int(LONGEST_RUN_MS - SHORTEST_RUN_MS)); // the moment is what varies
    const { signal } = await server.stop('SIGKILL');
    assert.equal(signal, 'SIGKILL');
    await Promise.all(writers);
    close();
  }
  const server = await ServerProcess.start(directory);
  const { client, close } = server.admin();
  await verify(client, told);
  close();
  assert.equal((await server.stop()).code, 0);
  process.stdout.write(`# ${told.configMaps.size} objects, ${told.credentials.size} tokens\n`);
  assert.ok(told.configMaps.size > 0 && told.credentials.size > 0);
});

/** Until the server is gone: create, patch, token, and over again. */
async function write(client: KubeClient, told: Acknowledged, prefix: string): Promise<void> {
  try {
    for (let i = 0; ; i++) {
      const name = `${prefix}-${i}`;
      const target = { namespace: 'default', name };
      told.saw(await client.create(CONFIGMAPS, { metadata: target, data: { n: '0' } } as ConfigMap));
      told.configMaps.set(name, 0);
      told.saw(await client.patch(CONFIGMAPS, target, { data: { n: '1' } }, { type: 'merge' }));
      told.configMaps.set(name, 1);
      told.credentials.add(await issue(client));
    }
  } catch {
    // The server was killed: what was under way may or may not have happened.
  }
}

async function issue(client: KubeClient): Promise<string> {
  const target = { namespace: 'default', name: 'app', subresource: 'token' };
  const { status } = await client.create<TokenRequest>(SERVICE_ACCOUNTS, { spec: {} } as KubernetesObject, target);
  const claims = Buffer.from(status?.token?.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(claims) as { jti: string }).jti;
}

async function verify(client: KubeClient, told: Acknowledged): Promise<void> {
  const configMaps = await client.list<ConfigMap>(CONFIGMAPS, { namespace: 'default' });
  const found = new Map(configMaps.items.map(({ metadata, data }) => [metadata?.name, Number(data?.n)]));
  for (const [name, n] of told.configMaps) {
    assert.ok((found.get(name) ?? -1) >= n, `${name}: ${found.get(name)} after ${n} was answered`);
  }
  const rows = await client.list(ISSUED_TOKENS, { namespace: 'default' });
  const names = new Set(rows.items.map(({ metadata }) => metadata?.name));
  for (const jti of told.credentials) assert.ok(names.has(jti), `the row of ${jti} is lost`);
  const revision = Number(configMaps.metadata?.resourceVersion);
  assert.ok(revision >= told.newestVersion, `revision ${revision} after ${told.newestVersion} was answered`);
}
