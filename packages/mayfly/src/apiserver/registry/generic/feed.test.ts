import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { silentLog } from '../../../log/log.ts';
import { newFixture, settle } from '../fixture.ts';
import { startFeed } from './feed.ts';
import type { ObjectReader, ObjectWatch } from './reader.ts';

const RULES = { rules: [] };

function recorder() {
  const told: string[] = [];
  const name = ({ metadata }: KubernetesObject) => metadata?.name ?? '';
  const sink = {
    replace: (lists: readonly (readonly KubernetesObject[])[]) =>
      void told.push(`= ${lists.map((list) => list.map(name))}`),
    apply: (type: string, object: KubernetesObject) => void told.push(`${type} ${name(object)}`),
  };
  return { told, sink };
}

test('a feed tells everything in one step, then each change', async () => {
  const { registry, create, remove, clock } = newFixture();
  await create('roles', { metadata: { name: 'r' }, ...RULES });
  await create('clusterroles', { metadata: { name: 'c' }, ...RULES });
  const { told, sink } = recorder();
  const readers = [registry.reader('clusterroles'), registry.reader('roles')];
  const feed = startFeed({ readers, sink, clock, log: silentLog });
  await feed.synced;
  await create('clusterroles', { metadata: { name: 'd' }, ...RULES });
  await remove('roles', 'r');
  await settle();
  assert.deepEqual(told.sort(), ['= c,r', 'ADDED d', 'DELETED r']);
  await feed.stop();
  await create('clusterroles', { metadata: { name: 'e' }, ...RULES });
  await settle();
  assert.equal(told.length, 3);
});

test('a feed that is cut off starts over with everything', async () => {
  const { registry, create, clock } = newFixture();
  const watches: ObjectWatch<never>[] = [];
  const reader = registry.reader('roles');
  const spied = { ...reader, watch: () => watches[watches.push(reader.watch() as never) - 1] } as ObjectReader;
  const { told, sink } = recorder();
  const feed = startFeed({ readers: [spied], sink, clock, log: silentLog });
  await feed.synced;
  watches[0]?.cancel();
  await settle();
  await create('roles', { metadata: { name: 'meanwhile' }, ...RULES });
  clock.advance(100);
  await settle();
  assert.deepEqual(told, ['= ', '= meanwhile']);
  await feed.stop();
});
