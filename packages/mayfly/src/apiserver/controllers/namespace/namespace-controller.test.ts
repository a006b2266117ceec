import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { silentLog } from '../../../log/log.ts';
import { type Fixture, newFixture, pod, refusal, settle } from '../../registry/fixture.ts';
import { type FixtureClient, newFixtureClient } from '../../registry/fixture-client.ts';
import type { Controller } from '../controller.ts';
import { NAMESPACES } from '../every-namespace.ts';
import { startSharedInformer } from '../shared-informer.ts';
import { startNamespaceController } from './namespace-controller.ts';

function started(context: TestContext, change: (client: FixtureClient) => FixtureClient = (client) => client) {
  const fixture = newFixture();
  const client = change(newFixtureClient(fixture));
  const controller = startOver(fixture, client);
  context.after(() => controller.stop());
  return { ...fixture, client };
}

function startOver({ clock }: Fixture, client: FixtureClient): Controller {
  const deps = { client, clock, log: silentLog };
  const namespaces = startSharedInformer<Namespace>(NAMESPACES, deps);
  const controller = startNamespaceController({ ...deps, namespaces });
  return {
    async stop() {
      await namespaces.stop();
      await controller.stop();
    },
  };
}

/** Lets back-offs run out. */
async function wait({ clock }: Pick<Fixture, 'clock'>, ms = 30_000): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await settle();
    clock.advance(1_000);
  }
  await settle();
}

const conditions = (namespace: unknown) =>
  Object.fromEntries(((namespace as Namespace).status?.conditions ?? []).map(({ type, status }) => [type, status]));

test('empties an ending namespace by kind, then lets it go', async (context) => {
  const fixture = started(context);
  const { create, remove, get, list } = fixture;
  for (const name of ['a', 'b']) await create('namespaces', { metadata: { name } });
  for (const resource of ['configmaps', 'secrets', 'serviceaccounts', 'leases'])
    for (const namespace of ['a', 'b']) await create(resource, { metadata: { name: 'x' } }, { namespace });
  await create('pods', pod('p'), { namespace: 'a' });
  await remove('namespaces', 'a');
  await wait(fixture);
  assert.equal((await refusal(get('namespaces', 'a'))).code, 404);
  for (const resource of ['configmaps', 'secrets', 'serviceaccounts', 'leases', 'pods'])
    assert.equal((await list(resource, {}, 'a')).items.length, 0, resource);
  assert.equal((await list('secrets', {}, 'b')).items.length, 1);
  await get('namespaces', 'b');
});

test('118 waits for a finalizer, and says so', async (context) => {
  const fixture = started(context);
  const { create, remove, get, put } = fixture;
  await create('namespaces', { metadata: { name: 'a' } });
  await create('configmaps', { metadata: { name: 'held', finalizers: ['x.io/y'] } }, { namespace: 'a' });
  await remove('namespaces', 'a');
  await wait(fixture);
  const ending = await get('namespaces', 'a');
  assert.deepEqual(conditions(ending), {
    NamespaceDeletionDiscoveryFailure: 'False',
    NamespaceDeletionContentFailure: 'False',
    NamespaceContentRemaining: 'True',
    NamespaceFinalizersRemaining: 'True',
  });
  assert.match(JSON.stringify(ending.status), /x\.io\/y in 1 resource instances/);
  await put('configmaps', { metadata: { name: 'held', namespace: 'a' } });
  await wait(fixture);
  assert.equal((await refusal(get('namespaces', 'a'))).code, 404);
});

test('waits for pods that end gracefully', async (context) => {
  const fixture = started(context);
  await fixture.create('namespaces', { metadata: { name: 'a' } });
  await fixture.create('pods', pod('p', { spec: { nodeName: 'n' } }), { namespace: 'a' });
  await fixture.remove('namespaces', 'a');
  await wait(fixture);
  assert.notEqual((await fixture.get('pods', 'p', 'a')).metadata?.deletionTimestamp, undefined);
  await fixture.remove('pods', 'p', { gracePeriodSeconds: 0 }, 'a'); // as its node does
  await wait(fixture);
  assert.equal((await refusal(fixture.get('namespaces', 'a'))).code, 404);
});

test('does not let go while a kind could not be deleted', async (context) => {
  let broken = true;
  const failing = (client: FixtureClient): FixtureClient => ({
    ...client,
    deleteCollection: async (...given) => {
      if (broken && given[0].resource === 'secrets') throw new StatusError('InternalError', 'no luck');
      await client.deleteCollection(...given);
    },
  });
  const fixture = started(context, failing);
  await fixture.create('namespaces', { metadata: { name: 'a' } });
  await fixture.create('secrets', { metadata: { name: 's' } }, { namespace: 'a' });
  await fixture.create('configmaps', { metadata: { name: 'c' } }, { namespace: 'a' });
  await fixture.remove('namespaces', 'a');
  await wait(fixture);
  assert.equal(conditions(await fixture.get('namespaces', 'a')).NamespaceDeletionContentFailure, 'True');
  assert.equal((await fixture.list('configmaps', {}, 'a')).items.length, 0); // the others went
  broken = false;
  await wait(fixture);
  assert.equal((await refusal(fixture.get('namespaces', 'a'))).code, 404);
});

test('does not let go while discovery fails', async (context) => {
  const blind = (client: FixtureClient): FixtureClient => ({
    ...client,
    request: () => Promise.reject(new StatusError('ServiceUnavailable', 'not yet')),
  });
  const fixture = started(context, blind);
  await fixture.create('namespaces', { metadata: { name: 'a' } });
  await fixture.remove('namespaces', 'a');
  await wait(fixture);
  assert.equal(conditions(await fixture.get('namespaces', 'a')).NamespaceDeletionDiscoveryFailure, 'True');
});

test('leaves living namespaces alone, and stops', async () => {
  const fixture = newFixture();
  const client = newFixtureClient(fixture);
  const controller = startOver(fixture, client);
  await fixture.create('namespaces', { metadata: { name: 'a' } });
  await wait(fixture, 3_000);
  await controller.stop();
  await fixture.remove('namespaces', 'a');
  await wait(fixture, 3_000);
  assert.deepEqual(client.writes, []);
});
