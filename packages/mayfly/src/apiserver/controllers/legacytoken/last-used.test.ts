import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '@mayfly/api/core/v1/secret';
import type { Log } from '../../../log/log.ts';
import { silentLog } from '../../../log/log.ts';
import { newFixture, settle } from '../../registry/fixture.ts';
import { newFixtureClient } from '../../registry/fixture-client.ts';
import { LegacyTokenUses } from '../../serviceaccount/legacy/uses.ts';
import { startLastUsedWriter } from './last-used.ts';

async function started(log: Log = silentLog) {
  const fixture = newFixture();
  const client = newFixtureClient(fixture);
  const uses = new LegacyTokenUses();
  const writer = startLastUsedWriter({ client, log, uses });
  const secret = (await fixture.create('secrets', { metadata: { name: 's' } })) as Secret;
  return { ...fixture, client, uses, writer, secret };
}

test('L13: two uses of a day are one patch', async () => {
  const { uses, secret, clock, get, client, writer } = await started();
  uses.used(secret, clock.nowMs());
  uses.used(secret, clock.nowMs());
  await settle();
  const labelled = (await get('secrets', 's')) as Secret;
  assert.deepEqual(labelled.metadata?.labels, { 'kubernetes.io/legacy-token-last-used': '2026-01-01' });
  uses.used(labelled, clock.nowMs());
  await settle();
  assert.deepEqual(client.writes, ['PATCH secrets s']);
  await writer.stop();
});

test('a Secret made anew under the name is not labelled, one that is gone is no trouble', async () => {
  const warnings: string[] = [];
  const { uses, secret, clock, get, remove, create, writer } = await started({
    ...silentLog,
    warn: (text) => void warnings.push(text),
  });
  await remove('secrets', 's');
  uses.used(secret, clock.nowMs());
  await settle();
  await create('secrets', { metadata: { name: 's' } });
  uses.used(secret, clock.nowMs());
  await settle();
  assert.equal((await get('secrets', 's')).metadata?.labels, undefined);
  assert.deepEqual(warnings, []);
  await writer.stop();
});
