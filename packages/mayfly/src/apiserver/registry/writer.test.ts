import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '@mayfly/api/rbac/v1/role';
import { newFixture, refusal } from './fixture.ts';
import { newWriter } from './writer.ts';

const role = (name: string, verbs: string[]): Role => ({
  metadata: { name, namespace: 'ns1' },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
});

test('a writer creates, replaces, lists and deletes where the object says', async () => {
  const { registry, get } = newFixture();
  const roles = newWriter<Role>(registry, 'roles');
  await roles.create(role('r', ['get']));
  await roles.update(role('r', ['list']));
  assert.deepEqual((await get('roles', 'r')).rules, role('r', ['list']).rules);
  assert.deepEqual(
    (await roles.list()).map(({ metadata }) => metadata?.name),
    ['r'],
  );
  await roles.delete('ns1', 'r');
  assert.deepEqual(await roles.list(), []);
});

test('a writer is held to the rules of its kind and to the version it names', async () => {
  const { registry } = newFixture();
  const roles = newWriter<Role>(registry, 'roles');
  assert.equal((await refusal(roles.create(role('r', [])))).code, 422);
  await roles.create(role('r', ['get']));
  const stale = { ...role('r', ['list']), metadata: { name: 'r', namespace: 'ns1', resourceVersion: '1' } };
  assert.equal((await refusal(roles.update(stale))).code, 409);
  assert.throws(() => newWriter(registry, 'services'), /the resource "services" is read-only/);
});
