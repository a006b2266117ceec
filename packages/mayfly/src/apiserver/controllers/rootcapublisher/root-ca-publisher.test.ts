import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import { forbiddenError, StatusError } from '@mayfly/api/meta/v1/status-error';
import { silentLog } from '../../../log/log.ts';
import { newFixture, settle } from '../../registry/fixture.ts';
import { type FixtureClient, newFixtureClient } from '../../registry/fixture-client.ts';
import { NAMESPACES } from '../every-namespace.ts';
import { startSharedInformer } from '../shared-informer.ts';
import { startRootCAPublisher } from './root-ca-publisher.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';
const KEY = 'kubernetes.io/description';

async function started(context: TestContext, change = (client: FixtureClient) => client) {
  const fixture = newFixture();
  const client = change(newFixtureClient(fixture));
  const warned: string[] = [];
  const deps = { client, clock: fixture.clock, log: { ...silentLog, warn: (text: string) => void warned.push(text) } };
  const codes: string[] = [];
  let bundle = 'PEM 1';
  const namespaces = startSharedInformer<Namespace>(NAMESPACES, deps);
  const synced = (code: string) => void codes.push(code);
  const publisher = startRootCAPublisher({ ...deps, namespaces, caBundle: () => bundle, synced });
  context.after(async () => {
    await namespaces.stop();
    await publisher.stop();
  });
  await settle();
  await fixture.create('namespaces', { metadata: { name: 'a' } });
  await settle();
  const published = () => fixture.get('configmaps', NAME, 'a');
  const edit = async (annotations: Record<string, string> | undefined, data?: Record<string, string>) => {
    await fixture.patch(
      'configmaps',
      NAME,
      ({ metadata, ...now }) => {
        const { annotations: _, ...rest } = metadata ?? {};
        return { ...now, metadata: annotations ? { ...rest, annotations } : rest, ...(data && { data }) };
      },
      'a',
    );
    await settle();
    return await published();
  };
  return { ...fixture, client, publisher, published, edit, codes, warned, replace: (text: string) => (bundle = text) };
}

test('M17 publishes the bundle, described', async (context) => {
  const { published, codes } = await started(context);
  const { metadata, data } = await published();
  assert.deepEqual(data, { 'ca.crt': 'PEM 1' });
  assert.deepEqual(metadata?.annotations, { [KEY]: DESCRIPTION });
  assert.deepEqual(new Set(codes), new Set(['200']));
});

for (const { name, annotations, data, want } of [
  { name: 'M19 other data', annotations: { [KEY]: DESCRIPTION }, data: { 'ca.crt': 'evil' }, want: DESCRIPTION },
  {
    name: 'M19 more data',
    annotations: { [KEY]: DESCRIPTION },
    data: { 'ca.crt': 'PEM 1', b: 'x' },
    want: DESCRIPTION,
  },
  { name: 'M19 no data', annotations: { [KEY]: DESCRIPTION }, data: {}, want: DESCRIPTION },
  { name: 'an empty description', annotations: { [KEY]: '' }, data: undefined, want: DESCRIPTION },
  { name: 'no annotation at all', annotations: undefined, data: undefined, want: DESCRIPTION },
  {
    name: 'M20 a description of their own, which stays',
    annotations: { [KEY]: 'mine' },
    data: undefined,
    want: 'mine',
  },
  { name: 'their own, and other data: both are written', annotations: { [KEY]: 'mine' }, data: {}, want: DESCRIPTION },
])
  test(`puts back after somebody wrote ${name}`, async (context) => {
    const { edit } = await started(context);
    const { metadata, data: after } = await edit(annotations, data);
    assert.deepEqual(after, { 'ca.crt': 'PEM 1' });
    assert.equal(metadata?.annotations?.[KEY], want);
  });

test('keeps what others annotate and label', async (context) => {
  const { edit } = await started(context);
  const { metadata } = await edit({ mine: 'x' }, { 'ca.crt': 'evil' });
  assert.deepEqual(metadata?.annotations, { mine: 'x', [KEY]: DESCRIPTION });
});

test('publishes again after a deletion, and everywhere when the bundle changes', async (context) => {
  const { remove, published, replace, publisher } = await started(context);
  await remove('configmaps', NAME, {}, 'a');
  await settle();
  await published();
  replace('PEM 2');
  publisher.resync();
  await settle();
  assert.deepEqual((await published()).data, { 'ca.crt': 'PEM 2' });
});

test('does not give back what is deleted with an ending namespace', async (context) => {
  const { remove, list, client } = await started(context);
  await remove('namespaces', 'a');
  await settle();
  await remove('configmaps', NAME, {}, 'a');
  await settle();
  assert.deepEqual(client.writes, [`POST configmaps ${NAME}`]);
  assert.equal((await list('configmaps', {}, 'a')).items.length, 0);
});

test('looks at other ConfigMaps not at all', async (context) => {
  const { create, codes } = await started(context);
  const before = codes.length;
  await create('configmaps', { metadata: { name: 'z' } }, { namespace: 'a' });
  await settle();
  assert.equal(codes.length, before);
});

const terminating = new StatusError('Forbidden', 'x', { details: { causes: [{ reason: 'NamespaceTerminating' }] } });

for (const { name, error, code, tries } of [
  { name: 'a namespace that is ending is no failure', error: terminating, code: '200', tries: 1 },
  { name: 'nor is one that has gone', error: new StatusError('NotFound', 'x'), code: '200', tries: 1 },
  {
    name: 'a copy that lagged is counted, and left to the event',
    error: new StatusError('AlreadyExists', 'x'),
    code: '409',
    tries: 1,
  },
  {
    name: 'another refusal is tried again',
    error: forbiddenError({ group: '', resource: 'configmaps' }, NAME, 'x'),
    code: '403',
    tries: 2,
  },
  { name: 'and so is what is no refusal', error: new Error('torn'), code: '500', tries: 2 },
])
  test(`creating: ${name}`, async (context) => {
    const failing = (client: FixtureClient): FixtureClient => ({ ...client, create: () => Promise.reject(error) });
    const { clock, codes, warned } = await started(context, failing);
    clock.advance(150);
    await settle();
    assert.deepEqual(
      codes,
      Array.from({ length: tries }, () => code),
    );
    assert.equal(warned.length > 0, tries > 1);
  });
