/**
 * Rows M1 to M21 of spec service-account-tokens §18 where the whole server takes part; the rules themselves are tables
 * beside `apiserver/admission/serviceaccount` and the two controllers.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ConfigMap } from '@mayfly/api/core/v1/config-map';
import type { Pod } from '@mayfly/api/core/v1/pod';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { WireClient } from './wire/client.ts';
import { adminCredentials } from './wire/suite.ts';

const core = (resource: string) => ({ group: '', version: 'v1', resource });
const [NAMESPACES, PODS, ACCOUNTS, MAPS] = [
  core('namespaces'),
  core('pods'),
  core('serviceaccounts'),
  core('configmaps'),
];
const ROOT_CA = { namespace: 'ns1', name: 'kube-root-ca.crt' };

let mayfly: Mayfly;
before(async () => {
  mayfly = await startMayfly();
});
after(() => mayfly.close());

const pod = (namespace: string, spec: Partial<Pod['spec']> = {}): Pod => ({
  metadata: { name: 'p', namespace },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});

async function refusal(promise: Promise<unknown>): Promise<StatusError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert(error instanceof StatusError);
  return error;
}

/** The first state of an object that fits; its watch tells of every one. */
async function seen<T extends KubernetesObject>(
  resource: ReturnType<typeof core>,
  { namespace, name }: { namespace: string; name: string },
  fits: (object: T) => boolean = () => true,
): Promise<T> {
  const select = { namespace, fieldSelector: `metadata.name=${name}` };
  for await (const { type, object } of mayfly.admin.watch<T>(resource, select))
    if (type !== 'DELETED' && fits(object)) return object;
  throw new Error('the watch ended');
}

test('M1 a pod may be created in the same breath as its namespace, and gets its account and its token', async () => {
  await mayfly.admin.create(NAMESPACES, { metadata: { name: 'ns1' } });
  const { spec } = await mayfly.admin.create<Pod>(PODS, pod('ns1'));
  assert.deepEqual([spec.serviceAccountName, spec.serviceAccount], ['default', 'default']);
  const [volume] = spec.volumes ?? [];
  assert.equal(spec.containers[0]?.volumeMounts?.[0]?.name, volume?.name);
  assert.equal(volume?.projected?.sources?.[0]?.serviceAccountToken?.expirationSeconds, 3607);
});

test('the token that such a pod gets is the one whose life is extended', async () => {
  const { metadata } = await mayfly.admin.get<Pod>(PODS, { namespace: 'ns1', name: 'p' });
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: metadata?.uid ?? '' };
  const token = await mayfly.issueToken('ns1', 'default', { expirationSeconds: 3607, boundObjectRef });
  const [, payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number; iat: number };
  assert.equal(claims.exp - claims.iat, 31_536_000);
});

test('a dry run shows the pod as it would be', async () => {
  const dry = (await mayfly.admin.request('POST', '/api/v1/namespaces/ns1/pods?dryRun=All', {
    ...pod('ns1'),
    metadata: { name: 'dry' },
  })) as Pod;
  assert.equal(dry.spec.volumes?.length, 1);
  assert.equal((await refusal(mayfly.admin.get(PODS, { namespace: 'ns1', name: 'dry' }))).code, 404);
});

test('an update of the pod leaves all of it as it is', async () => {
  const before = await mayfly.admin.get<Pod>(PODS, { namespace: 'ns1', name: 'p' });
  const labelled = { ...before, metadata: { ...before.metadata, labels: { a: 'b' } } };
  const { spec } = await mayfly.admin.update<Pod>(PODS, labelled);
  assert.deepEqual(spec, before.spec);
});

test('M2 a pod of a missing account is refused', async () => {
  const error = await refusal(mayfly.admin.create(PODS, pod('ns1', { serviceAccountName: 'zz' })));
  assert.deepEqual(
    [error.code, error.message],
    [403, 'pods "p" is forbidden: error looking up service account ns1/zz: serviceaccount "zz" not found'],
  );
});

test('a pod without a spec is still told what is wrong with it', async () => {
  const error = await refusal(mayfly.admin.create(PODS, { metadata: { name: 'q', namespace: 'ns1' } }));
  assert.equal(error.code, 422);
  assert.match(error.message, /spec\.containers: Required value/);
});

for (const { name, spec } of [
  { name: 'a volume without a name', spec: { volumes: [{}] } },
  { name: 'null for a volume', spec: { volumes: [null] } },
  { name: 'null for a container', spec: { containers: [null], initContainers: [null] } },
  { name: 'null for a mount', spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [null] }] } },
  { name: 'null for a source', spec: { volumes: [{ name: 'v', projected: { sources: [null] } }] } },
  { name: 'null for variables', spec: { containers: [{ name: 'c', image: 'i', env: [null], envFrom: [null] }] } },
  { name: 'null for a pull secret', spec: { imagePullSecrets: [null] } },
  { name: 'null for all', spec: { volumes: null, containers: null, imagePullSecrets: null } },
])
  test(`admission does not stumble over ${name}`, async () => {
    for (const [index, annotations] of [{}, { 'kubernetes.io/config.mirror': 'x' }].entries()) {
      const containers = [{ name: 'c', image: 'i' }];
      const metadata = { name: `odd-${index}`, namespace: 'default', annotations };
      const odd = { metadata, spec: { containers, ...spec } } as KubernetesObject;
      const outcome = await mayfly.admin.create(PODS, odd).catch((error: unknown) => error);
      if (outcome instanceof StatusError) assert([400, 403, 422].includes(outcome.code), outcome.message);
      else await mayfly.admin.delete(PODS, metadata);
    }
  });

test('M16 the validator counts volumes as the pod was sent', async () => {
  const sources = [{ serviceAccountToken: { path: 't', expirationSeconds: 500 } }];
  const error = await refusal(
    mayfly.admin.create(PODS, pod('ns1', { volumes: [{ name: 'v', projected: { sources } }] })),
  );
  assert.deepEqual(
    [error.code, error.message],
    [
      422,
      'Pod "p" is invalid: spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 500: may not specify a duration less than 10 minutes',
    ],
  );
});

test('M17 every namespace has the CA bundle that verifies this server', async () => {
  for (const namespace of ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'ns1']) {
    const { data } = await seen<ConfigMap>(MAPS, { ...ROOT_CA, namespace });
    assert.deepEqual(data, { 'ca.crt': mayfly.caCertificate });
    await seen(ACCOUNTS, { namespace, name: 'default' });
  }
});

test('M18 a deleted default comes back as another account, and tokens of the old one are dead', async () => {
  const at = { namespace: 'ns1', name: 'default' };
  const { metadata } = await mayfly.admin.get<ServiceAccount>(ACCOUNTS, at);
  await mayfly.admin.delete(ACCOUNTS, at);
  const again = await seen<ServiceAccount>(ACCOUNTS, at, (account) => account.metadata?.uid !== metadata?.uid);
  assert.notEqual(again.metadata?.uid, undefined);
});

test('M19 what is written into kube-root-ca.crt is put back, also after its deletion', async () => {
  const evil = { data: { 'ca.crt': 'evil' } };
  const { metadata } = await mayfly.admin.patch(MAPS, ROOT_CA, evil, { type: 'merge' });
  const restored = (map: ConfigMap) => map.data?.['ca.crt'] === mayfly.caCertificate;
  const isLater = (map: ConfigMap) => map.metadata?.resourceVersion !== metadata?.resourceVersion;
  await seen<ConfigMap>(MAPS, ROOT_CA, (map) => restored(map) && isLater(map));
  await mayfly.admin.delete(MAPS, ROOT_CA);
  await seen<ConfigMap>(MAPS, ROOT_CA, restored);
});

test('M21 an account keeps names of Secrets only', async () => {
  const made = await mayfly.admin.create<ServiceAccount>(ACCOUNTS, {
    metadata: { name: 'strict', namespace: 'ns1', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
    secrets: [{ name: 's1', namespace: 'x', uid: 'y' }],
  } as ServiceAccount);
  assert.deepEqual(made.secrets, [{ name: 's1' }]);
});

test('M13 a strict account keeps other Secrets out of its pods', async () => {
  const volumes = [{ name: 'v', secret: { secretName: 's2' } }];
  const error = await refusal(mayfly.admin.create(PODS, pod('ns1', { serviceAccountName: 'strict', volumes })));
  assert.match(error.message, /^pods "p" is forbidden: volume with secret\.secretName="s2" is not allowed/);
});

test('an ending namespace is emptied, and stays empty', async () => {
  await mayfly.admin.delete(PODS, { namespace: 'ns1', name: 'p' });
  await mayfly.admin.delete(NAMESPACES, { name: 'ns1' });
  for (;;) {
    mayfly.clock.advance(200); // the controller looks again after a delay
    const gone = await mayfly.admin.get(NAMESPACES, { name: 'ns1' }).then(
      () => false,
      () => true,
    );
    if (gone) break;
  }
  for (const resource of [ACCOUNTS, MAPS]) {
    const { items } = await mayfly.admin.list(resource, { namespace: 'ns1' });
    assert.deepEqual(items, []);
  }
});

test('what the publisher did is counted', async () => {
  const client = new WireClient(mayfly.url, 'HTTP/1.1', adminCredentials(mayfly));
  const { text } = await client.ask('GET', '/metrics');
  client.close();
  assert.match(text, /^root_ca_cert_publisher_sync_total\{code="200"\} \d+$/m);
  assert.match(text, /^root_ca_cert_publisher_sync_duration_seconds_count\{code="200"\} \d+$/m);
});

test('without the plugin a pod is stored as it was sent', async (context) => {
  const plain = await startMayfly({ disableAdmissionPlugins: ['ServiceAccount'] });
  context.after(() => plain.close());
  const { spec } = await plain.admin.create<Pod>(PODS, pod('default'));
  assert.deepEqual([spec.serviceAccountName, spec.volumes], [undefined, undefined]);
});

test('without the namespace plugin content may go anywhere', async (context) => {
  const plain = await startMayfly({ disableAdmissionPlugins: ['NamespaceLifecycle'] });
  context.after(() => plain.close());
  await plain.admin.create(MAPS, { metadata: { name: 'm', namespace: 'nowhere' } });
});

test('a controller that is switched off makes nothing', async (context) => {
  const bare = await startMayfly({ controllers: ['*', '-serviceaccount', '-root-ca-cert-publisher'] });
  context.after(() => bare.close());
  for (const resource of [ACCOUNTS, MAPS])
    assert.deepEqual((await bare.admin.list(resource, { namespace: 'default' })).items, []);
});
