import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podReferencesSecrets } from './pod-secrets.ts';
import type { Container, PodSpec } from './pod-types.ts';

const env: Container = { name: 'c', env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] };
const envFrom: Container = { name: 'c', envFrom: [{ secretRef: { name: 's' } }] };
const plain: Container = { name: 'c', env: [{ name: 'E', value: 'v' }], envFrom: [{ configMapRef: { name: 'm' } }] };
const volume = (source: object): Partial<PodSpec> => ({ volumes: [{ name: 'v', ...source }] });

for (const { name, spec, want } of [
  { name: 'nothing', spec: {}, want: false },
  { name: 'variables that hold values', spec: { containers: [plain] }, want: false },
  { name: 'a pull secret', spec: { imagePullSecrets: [{ name: 's' }] }, want: true },
  ...(['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((list) => [
    { name: `a variable in ${list}`, spec: { [list]: [env] }, want: true },
    { name: `variables in ${list}`, spec: { [list]: [envFrom] }, want: true },
  ]),
  { name: 'a secret volume', spec: volume({ secret: { secretName: 's' } }), want: true },
  { name: 'a projected Secret', spec: volume({ projected: { sources: [{ secret: { name: 's' } }] } }), want: true },
  { name: 'a projected token', spec: volume({ projected: { sources: [{ serviceAccountToken: {} }] } }), want: false },
  { name: 'a ConfigMap', spec: volume({ configMap: { name: 'm' } }), want: false },
  { name: 'azureFile', spec: volume({ azureFile: { secretName: 's', shareName: 'x' } }), want: true },
  ...['cephfs', 'cinder', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'].map((source) => ({
    name: source,
    spec: volume({ [source]: { secretRef: { name: 's' } } }),
    want: true,
  })),
  { name: 'csi', spec: volume({ csi: { driver: 'd', nodePublishSecretRef: { name: 's' } } }), want: true },
  { name: 'csi without Secret', spec: volume({ csi: { driver: 'd' } }), want: false },
])
  test(`podReferencesSecrets sees ${name}`, () => {
    assert.equal(podReferencesSecrets({ containers: [], ...spec }), want);
  });
