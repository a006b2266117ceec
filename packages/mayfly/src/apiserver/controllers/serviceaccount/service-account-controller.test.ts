import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import { silentLog } from '../../../log/log.ts';
import { newFixture, settle } from '../../registry/fixture.ts';
import { type FixtureClient, newFixtureClient } from '../../registry/fixture-client.ts';
import { NAMESPACES } from '../every-namespace.ts';
import { startSharedInformer } from '../shared-informer.ts';
import { startServiceAccountController } from './service-account-controller.ts';

function started(
  context: TestContext,
  fixture = newFixture(),
  change = (client: FixtureClient): FixtureClient => client,
) {
  const client = change(newFixtureClient(fixture));
  const deps = { client, clock: fixture.clock, log: silentLog };
  const namespaces = startSharedInformer<Namespace>(NAMESPACES, deps);
  const controller = startServiceAccountController({ ...deps, namespaces });
  context.after(async () => {
    await namespaces.stop();
    await controller.stop();
  });
  const uid = async (namespace: string) => (await fixture.get('serviceaccounts', 'default', namespace)).metadata?.uid;
  return { ...fixture, client, uid };
}

test('M17 makes default in namespaces that exist and in those that come, and nothing in them but a name', async (context) => {
  const fixture = newFixture();
  await fixture.create('namespaces', { metadata: { name: 'a' } });
  const { create, get } = started(context, fixture);
  await settle();
  await create('namespaces', { metadata: { name: 'b' } });
  await settle();
  for (const namespace of ['a', 'b']) {
    const { metadata, ...rest } = await get('serviceaccounts', 'default', namespace);
    assert.deepEqual(rest, { kind: 'ServiceAccount', apiVersion: 'v1' });
    assert.deepEqual([metadata?.labels, metadata?.annotations], [undefined, undefined]);
  }
});

test('M18 makes it again when it was deleted, as another one', async (context) => {
  const { create, remove, uid } = started(context);
  await create('namespaces', { metadata: { name: 'a' } });
  await settle();
  const before = await uid('a');
  await remove('serviceaccounts', 'default', {}, 'a');
  await settle();
  assert.notEqual(await uid('a'), undefined);
  assert.notEqual(await uid('a'), before);
});

test('leaves a default that is there as it is, and asks for nothing when nothing lacks', async (context) => {
  const fixture = newFixture();
  const mine = { metadata: { name: 'default' }, automountServiceAccountToken: false };
  await fixture.create('namespaces', { metadata: { name: 'a' } });
  await fixture.create('serviceaccounts', mine, { namespace: 'a' });
  const { client, patch, get } = started(context, fixture);
  await settle();
  await patch('serviceaccounts', 'default', (now) => ({ ...now, secrets: [{ name: 's' }] }), 'a');
  await patch('namespaces', 'a', (now) => ({ ...now, metadata: { ...now.metadata, labels: { x: 'y' } } }));
  await settle();
  assert.deepEqual(client.writes, []);
  assert.equal((await get('serviceaccounts', 'default', 'a')).automountServiceAccountToken, false);
});

test('decides nothing before it knows every account', async (context) => {
  const fixture = newFixture();
  await fixture.create('namespaces', { metadata: { name: 'a' } });
  await fixture.create('serviceaccounts', { metadata: { name: 'default' } }, { namespace: 'a' });
  const gate = Promise.withResolvers<void>();
  const { client } = started(context, fixture, (inner) => ({
    ...inner,
    async list(resource, options) {
      if (resource.resource === 'serviceaccounts') await gate.promise;
      return await inner.list(resource, options);
    },
  }));
  await settle();
  await fixture.create('namespaces', { metadata: { name: 'b' } });
  await settle();
  assert.deepEqual(client.writes, []);
  gate.resolve();
  await settle();
  assert.deepEqual(client.writes, ['POST serviceaccounts default']);
});

test('does not give back what is deleted with an ending namespace', async (context) => {
  const { create, remove, list, client } = started(context);
  await create('namespaces', { metadata: { name: 'a' } });
  await settle();
  await remove('namespaces', 'a');
  await settle();
  await remove('serviceaccounts', 'default', {}, 'a');
  await settle();
  assert.deepEqual(client.writes, ['POST serviceaccounts default']);
  assert.equal((await list('serviceaccounts', {}, 'a')).items.length, 0);
});
