import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podSecretNames } from './pod-secret-names.ts';
import type { Pod } from './pod-types.ts';

const container = { name: 'c', image: 'i' };
const env = [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }];

for (const { name, spec } of [
  { name: 'a volume', spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] } },
  {
    name: 'a projection',
    spec: { volumes: [{ name: 'v', projected: { sources: [{ configMap: {} }, { secret: { name: 's' } }] } }] },
  },
  { name: 'an environment variable', spec: { containers: [{ ...container, env }] } },
  { name: 'all of an environment', spec: { containers: [{ ...container, envFrom: [{ secretRef: { name: 's' } }] }] } },
  { name: 'an init container', spec: { initContainers: [{ ...container, env }] } },
  { name: 'an ephemeral container', spec: { ephemeralContainers: [{ ...container, env }] } },
  { name: 'an image pull secret', spec: { imagePullSecrets: [{ name: 's' }] } },
  { name: 'a CSI driver', spec: { volumes: [{ name: 'v', csi: { nodePublishSecretRef: { name: 's' } } }] } },
  { name: 'Azure files', spec: { volumes: [{ name: 'v', azureFile: { secretName: 's' } }] } },
  ...['cephfs', 'cinder', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'].map((driver) => ({
    name: driver,
    spec: { volumes: [{ name: 'v', [driver]: { secretRef: { name: 's' } } }] },
  })),
]) {
  test(`a pod reads a Secret by ${name}`, () => {
    const pod = { spec: { containers: [container], ...spec } } as Pod;
    assert.deepEqual([...podSecretNames(pod)], ['s']);
  });
}

test('a pod without Secrets reads none', () => {
  assert.equal(podSecretNames({ spec: { containers: [container], volumes: [{ name: 'v', emptyDir: {} }] } }).size, 0);
});
