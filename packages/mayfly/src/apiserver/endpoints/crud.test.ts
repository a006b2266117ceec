import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../clock/clock.ts';
import { silentLog } from '../../log/log.ts';
import { systemRandom } from '../../random/random.ts';
import { newMemoryStore } from '../../storage/memory/memory-store.ts';
import { startServer, type TestServer } from '../filters/fixture.ts';
import { newRegistry } from '../registry/registry.ts';

const store = newMemoryStore({ clock: systemClock });
const registry = newRegistry({ store, clock: systemClock, random: systemRandom, log: silentLog });
let server: TestServer;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

before(async () => {
  server = await startServer({ resources: registry.resources() });
});
after(async () => {
  await server.close();
  await store.close();
});

function configMap(name: string, data: Record<string, string> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

test('an object is created, read, listed, updated, patched and deleted', async () => {
  const created = await server.request(CONFIG_MAPS, { method: 'POST', body: configMap('a', { k: '1' }) });
  assert.equal(created.code, 201);
  assert.equal(created.headers['content-type'], 'application/json');
  assert.equal(created.json.metadata.namespace, 'default');
  const read = await server.request(`${CONFIG_MAPS}/a`);
  assert.deepEqual(read.json, created.json);
  const list = await server.request(CONFIG_MAPS);
  assert.equal(list.json.kind, 'ConfigMapList');
  assert.equal(list.json.items.length, 1);
  const put = await server.request(`${CONFIG_MAPS}/a`, { method: 'PUT', body: { ...read.json, data: { k: '2' } } });
  assert.equal(put.code, 200);
  const patched = await server.request(`${CONFIG_MAPS}/a`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { data: { l: '3' } },
  });
  assert.deepEqual(patched.json.data, { k: '2', l: '3' });
  const deleted = await server.request(`${CONFIG_MAPS}/a`, { method: 'DELETE' });
  assert.equal(deleted.json.status, 'Success');
  assert.equal(deleted.json.details.uid, created.json.metadata.uid);
  assert.equal((await server.request(`${CONFIG_MAPS}/a`)).code, 404);
});
