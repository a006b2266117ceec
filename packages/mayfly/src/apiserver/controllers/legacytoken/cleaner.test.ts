/** Rows C4 to C15 of spec service-account-tokens §18. P is 365 days. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Secret } from '@mayfly/api/core/v1/secret';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { silentLog } from '../../../log/log.ts';
import { type Loose, newFixture, pod, settle } from '../../registry/fixture.ts';
import { type FixtureClient, newFixtureClient } from '../../registry/fixture-client.ts';
import { DAY_MS, utcDate } from '../../serviceaccount/legacy/labels.ts';
import { startLegacyTokenCleaner } from './cleaner.ts';
import { TRACKING_CONFIG_MAP } from './tracking.ts';

const P = 365;
const CREATED = Date.UTC(2026, 0, 1); // the fixture's clock starts here
const NOW = CREATED + 800 * DAY_MS + 3_600_000;
const day = (offset: number) => utcDate(NOW + offset * DAY_MS);

const LAST_USED = 'kubernetes.io/legacy-token-last-used';
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since';

interface World {
  readonly since?: string | undefined;
  readonly labels?: Record<string, string>;
  /** Of the Secret, days before now. */
  readonly ageDays?: number;
  readonly listed?: boolean;
  readonly pod?: Loose;
  readonly annotations?: Record<string, string>;
  readonly change?: (client: FixtureClient, fixture: ReturnType<typeof newFixture>) => FixtureClient;
}

/** An auto-generated token as old as the account, and tracking for longer than P, unless said otherwise; then one round. */
async function cleaned(context: TestContext, world: World = {}) {
  const { since = day(-P - 1), labels = {}, ageDays = 800, listed = true } = world;
  const fixture = newFixture();
  const { clock, create, patch } = fixture;
  if ('since' in world ? world.since !== undefined : true)
    await create(
      'configmaps',
      { metadata: { name: TRACKING_CONFIG_MAP }, data: { since } },
      { namespace: 'kube-system' },
    );
  const account = await create('serviceaccounts', { metadata: { name: 'app' } });
  clock.set(NOW - ageDays * DAY_MS);
  await create('secrets', {
    metadata: {
      name: 'app-token-x',
      labels,
      annotations: {
        'kubernetes.io/service-account.name': 'app',
        'kubernetes.io/service-account.uid': account.metadata?.uid ?? '',
        ...world.annotations,
      },
    },
    type: 'kubernetes.io/service-account-token',
  });
  if (listed) await patch('serviceaccounts', 'app', (now) => ({ ...now, secrets: [{ name: 'app-token-x' }] }));
  if (world.pod !== undefined) await create('pods', world.pod);
  clock.set(NOW);
  const plain = newFixtureClient(fixture);
  const client = world.change?.(plain, fixture) ?? plain;
  const cleaner = startLegacyTokenCleaner({ client, clock, log: silentLog, cleanUpPeriodMs: P * DAY_MS });
  context.after(() => cleaner.stop());
  await settle();
  const outcome = async (): Promise<string> => {
    const { items } = await fixture.list('secrets');
    if (items.length === 0) return 'deleted';
    return plain.writes.length === 0 ? 'untouched' : `marked ${(items[0] as Secret).metadata?.labels?.[INVALID_SINCE]}`;
  };
  return { ...fixture, client: plain, outcome };
}

const withVolume = (volume: object) => pod('p', { spec: { volumes: [{ name: 'v', ...volume }] } });
const TODAY = `marked ${day(0)}`;

for (const { id, world, want } of [
  { id: 'C4', world: { since: undefined }, want: 'untouched' },
  { id: 'a date that is none', world: { since: 'nonsense' }, want: 'untouched' },
  { id: 'C5', world: { since: day(-P) }, want: 'untouched' },
  { id: 'C6', world: { labels: { [LAST_USED]: day(-P - 1) } }, want: TODAY },
  { id: 'C7', world: { labels: { [LAST_USED]: day(-P) } }, want: 'untouched' },
  { id: 'used yesterday', world: { labels: { [LAST_USED]: day(-1) } }, want: 'untouched' },
  { id: 'C8', world: { labels: { [LAST_USED]: '2022-12-27-1' } }, want: 'untouched' },
  { id: 'C9', world: {}, want: TODAY },
  { id: 'C10', world: { pod: withVolume({ secret: { secretName: 'app-token-x' } }) }, want: 'untouched' },
  { id: 'mounted by nobody', world: { pod: withVolume({ secret: { secretName: 'other' } }) }, want: TODAY },
  { id: 'C11', world: { listed: false }, want: 'untouched' },
  {
    id: 'of a former account',
    world: { annotations: { 'kubernetes.io/service-account.uid': 'former' } },
    want: 'untouched',
  },
  { id: 'of no account', world: { annotations: { 'kubernetes.io/service-account.name': 'zz' } }, want: 'untouched' },
  { id: 'C12', world: { labels: { [INVALID_SINCE]: day(-P - 1) } }, want: 'deleted' },
  { id: 'C13', world: { labels: { [INVALID_SINCE]: day(-P) } }, want: 'untouched' },
  { id: 'C14', world: { labels: { [INVALID_SINCE]: 'long-ago' } }, want: TODAY },
  { id: 'emptied by somebody', world: { labels: { [INVALID_SINCE]: '' } }, want: TODAY },
  { id: 'C15', world: { ageDays: P }, want: 'untouched' },
  { id: 'C15, a second older', world: { ageDays: P + 1 / 86_400 }, want: TODAY },
  {
    id: 'marked, but used since',
    world: { labels: { [INVALID_SINCE]: day(-P - 1), [LAST_USED]: day(-2) } },
    want: 'untouched',
  },
]) {
  test(`${id}: ${want.replace(/ .*/, '')}`, async (context) => {
    assert.equal(await (await cleaned(context, world)).outcome(), want);
  });
}

test('C12: a Secret that changed meanwhile stays', async (context) => {
  const change = (client: FixtureClient, { patch }: ReturnType<typeof newFixture>): FixtureClient => ({
    ...client,
    delete: async (resource, target, options) => {
      await patch('secrets', 'app-token-x', (now) => ({ ...now, data: { x: 'eA==' } }));
      await client.delete(resource, target, options);
    },
  });
  const { list } = await cleaned(context, { labels: { [INVALID_SINCE]: day(-P - 1) }, change });
  assert.equal((await list('secrets')).items.length, 1);
});

test('looks once a day, and again after a failure', async (context) => {
  let fails = true;
  const change = (client: FixtureClient): FixtureClient => ({
    ...client,
    list: (resource, options) =>
      fails ? Promise.reject(new StatusError('InternalError', 'no')) : client.list(resource, options),
  });
  const { clock, outcome } = await cleaned(context, { change });
  assert.equal(await outcome(), 'untouched');
  fails = false;
  clock.advance(DAY_MS - 1);
  await settle();
  assert.equal(await outcome(), 'untouched');
  clock.advance(1);
  await settle();
  assert.match(await outcome(), /^marked/);
});

test('an unused token is refused after P, and deleted after 2 P and a day', async (context) => {
  const { clock, outcome } = await cleaned(context);
  assert.equal(await outcome(), TODAY);
  for (let days = 0; days < P; days++) {
    clock.advance(DAY_MS);
    await settle();
  }
  assert.equal(await outcome(), TODAY);
  clock.advance(DAY_MS);
  await settle();
  assert.equal(await outcome(), 'deleted');
});
