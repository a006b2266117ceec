import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../../log/log.ts';
import { newFixture, settle } from '../../registry/fixture.ts';
import { newFixtureClient } from '../../registry/fixture-client.ts';
import { startClusterRoleAggregationController } from './cluster-role-aggregation.ts';

const selecting = (label: string) => ({ clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] });
const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });

function started(context: TestContext) {
  const fixture = newFixture();
  const client = newFixtureClient(fixture);
  const controller = startClusterRoleAggregationController({ client, clock: fixture.clock, log: silentLog });
  context.after(() => controller.stop());
  const rules = async (name: string) => (await fixture.get('clusterroles', name)).rules;
  return { ...fixture, client, rules };
}

test('keeps an aggregate equal to the roles it selects, in order of name', async (context) => {
  const { create, put, remove, rules, client } = started(context);
  const labels = { all: 'true' };
  await create('clusterroles', { metadata: { name: 'sum' }, aggregationRule: selecting('all'), rules: [rule('mine')] });
  await create('clusterroles', { metadata: { name: 'b', labels }, rules: [rule('pods')] });
  await create('clusterroles', { metadata: { name: 'a', labels }, rules: [rule('nodes'), rule('pods')] });
  await create('clusterroles', { metadata: { name: 'other' }, rules: [rule('secrets')] });
  await settle();
  assert.deepEqual(await rules('sum'), [rule('nodes'), rule('pods')]);
  await put('clusterroles', { metadata: { name: 'b', labels }, rules: [rule('events')] });
  await settle();
  assert.deepEqual(await rules('sum'), [rule('nodes'), rule('pods'), rule('events')]);
  await remove('clusterroles', 'a');
  await settle();
  assert.deepEqual(await rules('sum'), [rule('events')]);
  const before = client.writes.length;
  await put('clusterroles', { metadata: { name: 'other' }, rules: [] });
  await settle();
  assert.equal(client.writes.length, before); // nothing to change, nothing written
});

test('takes rules written by hand out of an aggregate, and follows aggregates of aggregates', async (context) => {
  const { create, patch, rules } = started(context);
  await create('clusterroles', { metadata: { name: 'leaf', labels: { one: 'true' } }, rules: [rule('pods')] });
  await create('clusterroles', {
    metadata: { name: 'mid', labels: { two: 'true' } },
    aggregationRule: selecting('one'),
  });
  await create('clusterroles', { metadata: { name: 'top' }, aggregationRule: selecting('two') });
  await settle();
  assert.deepEqual(await rules('top'), [rule('pods')]);
  await patch('clusterroles', 'top', (now) => ({ ...now, rules: [rule('secrets')] }));
  await settle();
  assert.deepEqual(await rules('top'), [rule('pods')]);
});
