/** @kubernetes/client-node, unmodified: CRUD, patch strategies, watch, informer, TokenRequest, TokenReview. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import {
  ADD,
  ApiException,
  AuthenticationV1Api,
  CoreV1Api,
  DELETE,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  UPDATE,
  type V1ConfigMap,
  Watch,
} from '@kubernetes/client-node';
import { type Mayfly, startMayfly } from 'mayfly/testing';

describe('@kubernetes/client-node', () => {
  let mayfly: Mayfly;
  let config: KubeConfig;
  let core: CoreV1Api;
  const namespace = 'default';

  before(async () => {
    mayfly = await startMayfly();
    config = new KubeConfig();
    config.loadFromString(mayfly.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });
  after(() => mayfly?.close());

  test('creates, reads, replaces, lists and deletes', async () => {
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'crud' }, data: { a: '1' } } });
    const read = await core.readNamespacedConfigMap({ namespace, name: 'crud' });
    const created = read.metadata?.creationTimestamp?.getTime();
    read.data = { a: '2' };
    const replaced = await core.replaceNamespacedConfigMap({ namespace, name: 'crud', body: read }); // dates with ms
    assert.equal(replaced.metadata?.creationTimestamp?.getTime(), created);
    assert.deepEqual(replaced.data, { a: '2' });
    await assert.rejects(
      core.replaceNamespacedConfigMap({ namespace, name: 'crud', body: read }), // its version is old now
      (error) => error instanceof ApiException && error.code === 409,
    );
    const { items } = await core.listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=crud' });
    assert.equal(items.length, 1);
    await core.deleteNamespacedConfigMap({ namespace, name: 'crud' });
    await assert.rejects(core.readNamespacedConfigMap({ namespace, name: 'crud' }), (error) => {
      assert.ok(error instanceof ApiException);
      assert.equal(error.code, 404);
      assert.equal(JSON.parse(error.body).message, 'configmaps "crud" not found');
      return true;
    });
  });

  test('patches in each way', async () => {
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'patched' }, data: { a: '1' } } });
    const patch = (body: object, strategy: string) =>
      core.patchNamespacedConfigMap({ namespace, name: 'patched', body }, setHeaderOptions('Content-Type', strategy));
    await patch([{ op: 'add', path: '/data/b', value: '2' }], PatchStrategy.JsonPatch);
    await patch({ data: { a: null } }, PatchStrategy.MergePatch);
    const { data } = await patch({ data: { c: '3' } }, PatchStrategy.StrategicMergePatch);
    assert.deepEqual(data, { b: '2', c: '3' });
  });

  test('watches changes as they happen', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    const seen: string[] = [];
    const three = Promise.withResolvers<void>();
    const controller = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { resourceVersion: metadata?.resourceVersion },
      (phase, object: V1ConfigMap) => {
        seen.push(`${phase} ${object.metadata?.name}`);
        if (seen.length === 3) three.resolve();
      },
      (error) => three.reject(error),
    );
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'watched' } } });
    await core.replaceNamespacedConfigMap({
      namespace,
      name: 'watched',
      body: { metadata: { name: 'watched' }, data: { a: '1' } },
    });
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    await three.promise;
    controller.abort();
    assert.deepEqual(seen, ['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
  });

  test('keeps an informer up to date', async () => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const informer = makeInformer<V1ConfigMap>(config, path, () => core.listNamespacedConfigMap({ namespace }));
    const seen: string[] = [];
    const signal = AbortSignal.timeout(10_000);
    const events = new EventTarget();
    for (const verb of [ADD, UPDATE, DELETE] as const) {
      informer.on(verb, (object) => {
        if (object.metadata?.name !== 'informed') return;
        seen.push(verb);
        events.dispatchEvent(new Event(verb));
      });
    }
    await informer.start();
    const added = once(events, ADD, { signal });
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'informed' } } });
    await added;
    const deleted = once(events, DELETE, { signal });
    await core.deleteNamespacedConfigMap({ namespace, name: 'informed' });
    await deleted;
    await informer.stop();
    assert.deepEqual(seen, [ADD, DELETE]);
  });

  test('requests and reviews a token', async () => {
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'app' } } });
    const request = await core.createNamespacedServiceAccountToken({
      namespace,
      name: 'app',
      body: { spec: { audiences: ['vault'], expirationSeconds: 900 } },
    });
    const token = request.status?.token ?? '';
    const reviews = config.makeApiClient(AuthenticationV1Api);
    const good = await reviews.createTokenReview({ body: { spec: { token, audiences: ['vault'] } } });
    assert.equal(good.status?.authenticated, true);
    assert.equal(good.status?.user?.username, 'system:serviceaccount:default:app');
    assert.deepEqual(good.status?.audiences, ['vault']);
    const other = await reviews.createTokenReview({ body: { spec: { token, audiences: ['db'] } } });
    assert.notEqual(other.status?.authenticated, true);
    assert.match(other.status?.error ?? '', /token audiences \["vault"\] is invalid for the target audiences \["db"\]/);
  });
});
