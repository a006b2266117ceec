import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Container,
  POD_FIELDS,
  type Pod,
  type PodSpec,
  podFields,
  podQOSClass,
  setPodDefaults,
  validatePod,
  validatePodUpdate,
} from './pod.ts';
import type { Volume } from './volume.ts';

const texts = (errors: readonly { field: string; body: string }[]): string[] =>
  errors.map(({ field, body }) => `${field}: ${body}`);

function pod(spec: Partial<PodSpec> = {}): Pod {
  const made: Pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec } };
  setPodDefaults(made);
  return made;
}

const container = (change: Partial<Container> = {}): Container => ({ name: 'c', image: 'nginx', ...change });
const projected = (...sources: unknown[]): Partial<PodSpec> => ({
  volumes: [{ name: 'v', projected: { sources } } as Volume],
});
const token = (change: object): Partial<PodSpec> => projected({ serviceAccountToken: { path: 'token', ...change } });

test('a pod that says little gets what Kubernetes gives it', () => {
  assert.deepEqual(pod({ containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }] }] }).spec, {
    containers: [
      {
        name: 'c',
        image: 'nginx',
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        imagePullPolicy: 'Always',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        resources: {},
      },
    ],
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
    enableServiceLinks: true,
  });
});

for (const { image, want } of [
  { image: 'nginx', want: 'Always' },
  { image: 'nginx:latest', want: 'Always' },
  { image: 'nginx:1.27', want: 'IfNotPresent' },
  { image: 'registry.example:5000/nginx', want: 'Always' },
  { image: 'registry.example:5000/nginx:2', want: 'IfNotPresent' },
  { image: `nginx@sha256:${'a'.repeat(64)}`, want: 'IfNotPresent' },
]) {
  test(`the pull policy of ${image.slice(0, 30)} is ${want}`, () => {
    assert.equal(pod({ containers: [container({ image })] }).spec.containers[0]?.imagePullPolicy, want);
  });
}

for (const { name, spec, want } of [
  { name: 'none, as far as defaults go', spec: {}, want: undefined },
  { name: 'the old spelling', spec: { serviceAccount: 'a' }, want: 'a' },
  { name: 'both', spec: { serviceAccount: 'a', serviceAccountName: 'b' }, want: 'b' },
] as { name: string; spec: Partial<PodSpec>; want: string | undefined }[]) {
  test(`a pod that names ${name} runs as ${want}`, () => {
    const made: Pod = { metadata: {}, spec: { containers: [], ...spec } };
    setPodDefaults(made);
    assert.equal(made.spec.serviceAccountName, want);
    assert.equal(made.spec.serviceAccount, want);
  });
}

test('volumes, probes and limits get their defaults', () => {
  const { spec } = pod({
    containers: [
      container({
        resources: { limits: { cpu: '1' } },
        readinessProbe: { httpGet: {} },
        env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      }),
    ],
    volumes: [
      { name: 'a' },
      { name: 'b', secret: { secretName: 's' } },
      {
        name: 'c',
        projected: {
          sources: [
            { serviceAccountToken: { path: 't' } },
            { downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
          ],
        },
      },
      { name: 'd', hostPath: { path: '/x' } },
    ],
  });
  assert.deepEqual(spec.volumes, [
    { name: 'a', emptyDir: {} },
    { name: 'b', secret: { secretName: 's', defaultMode: 420 } },
    {
      name: 'c',
      projected: {
        sources: [
          { serviceAccountToken: { path: 't', expirationSeconds: 3600 } },
          { downwardAPI: { items: [{ path: 'p', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
        ],
        defaultMode: 420,
      },
    },
    { name: 'd', hostPath: { path: '/x', type: '' } },
  ]);
  const [first] = spec.containers;
  assert.deepEqual(first?.resources, { limits: { cpu: '1' }, requests: { cpu: '1' } });
  assert.deepEqual(first?.readinessProbe, {
    httpGet: { path: '/', scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  assert.equal(first?.env?.[0]?.valueFrom?.fieldRef?.apiVersion, 'v1');
});

test('a value of zero is a value', () => {
  assert.equal(pod({ terminationGracePeriodSeconds: 0 }).spec.terminationGracePeriodSeconds, 0);
  assert.equal(pod({ enableServiceLinks: false }).spec.enableServiceLinks, false);
});

const TOKEN_AT = 'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds';

for (const { name, spec, want } of [
  { name: 'an ordinary pod', spec: {}, want: [] },
  { name: 'no containers', spec: { containers: [] }, want: ['spec.containers: Required value'] },
  {
    name: 'a container without a name',
    spec: { containers: [container({ name: '' })] },
    want: ['spec.containers[0].name: Required value'],
  },
  {
    name: 'a container without an image',
    spec: { containers: [container({ image: '' })] },
    want: ['spec.containers[0].image: Required value'],
  },
  {
    name: 'an image with a blank',
    spec: { containers: [container({ image: 'a ' })] },
    want: ['spec.containers[0].image: Invalid value: "a ": must not have leading or trailing whitespace'],
  },
  {
    name: 'two containers of one name',
    spec: { containers: [container(), container()] },
    want: ['spec.containers[1].name: Duplicate value: "c"'],
  },
  {
    name: 'an init container of that name too',
    spec: { initContainers: [container()] },
    want: ['spec.initContainers[0].name: Duplicate value: "c"'],
  },
  {
    name: 'an unknown restart policy',
    spec: { restartPolicy: 'X' },
    want: ['spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"'],
  },
  {
    name: 'a volume without a name',
    spec: { volumes: [{ name: '' }] },
    want: ['spec.volumes[0].name: Required value'],
  },
  {
    name: 'two volumes of one name',
    spec: { volumes: [{ name: 'a' }, { name: 'a' }] },
    want: ['spec.volumes[1].name: Duplicate value: "a"'],
  },
  {
    name: 'a volume of two sources',
    spec: { volumes: [{ name: 'a', emptyDir: {}, secret: { secretName: 's' } }] },
    want: ['spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type'],
  },
  { name: 'a source that we do not read', spec: { volumes: [{ name: 'a', csi: { driver: 'x' } }] }, want: [] },
  {
    name: 'a mount of no volume',
    spec: { containers: [container({ volumeMounts: [{ name: 'x', mountPath: '/x' }] })] },
    want: ['spec.containers[0].volumeMounts[0].name: Not found: "x"'],
  },
  {
    name: 'two mounts at one path',
    spec: {
      volumes: [{ name: 'x' }],
      containers: [
        container({
          volumeMounts: [
            { name: 'x', mountPath: '/x' },
            { name: 'x', mountPath: '/x' },
          ],
        }),
      ],
    },
    want: ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/x": must be unique'],
  },
  {
    name: 'a mount that climbs out of its volume',
    spec: {
      volumes: [{ name: 'x' }],
      containers: [container({ volumeMounts: [{ name: 'x', mountPath: '/x', subPath: 'a/../..' }] })],
    },
    want: ['spec.containers[0].volumeMounts[0].subPath: Invalid value: "a/../..": must not contain \'..\''],
  },
  {
    name: 'M16: a token of 500 s',
    spec: token({ expirationSeconds: 500 }),
    want: [`${TOKEN_AT}: Invalid value: 500: may not specify a duration less than 10 minutes`],
  },
  { name: 'a token of 600 s', spec: token({ expirationSeconds: 600 }), want: [] },
  { name: 'a token of 2^32 s', spec: token({ expirationSeconds: 4_294_967_296 }), want: [] },
  {
    name: 'a token of a second more',
    spec: token({ expirationSeconds: 4_294_967_297 }),
    want: [`${TOKEN_AT}: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds`],
  },
  {
    name: 'a token without a path',
    spec: token({ path: '' }),
    want: ['spec.volumes[0].projected.path: Required value'],
  },
  {
    name: 'a token at an absolute path',
    spec: token({ path: '/etc/t' }),
    want: ['spec.volumes[0].projected.path: Invalid value: "/etc/t": must be a relative path'],
  },
  {
    name: 'a token above the volume',
    spec: token({ path: '../t' }),
    want: ['spec.volumes[0].projected.path: Invalid value: "../t": must not contain \'..\''],
  },
  {
    name: "a token in the writer's own names",
    spec: token({ path: '..data' }),
    want: ['spec.volumes[0].projected.path: Invalid value: "..data": must not start with \'..\''],
  },
  {
    name: 'a source of two kinds',
    spec: projected({ secret: { name: 's' }, configMap: { name: 'c' } }),
    want: ['spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type'],
  },
  {
    name: 'two sources at one path',
    spec: projected(
      { secret: { name: 's', items: [{ key: 'a', path: 'x' }] } },
      { configMap: { name: 'c', items: [{ key: 'a', path: 'x' }] } },
    ),
    want: ['spec.volumes[0].projected: Invalid value: "c": conflicting duplicate paths'],
  },
  {
    name: 'a mode beyond 0777',
    spec: { volumes: [{ name: 'a', secret: { secretName: 's', defaultMode: 0o1000 } }] },
    want: [
      'spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ],
  },
  {
    name: 'a secret volume of no secret',
    spec: { volumes: [{ name: 'a', secret: {} }] },
    want: ['spec.volumes[0].secret.secretName: Required value'],
  },
  {
    name: 'a mount of an absolute path of its volume',
    spec: {
      volumes: [{ name: 'x' }],
      containers: [container({ volumeMounts: [{ name: 'x', mountPath: '/x', subPath: '/etc' }] })],
    },
    want: ['spec.containers[0].volumeMounts[0].subPath: Invalid value: "/etc": must be a relative path'],
  },
  {
    name: 'a host path that climbs',
    spec: { volumes: [{ name: 'a', hostPath: { path: '/var/../etc' } }] },
    want: ['spec.volumes[0].hostPath.path: Invalid value: "/var/../etc": must not contain \'..\''],
  },
  {
    name: 'a secret item written above the volume',
    spec: { volumes: [{ name: 'a', secret: { secretName: 's', items: [{ key: 'k', path: '../k' }] } }] },
    want: ['spec.volumes[0].secret.items[0].path: Invalid value: "../k": must not contain \'..\''],
  },
  {
    name: 'a config item at an absolute path',
    spec: projected({ configMap: { name: 'c', items: [{ key: 'k', path: '/k' }] } }),
    want: [
      'spec.volumes[0].projected.sources[0].configMap.items[0].path: Invalid value: "/k": must be a relative path',
    ],
  },
  {
    name: 'a downward file of nothing',
    spec: projected({ downwardAPI: { items: [{ path: 'a' }] } }),
    want: [
      'spec.volumes[0].projected.sources[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required',
    ],
  },
  {
    name: 'a port out of range',
    spec: { containers: [container({ ports: [{ containerPort: 65_536 }] })] },
    want: ['spec.containers[0].ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive'],
  },
  {
    name: 'everything a busy pod has',
    spec: {
      containers: [
        container({
          command: ['sh', '-c', 'true'],
          env: [
            { name: 'A', value: 'b' },
            { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            { name: 'C', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
          envFrom: [{ configMapRef: { name: 'c' } }],
          ports: [{ name: 'http', containerPort: 8080 }],
          resources: { limits: { cpu: '500m' }, requests: { cpu: '250m' } },
          livenessProbe: { httpGet: { path: '/healthz' } },
          volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'a/b', readOnly: true }],
        }),
      ],
      initContainers: [container({ name: 'i', restartPolicy: 'Always' })],
      ephemeralContainers: [{ ...container({ name: 'debug' }), targetContainerName: 'c' }],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'd' } },
        { name: 'tmp', emptyDir: {} },
      ],
      tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      affinity: { podAntiAffinity: {} },
      imagePullSecrets: [{ name: 'pull' }],
      hostNetwork: true,
    },
    want: [],
  },
  {
    name: 'a deadline of zero',
    spec: { activeDeadlineSeconds: 0 },
    want: ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  },
] as { name: string; spec: Partial<PodSpec>; want: string[] }[]) {
  test(`validatePod: ${name}`, () => assert.deepEqual(texts(validatePod(pod(spec))), want));
}

for (const key of ['serviceAccountName', 'nodeName'] as const) {
  test(`validatePod: a bad ${key}`, () =>
    assert.match(
      texts(validatePod(pod({ [key]: 'A b' })))[0] ?? '',
      new RegExp(`^spec.${key}: Invalid value: "A b": a lowercase`),
    ));
}

test('a pod without a spec is refused, not a crash', () => {
  const bare = { metadata: { name: 'p' } } as unknown as Pod;
  setPodDefaults(bare);
  assert.ok(texts(validatePod(bare)).includes('spec.containers: Required value'));
  assert.ok(texts(validatePodUpdate(bare, pod())).length > 0);
});

const FROZEN =
  /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,`spec\.initContainers/;

for (const { name, old = {}, spec, want } of [
  { name: 'nothing', spec: {}, want: [] },
  { name: 'an image', spec: { containers: [container({ image: 'nginx:2', imagePullPolicy: 'Always' })] }, want: [] },
  { name: 'the service account', spec: { serviceAccountName: 'b' }, want: [FROZEN] },
  { name: 'the node', spec: { nodeName: 'n1' }, want: [FROZEN] },
  { name: 'a volume', spec: { volumes: [{ name: 'a' }] }, want: [FROZEN] },
  {
    name: 'an environment variable',
    spec: { containers: [container({ env: [{ name: 'A', value: 'b' }] })] },
    want: [FROZEN],
  },
  {
    name: 'the number of containers',
    spec: { containers: [container(), container({ name: 'd' })] },
    want: [/^spec\.containers: Forbidden: pod updates may not add or remove containers$/],
  },
  { name: 'a first deadline', spec: { activeDeadlineSeconds: 10 }, want: [] },
  { name: 'a shorter deadline', old: { activeDeadlineSeconds: 10 }, spec: { activeDeadlineSeconds: 9 }, want: [] },
  {
    name: 'a longer deadline',
    old: { activeDeadlineSeconds: 10 },
    spec: { activeDeadlineSeconds: 11 },
    want: [/must be less than or equal to previous value$/],
  },
  {
    name: 'no deadline any more',
    old: { activeDeadlineSeconds: 10 },
    spec: {},
    want: [/must not update from a positive integer to nil value$/],
  },
  { name: 'a toleration more', spec: { tolerations: [{ operator: 'Exists' }] }, want: [] },
  {
    name: 'a toleration fewer',
    old: { tolerations: [{ operator: 'Exists' }] },
    spec: {},
    want: [/^spec\.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds$/],
  },
  { name: 'a gate fewer', old: { schedulingGates: [{ name: 'a/b' }] }, spec: {}, want: [] },
  {
    name: 'a gate more',
    spec: { schedulingGates: [{ name: 'a/b' }] },
    want: [/only deletion is allowed, but found new scheduling gate 'a\/b'$/],
  },
  {
    name: 'a negative grace to 1',
    old: { terminationGracePeriodSeconds: -5 },
    spec: { terminationGracePeriodSeconds: 1 },
    want: [],
  },
  { name: 'a grace of 30 to 1', spec: { terminationGracePeriodSeconds: 1 }, want: [FROZEN] },
] as { name: string; old?: Partial<PodSpec>; spec: Partial<PodSpec>; want: RegExp[] }[]) {
  test(`validatePodUpdate: changing ${name} is ${want.length === 0 ? 'fine' : 'refused'}`, () => {
    const got = texts(validatePodUpdate(pod(spec), pod(old)));
    assert.equal(got.length, want.length, got.join('\n'));
    for (const [index, pattern] of want.entries()) assert.match(got[index] ?? '', pattern);
  });
}

test('an empty list and an absent one are the same pod', () => {
  assert.deepEqual(validatePodUpdate(pod({ imagePullSecrets: [], hostAliases: [] } as Partial<PodSpec>), pod()), []);
});

for (const { name, resources, want } of [
  { name: 'nothing asked', resources: {}, want: 'BestEffort' },
  { name: 'a request', resources: { requests: { cpu: '1' } }, want: 'Burstable' },
  {
    name: 'limits equal to requests',
    resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
    want: 'Guaranteed',
  },
  {
    name: 'limits above requests',
    resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
    want: 'Burstable',
  },
]) {
  test(`podQOSClass: ${name} is ${want}`, () =>
    assert.equal(podQOSClass(pod({ containers: [container({ resources })] })), want));
}

test('a pod without a spec has a class too: it is asked before anything is validated', () => {
  assert.equal(podQOSClass({ metadata: {} } as Pod), 'BestEffort');
});

test('a pod is selected by node, account, phase and address', () => {
  const fields = podFields({
    ...pod({ nodeName: 'n1', serviceAccount: 'app' }),
    status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
  });
  assert.equal(fields['spec.nodeName'], 'n1');
  assert.equal(fields['spec.serviceAccountName'], 'app');
  assert.equal(fields['spec.hostNetwork'], 'false');
  assert.equal(fields['status.podIP'], '10.0.0.1');
  assert.equal(fields['status.nominatedNodeName'], '');
  assert.deepEqual(Object.keys(fields), POD_FIELDS);
});
