import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, PodSpec } from '@mayfly/api/core/v1/pod';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { newFixture, refusal, settle } from '../../registry/fixture.ts';
import { systemContext } from '../../registry/system-context.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { MAX_WAIT_MS } from './lookup.ts';
import { newServiceAccount } from './service-account.ts';
import { TOKEN_MOUNT_PATH } from './token-volume.ts';

const ENFORCE = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
const MIRROR = { 'kubernetes.io/config.mirror': 'x' };
const ACCOUNTS: Readonly<Record<string, ServiceAccount>> = {
  default: { metadata: { name: 'default' } },
  app: { metadata: { name: 'app' } },
  silent: { metadata: { name: 'silent' }, automountServiceAccountToken: false },
  puller: { metadata: { name: 'puller' }, imagePullSecrets: [{ name: 'p1' }, { name: 'p2' }] },
  strict: { metadata: { name: 'strict', annotations: ENFORCE }, secrets: [{ name: 's1' }] },
};
const nobody = {
  watchOne: () => assert.fail('nothing to wait for'),
  get: async (_: string, name: string) => ACCOUNTS[name],
};
const plugin = newServiceAccount({ serviceAccounts: nobody, clock: new FakeClock(), random: new SeededRandom(7) });

function attributes(object: Pod | undefined, some: Partial<AdmissionAttributes> = {}): AdmissionAttributes {
  return {
    context: systemContext('ns1'),
    operation: 'CREATE',
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: '',
    kind: 'Pod',
    name: object?.metadata?.name ?? '',
    namespace: 'ns1',
    object,
    oldObject: undefined,
    dryRun: false,
    ...some,
  };
}

const pod = (spec: Partial<PodSpec> = {}, annotations: Record<string, string> = {}): Pod => ({
  metadata: { name: 'p', annotations },
  spec: { containers: [{ name: 'c' }], ...spec },
});

async function admitted(given: Pod): Promise<Pod> {
  await plugin.admit?.(attributes(given));
  await plugin.validate?.(attributes(given));
  return given;
}

const mountsOf = ({ spec }: Pod) =>
  [...(spec.initContainers ?? []), ...spec.containers].map((it) => it.volumeMounts ?? []);
const mounted = { mountPath: TOKEN_MOUNT_PATH, name: 'mine' };

test('M1 gives a pod the account default and every container its token, in the form clients know', async () => {
  const { spec } = await admitted(pod({ initContainers: [{ name: 'i' }], containers: [{ name: 'a' }, { name: 'b' }] }));
  assert.equal(spec.serviceAccountName, 'default');
  assert.equal(spec.serviceAccount, 'default');
  const [volume] = spec.volumes ?? [];
  assert.match(volume?.name ?? '', /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.deepEqual(volume?.projected, {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  });
  const mount = { name: volume?.name ?? '', readOnly: true, mountPath: TOKEN_MOUNT_PATH };
  assert.deepEqual(mountsOf({ spec }), [[mount], [mount], [mount]]);
  assert.equal(spec.volumes?.length, 1);
});

for (const { name, spec, want } of [
  { name: 'the account that is named', spec: { serviceAccountName: 'app' }, want: 'app' },
  { name: 'the old spelling where it stands alone', spec: { serviceAccount: 'app' }, want: 'app' },
  { name: 'the new spelling over the old', spec: { serviceAccount: 'x', serviceAccountName: 'app' }, want: 'app' },
])
  test(`takes ${name}`, async () => {
    const made = await admitted(pod(spec));
    assert.deepEqual([made.spec.serviceAccountName, made.spec.serviceAccount], [want, want]);
  });

for (const { name, spec, want } of [
  { name: 'M3 pod false, account silent on it', spec: { automountServiceAccountToken: false }, want: false },
  {
    name: 'M4 pod true, account false',
    spec: { automountServiceAccountToken: true, serviceAccountName: 'silent' },
    want: true,
  },
  { name: 'M5 neither says', spec: {}, want: true },
  { name: 'only the account says no', spec: { serviceAccountName: 'silent' }, want: false },
])
  test(`automount: ${name}`, async () => {
    const made = await admitted(pod(spec));
    assert.equal(made.spec.volumes !== undefined, want);
    assert.equal(mountsOf(made)[0]?.length, want ? 1 : 0);
  });

test('M6 leaves a container that mounts the path itself, and serves the other', async () => {
  const made = await admitted(pod({ containers: [{ name: 'a', volumeMounts: [mounted] }, { name: 'b' }] }));
  const name = made.spec.volumes?.[0]?.name ?? '';
  assert.deepEqual(mountsOf(made), [[mounted], [{ name, readOnly: true, mountPath: TOKEN_MOUNT_PATH }]]);
});

test('M7 adds no volume when nobody needs it', async () => {
  const made = await admitted(pod({ containers: [{ name: 'a', volumeMounts: [mounted] }] }));
  assert.equal(made.spec.volumes, undefined);
});

test('mounts below or beside the path do not count', async () => {
  const beside = { ...mounted, mountPath: `${TOKEN_MOUNT_PATH}/` };
  const made = await admitted(pod({ containers: [{ name: 'a', volumeMounts: [beside] }] }));
  assert.equal(mountsOf(made)[0]?.length, 2);
});

test('M8 uses a volume of the prefix that the pod brings, whatever it holds', async () => {
  const own = { name: 'kube-api-access-mine', emptyDir: {} };
  const made = await admitted(pod({ volumes: [{ name: 'other' }, own] }));
  assert.deepEqual(made.spec.volumes, [{ name: 'other' }, own]);
  assert.equal(mountsOf(made)[0]?.[0]?.name, own.name);
});

test('gives ephemeral containers nothing', async () => {
  const made = await admitted(pod({ ephemeralContainers: [{ name: 'e' }] }));
  assert.deepEqual(made.spec.ephemeralContainers, [{ name: 'e' }]);
});

test('M9 copies the pull secrets of the account, M10 but not over the own ones of the pod', async () => {
  const lacking = await admitted(pod({ serviceAccountName: 'puller' }));
  assert.deepEqual(lacking.spec.imagePullSecrets, [{ name: 'p1' }, { name: 'p2' }]);
  const having = await admitted(pod({ serviceAccountName: 'puller', imagePullSecrets: [{ name: 'own' }] }));
  assert.deepEqual(having.spec.imagePullSecrets, [{ name: 'own' }]);
  assert.equal((await admitted(pod({ serviceAccountName: 'app' }))).spec.imagePullSecrets, undefined);
});

const projecting = (source: object) => ({ volumes: [{ name: 'v', projected: { sources: [source] } }] });

for (const { name, given, why } of [
  {
    name: 'M2 an account that is missing',
    given: pod({ serviceAccountName: 'zz' }),
    why: 'error looking up service account ns1/zz: serviceaccount "zz" not found',
  },
  {
    name: 'M11 a mirror pod with an account',
    given: pod({ serviceAccountName: 'app' }, MIRROR),
    why: 'a mirror pod may not reference service accounts',
  },
  {
    name: 'M11 a mirror pod with an account in the old spelling',
    given: pod({ serviceAccount: 'app' }, MIRROR),
    why: 'a mirror pod may not reference service accounts',
  },
  {
    name: 'a mirror pod that reads a Secret',
    given: pod({ volumes: [{ name: 'v', secret: { secretName: 's' } }] }, MIRROR),
    why: 'a mirror pod may not reference secrets',
  },
  {
    name: 'M12 a mirror pod that projects a token',
    given: pod(projecting({ serviceAccountToken: { path: 't' } }), MIRROR),
    why: 'a mirror pod may not use ServiceAccountToken volume projections',
  },
  {
    name: 'M13 a Secret that a strict account does not list',
    given: pod({ serviceAccountName: 'strict', volumes: [{ name: 'v', secret: { secretName: 's2' } }] }),
    why: 'volume with secret.secretName="s2" is not allowed because service account strict does not reference that secret',
  },
])
  test(`refuses ${name}`, async () => {
    const error = await refusal(Promise.resolve(plugin.admit?.(attributes(given))));
    assert.deepEqual([error.code, error.message], [403, `pods "p" is forbidden: ${why}`]);
    // What another plugin might change in between is judged once more before the pod is stored.
    assert.equal((await refusal(Promise.resolve(plugin.validate?.(attributes(given))))).message, error.message);
  });

test('refuses at validation a pod that has lost its account', async () => {
  const error = await refusal(Promise.resolve(plugin.validate?.(attributes(pod()))));
  assert.equal(error.message, 'pods "p" is forbidden: no service account specified for pod ns1/p');
});

test('changes nothing in a mirror pod', async () => {
  const mirror = pod({}, MIRROR);
  assert.deepEqual(await admitted(structuredClone(mirror)), mirror);
});

test('M14 enforces nothing by an annotation that is no truth value', async () => {
  const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'yes' };
  const lax = newServiceAccount({
    serviceAccounts: { ...nobody, get: async () => ({ metadata: { name: 'lax', annotations } }) },
    clock: new FakeClock(),
    random: new SeededRandom(7),
  });
  const given = pod({ volumes: [{ name: 'v', secret: { secretName: 's' } }] });
  await assert.doesNotReject(Promise.resolve(lax.admit?.(attributes(given))));
});

for (const { name, metadata, want } of [
  { name: 'the beginning of a name to be generated', metadata: { generateName: 'job-' }, want: 'job-' },
  { name: 'Unknown without even that', metadata: {}, want: 'Unknown' },
])
  test(`a refusal calls the pod ${name}`, async () => {
    const given = { ...pod({ serviceAccountName: 'zz' }), metadata };
    const error = await refusal(Promise.resolve(plugin.admit?.(attributes(given))));
    assert(error.message.startsWith(`pods "${want}" is forbidden: `), error.message);
  });

for (const { name, some } of [
  { name: 'an update', some: { operation: 'UPDATE' } },
  { name: 'a deletion', some: { operation: 'DELETE', object: undefined } },
  { name: 'another resource', some: { resource: 'configmaps' } },
  { name: 'a resource of that name in another group', some: { group: 'metrics.k8s.io' } },
  { name: 'a binding', some: { subresource: 'binding' } },
] as { name: string; some: Partial<AdmissionAttributes> }[])
  test(`passes over ${name}`, async () => {
    const given = pod({ serviceAccountName: 'zz' });
    const before = structuredClone(given);
    await plugin.admit?.(attributes(given, some));
    await plugin.validate?.(attributes(given, some));
    assert.deepEqual(given, before);
  });

test('judges ephemeral containers that are added, and answers 500 as upstream does', async () => {
  const secretKeyRef = { name: 's2', key: 'k' };
  const ephemeralContainers = [{ name: 'e', env: [{ name: 'E', valueFrom: { secretKeyRef } }] }];
  const update = { operation: 'UPDATE', subresource: 'ephemeralcontainers' } as const;
  const judged = (spec: Partial<PodSpec>) => Promise.resolve(plugin.validate?.(attributes(pod(spec), update)));
  const error = await refusal(judged({ serviceAccountName: 'strict', ephemeralContainers }));
  assert.deepEqual(
    [error.code, error.message],
    [
      500,
      'ephemeral container e with envVar E referencing secret.secretName="s2" is not allowed because service account strict does not reference that secret',
    ],
  );
  await judged({ serviceAccountName: 'app', ephemeralContainers });
  assert.equal((await refusal(judged({ serviceAccountName: 'zz' }))).code, 403);
});

/** A pod created over a real registry in which `default` may come late. */
function waiting(signal?: AbortSignal) {
  const fixture = newFixture();
  const serviceAccounts = fixture.registry.reader<ServiceAccount>('serviceaccounts');
  const late = newServiceAccount({ serviceAccounts, clock: fixture.clock, random: new SeededRandom(7) });
  const given = pod();
  let state: 'waiting' | 'admitted' | StatusError = 'waiting';
  const context = fixture.context('ns1', signal);
  void Promise.resolve(late.admit?.(attributes(given, { context }))).then(
    () => (state = 'admitted'),
    (error: StatusError) => (state = error),
  );
  return { ...fixture, given, state: () => state };
}

test('waits for the account default, which its controller makes a moment later', async () => {
  const { create, state, given } = waiting();
  await create('serviceaccounts', { metadata: { name: 'other' } });
  await create('serviceaccounts', { metadata: { name: 'default' } }, { namespace: 'elsewhere' });
  await settle();
  assert.equal(state(), 'waiting');
  await create('serviceaccounts', { metadata: { name: 'default' } });
  await settle();
  assert.equal(state(), 'admitted');
  assert.equal(given.spec.serviceAccountName, 'default');
});

test('waits no longer than its bound, and then refuses', async () => {
  const { clock, state } = waiting();
  await settle();
  clock.advance(MAX_WAIT_MS - 1);
  await settle();
  assert.equal(state(), 'waiting');
  clock.advance(1);
  await settle();
  const error = state();
  assert(error instanceof StatusError);
  const why = 'error looking up service account ns1/default: serviceaccount "default" not found';
  assert.equal(error.message, `pods "p" is forbidden: ${why}`);
});

test('stops waiting when the caller has gone', async () => {
  const caller = new AbortController();
  const { state } = waiting(caller.signal);
  await settle();
  assert.equal(state(), 'waiting');
  caller.abort();
  await settle();
  assert(state() instanceof StatusError);
});
