/** A forever token as the Kubernetes documentation makes one: a Secret by hand, then the token out of it. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { KUBECTL_MINORS, type KubectlMinor, kubectlBinary } from './install.ts';
import { Kubectl, type Result } from './kubectl.ts';

const MANIFEST = `apiVersion: v1
kind: Secret
metadata:
  name: build-robot-secret
  annotations:
    kubernetes.io/service-account.name: build-robot
type: kubernetes.io/service-account-token
`;
const CACHE_MS = 10_001;

for (const minor of KUBECTL_MINORS) describe(`kubectl ${minor} and a legacy token`, () => runStory(minor));

function runStory(minor: KubectlMinor): void {
  let mayfly: Mayfly;
  let kubectl: Kubectl;
  let token: string;

  before(async () => {
    mayfly = await startMayfly({ serviceAccountLegacyTokens: 'warn' });
    kubectl = await Kubectl.open(await kubectlBinary(minor), mayfly.kubeconfig);
    await writeFile(join(kubectl.home, 'ca.crt'), mayfly.caCertificate);
    await writeFile(join(kubectl.home, 'none'), '');
  });
  after(async () => {
    await kubectl?.[Symbol.asyncDispose]();
    await mayfly?.close();
  });

  /** With nothing but the token. */
  const asRobot = (...args: string[]): Promise<Result> => {
    const server = ['--server', mayfly.url, '--certificate-authority', 'ca.crt', '--kubeconfig', 'none'];
    return kubectl.run(...server, '--token', token, ...args);
  };
  const review = async (): Promise<string> => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    await kubectl.file('review.json', JSON.stringify(body));
    return (await kubectl.must('create', '-f', 'review.json', '-o', 'jsonpath={.status}')).stdout;
  };

  test('create -f fills the Secret', async () => {
    await kubectl.must('create', 'serviceaccount', 'build-robot');
    await kubectl.must('create', '-f', await kubectl.file('secret.yaml', MANIFEST));
    await kubectl.must('wait', '--for=jsonpath={.data.token}', 'secret/build-robot-secret', '--timeout=30s');
    const described = (await kubectl.must('describe', 'secret', 'build-robot-secret')).stdout;
    assert.match(described, /^Type:\s+kubernetes\.io\/service-account-token$/m);
    assert.match(described, /^ca\.crt:\s+\d+ bytes$/m);
    assert.match(described, /^namespace:\s+7 bytes$/m);
    token = /^token:\s+(\S+)$/m.exec(described)?.[1] ?? '';
    assert.notEqual(token, '');
  });

  test('the token is its service account, and kubectl shows the warning', async () => {
    const { stdout, stderr, code } = await asRobot('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}');
    assert.deepEqual([code, stdout], [0, 'system:serviceaccount:default:build-robot'], stderr);
    assert.match(stderr, /^Warning: This service account token never expires\./m);
    assert.match(await review(), /"authenticated":true.*"username":"system:serviceaccount:default:build-robot"/);
  });

  test('the Secret tells of the use', async () => {
    const path = 'jsonpath={.metadata.labels.kubernetes\\.io/legacy-token-last-used}';
    await kubectl.must('wait', `--for=${path}`, 'secret/build-robot-secret', '--timeout=30s');
    const { stdout } = await kubectl.must('get', 'secret', 'build-robot-secret', '-o', path);
    assert.equal(stdout, new Date(mayfly.clock.nowMs()).toISOString().slice(0, 10));
  });

  test('deleting the Secret ends the token', async () => {
    await kubectl.must('delete', 'secret', 'build-robot-secret');
    mayfly.clock.advance(CACHE_MS);
    const { code, stderr } = await asRobot('auth', 'whoami');
    assert.equal(code, 1);
    assert.match(stderr, /Unauthorized/);
    assert.match(await review(), /"error":"\[invalid bearer token, Token has been invalidated\]"/);
  });

  test('a Secret for an account that does not exist goes away', async () => {
    const manifest = MANIFEST.replace('name: build-robot\n', 'name: nobody\n');
    await kubectl.must('create', '-f', await kubectl.file('nobody.yaml', manifest));
    await kubectl.must('wait', '--for=delete', 'secret/build-robot-secret', '--timeout=30s');
  });
}
