import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, PodSpec } from '@mayfly/api/core/v1/pod';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { enforcesMountableSecrets, ephemeralSecretRefusal, secretRefusal } from './mountable-secrets.ts';

const account: ServiceAccount = {
  metadata: { name: 'sa' },
  secrets: [{ name: 's1' }],
  imagePullSecrets: [{ name: 'p1' }],
};
const byEnv = (name: string): Container => ({
  name: 'c',
  env: [{ name: 'E', valueFrom: { secretKeyRef: { name, key: 'k' } } }],
});
const byEnvFrom = (name: string): Container => ({ name: 'c', envFrom: [{ secretRef: { name } }] });
const secretVolume = (secretName: string) => ({ name: 'v', secret: { secretName } });
const REST = 'is not allowed because service account sa does not reference that secret';

for (const { name, spec, want } of [
  { name: 'a listed volume', spec: { volumes: [secretVolume('s1')] }, want: undefined },
  { name: 'a volume', spec: { volumes: [secretVolume('s2')] }, want: `volume with secret.secretName="s2" ${REST}` },
  {
    name: 'a projected Secret, which nobody looks at',
    spec: { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 's2' } }] } }] },
    want: undefined,
  },
  {
    name: 'a listed variable',
    spec: { initContainers: [byEnv('s1')], containers: [byEnv('s1'), byEnvFrom('s1')] },
    want: undefined,
  },
  {
    name: 'a variable of an init container',
    spec: { initContainers: [byEnv('s2')] },
    want: `init container c with envVar E referencing secret.secretName="s2" ${REST}`,
  },
  {
    name: 'variables of an init container',
    spec: { initContainers: [byEnvFrom('s2')] },
    want: `init container c with envFrom referencing secret.secretName="s2" ${REST}`,
  },
  {
    name: 'a variable',
    spec: { containers: [byEnv('s2')] },
    want: `container c with envVar E referencing secret.secretName="s2" ${REST}`,
  },
  {
    name: 'variables',
    spec: { containers: [byEnvFrom('s2')] },
    want: `container c with envFrom referencing secret.secretName="s2" ${REST}`,
  },
  {
    name: 'other variables',
    spec: { containers: [{ name: 'c', env: [{ name: 'E', value: 'x' }], envFrom: [{ configMapRef: { name: 'm' } }] }] },
    want: undefined,
  },
  { name: 'a listed pull secret', spec: { imagePullSecrets: [{ name: 'p1' }] }, want: undefined },
  {
    name: 'a pull secret that is only mountable',
    spec: { imagePullSecrets: [{ name: 'p1' }, { name: 's1' }] },
    want: 'imagePullSecrets[1].name="s1" is not allowed because service account sa does not reference that imagePullSecret',
  },
  {
    name: 'the variable before the variables of a container',
    spec: { containers: [{ ...byEnvFrom('s3'), ...byEnv('s2') }] },
    want: `container c with envVar E referencing secret.secretName="s2" ${REST}`,
  },
  {
    name: 'volumes before containers',
    spec: { volumes: [secretVolume('s3')], initContainers: [byEnv('s2')] },
    want: `volume with secret.secretName="s3" ${REST}`,
  },
  {
    name: 'init containers before containers',
    spec: { initContainers: [byEnv('s3')], containers: [byEnv('s2')] },
    want: `init container c with envVar E referencing secret.secretName="s3" ${REST}`,
  },
  {
    name: 'containers before pull secrets',
    spec: { containers: [byEnv('s2')], imagePullSecrets: [{ name: 'x' }] },
    want: `container c with envVar E referencing secret.secretName="s2" ${REST}`,
  },
  {
    name: 'a nameless reference',
    spec: { volumes: [{ name: 'v', secret: {} }] },
    want: `volume with secret.secretName="" ${REST}`,
  },
  {
    name: 'ephemeral containers, which are judged when they are added',
    spec: { ephemeralContainers: [byEnv('s2')] },
    want: undefined,
  },
] as { name: string; spec: Partial<PodSpec>; want: string | undefined }[])
  test(`mountable secrets: ${name}`, () => {
    assert.equal(secretRefusal(account, spec as PodSpec), want); // without containers, too: nothing is validated yet
  });

for (const { name, container, want } of [
  {
    name: 'a variable',
    container: byEnv('s2'),
    want: `ephemeral container c with envVar E referencing secret.secretName="s2" ${REST}`,
  },
  {
    name: 'variables',
    container: byEnvFrom('s2'),
    want: `ephemeral container c with envFrom referencing secret.secretName="s2" ${REST}`,
  },
  { name: 'a listed one', container: byEnv('s1'), want: undefined },
])
  test(`mountable secrets of ephemeral containers: ${name}`, () => {
    assert.equal(
      ephemeralSecretRefusal(account, { containers: [byEnv('s2')], ephemeralContainers: [container] }),
      want,
    );
  });

for (const [text, want] of [
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['yes', 'tRUE', '0', 'false', '', ' true', 'on'].map((text) => [text, false] as const),
  [undefined, false] as const,
])
  test(`the annotation ${JSON.stringify(text)} ${want ? 'enforces' : 'does not enforce'}`, () => {
    const annotations = text === undefined ? {} : { 'kubernetes.io/enforce-mountable-secrets': text };
    assert.equal(enforcesMountableSecrets({ metadata: { annotations } }), want);
  });
