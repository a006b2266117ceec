/** Rows C1 to C3 of spec service-account-tokens §18. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../../log/log.ts';
import { type Loose, newFixture, settle } from '../../registry/fixture.ts';
import { newFixtureClient } from '../../registry/fixture-client.ts';
import { TRACKING_CONFIG_MAP as NAME, startLegacyTokenTracking } from './tracking.ts';

const MINUTE = 60_000;

function started(context: TestContext, fixture = newFixture()) {
  const client = newFixtureClient(fixture);
  const controller = startLegacyTokenTracking({ client, clock: fixture.clock, log: silentLog });
  context.after(() => controller.stop());
  const since = async () => {
    const { items } = await fixture.list('configmaps', {}, 'kube-system');
    return items.map(({ metadata, data }) => [metadata?.name, (data as { since?: string } | undefined)?.since]);
  };
  return { ...fixture, client, since };
}

const made = (fixture: ReturnType<typeof newFixture>, data: object) =>
  fixture.create('configmaps', { metadata: { name: NAME }, data }, { namespace: 'kube-system' });

test('C1: made with the day of the start, in UTC', async (context) => {
  const { since } = started(context);
  await settle();
  assert.deepEqual(await since(), [[NAME, '2026-01-01']]);
});

for (const { id, data, want } of [
  { id: 'C2', data: { since: 'nonsense' }, want: '2026-01-01' },
  { id: 'C2, without a date', data: { other: 'x' }, want: '2026-01-01' },
  { id: 'a date stays', data: { since: '2024-02-29' }, want: '2024-02-29' },
]) {
  test(`${id}: ${JSON.stringify(data)} at the start, and later`, async (context) => {
    const fixture = newFixture();
    await made(fixture, data);
    const { since, patch } = started(context, fixture);
    await settle();
    assert.deepEqual(await since(), [[NAME, want]]);
    await patch('configmaps', NAME, (now) => ({ ...now, data }) as Loose, 'kube-system');
    await settle();
    assert.deepEqual(await since(), [[NAME, want]]);
  });
}

test('C3: deleted five minutes later, it is made anew half an hour after the first time', async (context) => {
  const { since, remove, clock } = started(context);
  await settle();
  clock.advance(5 * MINUTE);
  await settle();
  await remove('configmaps', NAME, {}, 'kube-system');
  await settle();
  assert.deepEqual(await since(), []);
  clock.advance(25 * MINUTE - 1);
  await settle();
  assert.deepEqual(await since(), []);
  clock.advance(1);
  await settle();
  assert.deepEqual(await since(), [[NAME, '2026-01-01']]);
});

test('two servers make it once, and leave it alone', async (context) => {
  const fixture = newFixture();
  const first = started(context, fixture);
  const second = started(context, fixture);
  await settle();
  fixture.clock.advance(13 * 60 * MINUTE);
  await settle();
  assert.deepEqual(await first.since(), [[NAME, '2026-01-01']]);
  assert.ok(first.client.writes.length + second.client.writes.length <= 2);
});

test('other ConfigMaps of the namespace are left alone', async (context) => {
  const { create, client, get } = started(context);
  await create('configmaps', { metadata: { name: 'x' }, data: { since: 'nonsense' } }, { namespace: 'kube-system' });
  await settle();
  assert.deepEqual((await get('configmaps', 'x', 'kube-system')).data, { since: 'nonsense' });
  assert.deepEqual(client.writes, [`POST configmaps ${NAME}`]);
});
