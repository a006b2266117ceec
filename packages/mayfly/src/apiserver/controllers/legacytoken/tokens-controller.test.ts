/** Rows L2 to L9, L21 and L23 of spec service-account-tokens §18. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Secret } from '@mayfly/api/core/v1/secret';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Resource, WatchOptions } from '@mayfly/sdk/kube/client';
import { silentLog } from '../../../log/log.ts';
import { type Loose, newFixture, settle } from '../../registry/fixture.ts';
import { type FixtureClient, newFixtureClient } from '../../registry/fixture-client.ts';
import type { LegacyTokenClaims } from '../../serviceaccount/legacy/claims.ts';
import { startTokensController } from './tokens-controller.ts';

const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';

interface Started {
  readonly sign?: (claims: LegacyTokenClaims) => Promise<string>;
  readonly change?: (client: FixtureClient) => FixtureClient;
  readonly rootCA?: string;
}

function newWorld() {
  const fixture = newFixture();
  const client = newFixtureClient(fixture);
  let signed = 0;
  const sign = async ({ namespace, secretName, serviceAccountName, serviceAccountUID }: LegacyTokenClaims) =>
    `${++signed} ${namespace}/${secretName} ${serviceAccountName}/${serviceAccountUID}`;
  const controller = (options: Started = {}) =>
    startTokensController({
      client: options.change?.(client) ?? client,
      clock: fixture.clock,
      log: silentLog,
      signer: { signLegacyToken: options.sign ?? sign },
      rootCA: () => options.rootCA ?? 'CA',
    });
  const account = async (name = 'app', more: object = {}): Promise<string> =>
    (await fixture.create('serviceaccounts', { metadata: { name }, ...more })).metadata?.uid ?? '';
  const secret = (name = 'sec', annotations: Record<string, string> = { [NAME]: 'app' }, more: object = {}) =>
    fixture.create('secrets', {
      metadata: { name, annotations },
      type: 'kubernetes.io/service-account-token',
      ...more,
    });
  const names = async () => (await fixture.list('secrets')).items.map(({ metadata }) => metadata?.name);
  return { ...fixture, client, controller, account, secret, names };
}

function started(context: TestContext, options: Started = {}) {
  const world = newWorld();
  const controller = world.controller(options);
  context.after(() => controller.stop());
  return world;
}

const plain = ({ data = {} }: Secret) =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('L2: a Secret made by hand gets token, CA, namespace and uid; its account is not touched', async (context) => {
  const { account, secret, get, client } = started(context);
  const uid = await account();
  await secret();
  await settle();
  const filled = await get('secrets', 'sec');
  assert.deepEqual(plain(filled as Secret), { token: `1 ns1/sec app/${uid}`, 'ca.crt': 'CA', namespace: 'ns1' });
  assert.deepEqual(filled.metadata?.annotations, { [NAME]: 'app', [UID]: uid });
  assert.equal((await get('serviceaccounts', 'app')).secrets, undefined);
  assert.deepEqual(client.writes, ['PUT secrets sec']);
});

test('what was there before the start is looked at too', async (context) => {
  const { account, secret, get, controller } = newWorld();
  await account();
  await secret();
  const running = controller();
  context.after(() => running.stop());
  await settle();
  assert.match(plain((await get('secrets', 'sec')) as Secret).token ?? '', /^1 /);
});

test('L3: a Secret for an account that does not exist is deleted', async (context) => {
  const { secret, names } = started(context);
  await secret();
  await settle();
  assert.deepEqual(await names(), []);
});

test('L4: a Secret for a former account of the name is deleted', async (context) => {
  const { account, secret, names } = started(context);
  await account();
  await secret('sec', { [NAME]: 'app', [UID]: 'former' });
  await settle();
  assert.deepEqual(await names(), []);
});

test('L5: the Secrets of a deleted account go, and no others', async (context) => {
  const { account, secret, names, remove, create } = started(context);
  const uid = await account();
  await account('other');
  await secret('mine');
  await secret('mine-too', { [NAME]: 'app', [UID]: uid });
  await secret('others', { [NAME]: 'other' });
  await create('secrets', { metadata: { name: 'opaque', annotations: { [NAME]: 'app' } } });
  await create('serviceaccounts', { metadata: { name: 'app' } }, { namespace: 'ns2' });
  await settle();
  await remove('serviceaccounts', 'app');
  await settle();
  assert.deepEqual(await names(), ['opaque', 'others']);
});

test('L6: a deleted Secret is taken out of the list of its account', async (context) => {
  const { account, secret, remove, get, patch } = started(context);
  await account();
  await secret();
  await patch('serviceaccounts', 'app', (now) => ({ ...now, secrets: [{ name: 'kept' }, { name: 'sec' }] }) as Loose);
  await settle();
  await remove('secrets', 'sec');
  await settle();
  assert.deepEqual((await get('serviceaccounts', 'app')).secrets, [{ name: 'kept' }]);
});

test('L6: a conflict is tried again, and only so often', async (context) => {
  let conflicts = 0;
  const change = (client: FixtureClient): FixtureClient => ({
    ...client,
    update: async (resource, object, subresource) => {
      if (resource.resource === 'serviceaccounts' && ++conflicts < 3) throw new StatusError('Conflict', 'no');
      return client.update(resource, object, subresource);
    },
  });
  const { account, secret, remove, get, clock } = started(context, { change });
  await account('app', { secrets: [{ name: 'sec' }] });
  await secret();
  await settle();
  await remove('secrets', 'sec');
  for (let i = 0; i < 10; i++) {
    await settle();
    clock.advance(100);
  }
  assert.equal(conflicts, 3);
  assert.deepEqual((await get('serviceaccounts', 'app')).secrets ?? [], []);
});

for (const { id, data, want } of [
  { id: 'L7: a removed token is made anew', data: { token: null }, want: { token: /^2 / } },
  { id: 'L7: an emptied token is made anew', data: { token: '' }, want: { token: /^2 / } },
  { id: 'L8: a namespace of its own is kept', data: { namespace: base64('foo') }, want: { namespace: /^foo$/ } },
  { id: 'L9: a changed CA is put back', data: { 'ca.crt': base64('x') }, want: { 'ca.crt': /^CA$/, token: /^1 / } },
  { id: 'another token is kept', data: { token: base64('mine') }, want: { token: /^mine$/ } },
]) {
  test(id, async (context) => {
    const { account, secret, get, patch } = started(context);
    await account();
    await secret();
    await settle();
    await patch('secrets', 'sec', (now) => {
      const changed = { ...(now as Secret).data, ...data };
      return { ...now, data: Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null)) };
    });
    await settle();
    const filled = plain((await get('secrets', 'sec')) as Secret);
    for (const [key, pattern] of Object.entries(want)) assert.match(filled[key] ?? '', pattern);
  });
}

test('without a CA, what stands there stays', async (context) => {
  const { account, secret, get } = started(context, { rootCA: '' });
  await account();
  await secret('sec', { [NAME]: 'app' }, { data: { 'ca.crt': base64('mine') } });
  await settle();
  assert.equal(plain((await get('secrets', 'sec')) as Secret)['ca.crt'], 'mine');
});

test('L21: a new account gets no Secret', async (context) => {
  const { account, names, client } = started(context);
  await account();
  await settle();
  assert.deepEqual([await names(), client.writes], [[], []]);
});

test('L23: an account made anew loses the Secrets of the one before', async (context) => {
  const { account, secret, names, remove, clock } = started(context);
  await account();
  await secret();
  await settle();
  await remove('serviceaccounts', 'app');
  await account();
  for (let i = 0; i < 3; i++) {
    await settle();
    clock.advance(1000);
  }
  assert.deepEqual(await names(), []);
});

test('a Secret that must not change is not filled, and not tried for ever', async (context) => {
  const { account, secret, get, clock, client } = started(context);
  await account();
  await secret('sec', { [NAME]: 'app' }, { immutable: true });
  for (let i = 0; i < 80; i++) {
    await settle();
    clock.advance(1000);
  }
  assert.equal((await get('secrets', 'sec')).data, undefined);
  assert.equal(client.writes.length, 11); // once, and ten times more
});

test('a token that cannot be signed is not tried again', async (context) => {
  let tried = 0;
  const sign = () => {
    tried++;
    return Promise.reject(new Error('no key'));
  };
  const { account, secret, clock, client } = started(context, { sign });
  await account();
  await secret();
  for (let i = 0; i < 5; i++) {
    await settle();
    clock.advance(1000);
  }
  assert.deepEqual([tried, client.writes], [1, []]);
});

test('a Secret made anew just before its deletion stays', async (context) => {
  const change = (client: FixtureClient): FixtureClient => ({
    ...client,
    async delete(resource, target, options) {
      await remove('secrets', 'sec');
      await secret('sec', { [NAME]: 'other' });
      await client.delete(resource, target, options);
    },
  });
  const { account, secret, names, remove } = started(context, { change });
  await account('other');
  await secret(); // of an account that does not exist
  await settle();
  assert.deepEqual(await names(), ['sec']);
});

test('only token Secrets are deleted, whatever the watch brings', async (context) => {
  const change = (client: FixtureClient): FixtureClient => ({
    ...client,
    list: (resource) => client.list(resource),
    watch: (resource, options) => client.watch(resource, { ...options, fieldSelector: '' }),
  });
  const { account, secret, names, remove, create } = started(context, { change });
  await account();
  await secret();
  await create('secrets', { metadata: { name: 'opaque', annotations: { [NAME]: 'app' } } });
  await settle();
  await remove('serviceaccounts', 'app');
  await settle();
  assert.deepEqual(await names(), ['opaque']);
});

test('an account that is there after all keeps its Secrets', async (context) => {
  const { promise: gone, resolve: tellGone } = Promise.withResolvers<void>();
  const change = (client: FixtureClient): FixtureClient => ({
    ...client,
    async *watch<T extends KubernetesObject>(resource: Resource, options?: WatchOptions) {
      if (resource.resource === 'serviceaccounts') {
        await gone;
        const object = (await client.get(resource, { namespace: 'ns1', name: 'app' })) as T;
        yield { type: 'DELETED' as const, object };
      }
      yield* client.watch<T>(resource, options);
    },
  });
  const world = newWorld();
  await world.account();
  await world.secret();
  const controller = world.controller({ change });
  context.after(() => controller.stop());
  await settle();
  tellGone();
  await settle();
  assert.deepEqual(await world.names(), ['sec']);
});
