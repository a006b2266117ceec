/**
 * Manifests and commands as the documents that started this project print them, against a running server. The documents are
 * not part of the repository: the tests take them from `shared/seeds` beside it, and are skipped where it is not.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Clock, type Mayfly, startMayfly, systemClock } from 'mayfly/testing';
import { kubectlBinary } from './install.ts';
import { Kubectl } from './kubectl.ts';

const seeds = ['../shared/seeds', '../../shared/seeds']
  .map((path) => join(import.meta.dirname, '../../..', path))
  .find((path) => existsSync(path));

describe('the seed documents', { skip: seeds === undefined && 'there is no ../shared/seeds' }, () => {
  const texts = documents();
  let mayfly: Mayfly<Clock>;
  let kubectl: Kubectl;

  before(async () => {
    mayfly = await startMayfly({ clock: systemClock });
    kubectl = await Kubectl.open(await kubectlBinary('1.35'), mayfly.kubeconfig);
  });
  after(async () => {
    await kubectl?.[Symbol.asyncDispose]();
    await mayfly?.close();
  });

  /** In the order a reader would apply them; later ones build on earlier ones. */
  for (const { kind, answers, code = 0, change } of [
    { kind: 'ServiceAccount', answers: /^serviceaccount\/build-robot created$/m },
    { kind: 'Pod', answers: /^pod\/nginx created$/m },
    { kind: 'Secret', answers: /^secret\/vault-k8s-auth-secret created$/m },
    // v1beta1 of RBAC went with Kubernetes 1.22: the manifest fails as it is on every server since.
    { kind: 'ClusterRoleBinding', answers: /no matches for kind "ClusterRoleBinding"/, code: 1 },
    { kind: 'ClusterRoleBinding', answers: /role-tokenreview-binding created$/m, change: /v1beta1/ },
  ]) {
    test(`kubectl apply of the ${kind}${change ? ' in the version that exists' : ''} ${code === 0 ? 'works' : 'is refused'}`, async () => {
      const manifest = texts.flatMap(manifests).find((text) => text.includes(`\nkind: ${kind}\n`));
      assert.ok(manifest, `no document has a ${kind}`);
      const file = await kubectl.file(`${kind}.yaml`, change ? manifest.replace(change, 'v1') : manifest);
      const { code: found, stdout, stderr } = await kubectl.run('apply', '-f', file);
      assert.equal(found, code, stdout + stderr);
      assert.match(stdout + stderr, answers);
    });
  }

  test('kubectl create serviceaccount and get, as printed', async () => {
    assert.equal((await run(/kubectl create serviceaccount (\S+)$/m)).stdout, 'serviceaccount/jenkins created\n');
    assert.match((await run(/kubectl get serviceaccounts (\S+) -o yaml$/m)).stdout, /^ {2}name: jenkins$/m);
  });

  test('kubectl create clusterrolebinding, as printed', async () => {
    const command = /kubectl create clusterrolebinding [^$]*?\.\.\./.exec(texts.join('\n'))?.[0] ?? '';
    const args = command.replace('...', '').replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1);
    assert.match((await kubectl.run(...args)).stdout, /vault-client-auth-delegator created/);
  });

  test('a TokenRequest by kubectl create --raw, as printed, and the issuer in the token', async () => {
    const [, request = ''] = /echo '(\{[^']*TokenRequest[^']*\})'/.exec(texts.join('\n')) ?? [];
    const [, path = ''] = /create -f- --raw (\S+)/.exec(texts.join('\n')) ?? [];
    const { stdout, stderr } = await kubectl.run(
      'create',
      '-f',
      await kubectl.file('request.json', request),
      '--raw',
      path,
    );
    const { status } = JSON.parse(stdout || `{"status":"${stderr}"}`) as { status: { token: string } };
    const [, payload = ''] = status.token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss: string };
    const discovery = await run(/kubectl get --raw (\/\.well-known\/openid-configuration)/);
    assert.equal((JSON.parse(discovery.stdout) as { issuer: string }).issuer, claims.iss);
  });

  /** The command that the pattern finds in a document, without what the shell would do with its output. */
  function run(pattern: RegExp): ReturnType<Kubectl['run']> {
    const [command] = pattern.exec(texts.join('\n')) ?? [];
    assert.ok(command, `no document has ${pattern.source}`);
    return kubectl.run(...command.split(' ').slice(1));
  }
});

function documents(): string[] {
  if (seeds === undefined) return [];
  return readdirSync(seeds).map((name) => readFileSync(join(seeds, name), 'utf8'));
}

const YAML_LINE = /^(\s+\S|- |[A-Za-z]+:( |$))/;

/** Runs of lines that begin with `apiVersion:` and are YAML; documents print them without fences. */
function manifests(text: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, start) => {
    if (!/^apiVersion: [a-z0-9./]+( #|$)/.test(line)) return [];
    const length = lines.slice(start).findIndex((next) => !YAML_LINE.test(next));
    return [`${lines.slice(start, length < 0 ? undefined : start + length).join('\n')}\n`];
  });
}
