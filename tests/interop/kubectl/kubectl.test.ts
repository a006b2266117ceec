/**
 * Unmodified kubectl of several minor releases against a running server. Each step is one command with the exit code and
 * output a stock cluster gives (spec kubernetes-wire §22.1, §25). Steps of one story build on each other.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AuditEvent, type Clock, type Mayfly, startMayfly, systemClock } from 'mayfly/testing';
import { KUBECTL_MINORS, type KubectlMinor, kubectlBinary } from './install.ts';
import { Kubectl } from './kubectl.ts';
import { stories } from './stories.ts';

for (const minor of KUBECTL_MINORS) describe(`kubectl ${minor}`, () => runStories(minor));

function runStories(minor: KubectlMinor): void {
  let mayfly: Mayfly<Clock>;
  let kubectl: Kubectl;

  before(async () => {
    mayfly = await startMayfly({ clock: systemClock }); // kubectl and the controllers wait in real time
    kubectl = await Kubectl.open(await kubectlBinary(minor), mayfly.kubeconfig);
  });
  after(async () => {
    await kubectl?.[Symbol.asyncDispose]();
    await mayfly?.close();
  });

  for (const story of stories) {
    if (story.minors !== undefined && !story.minors.includes(minor)) continue;
    test(story.name, async () => {
      for (const [name, text] of Object.entries(story.files ?? {})) await kubectl.file(name, text);
      for (const step of story.steps) {
        const args = typeof step.run === 'string' ? step.run.split(' ') : step.run;
        const result = await kubectl.run(...args);
        const shown = `kubectl ${args.join(' ')}\n${result.stdout}${result.stderr}`;
        assert.equal(result.code, step.code ?? 0, shown);
        if (step.stdout !== undefined) assert.match(result.stdout, step.stdout, shown);
        if (step.stderr !== undefined) assert.match(result.stderr, step.stderr, shown);
        if (step.not !== undefined) assert.doesNotMatch(result.stdout + result.stderr, step.not, shown);
        step.check?.(result.stdout);
      }
    });
  }

  test('delete waits until the finalizer is off', async () => {
    await kubectl.must('create', 'cm', 'held');
    await kubectl.must('patch', 'cm', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":["x.io/y"]}}');
    const deletion = kubectl.run('delete', 'cm', 'held', '--timeout=30s');
    await kubectl.must('wait', '--for=jsonpath={.metadata.deletionTimestamp}', 'cm/held', '--timeout=30s');
    const waiting = kubectl.run('wait', '--for=delete', 'cm/held', '--timeout=30s');
    await kubectl.must('patch', 'cm', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    const [deleted, waited] = await Promise.all([deletion, waiting]);
    assert.deepEqual([deleted.code, waited.code], [0, 0], deleted.stderr + waited.stderr);
  });

  test('get -w shows each change', async () => {
    await kubectl.must('create', 'cm', 'watched');
    const begun = (): number => mayfly.auditEvents.filter(isBegunWatch).length;
    const before = begun();
    const watching = kubectl.run('get', 'cm', 'watched', '-w', '--output-watch-events', '--request-timeout=4s');
    await until(() => begun() > before);
    await kubectl.must('label', 'cm', 'watched', 'a=b');
    await kubectl.must('delete', 'cm', 'watched');
    const { stdout } = await watching;
    assert.match(
      stdout,
      /^EVENT\s+NAME\s+DATA\s+AGE\nADDED\s+watched[\s\S]*MODIFIED\s+watched[\s\S]*DELETED\s+watched/,
    );
  });

  test('apply reads OpenAPI v3 alone; only a List asks v2', async () => {
    const v2 = (): number => mayfly.auditEvents.filter(({ requestURI }) => requestURI.startsWith('/openapi/v2')).length;
    const before = v2();
    await kubectl.file('one.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n');
    for (const outcome of [/created/, /unchanged/])
      assert.match((await kubectl.must('apply', '-f', 'one.yaml')).stdout, outcome);
    assert.equal(v2(), before);
  });
}

function isBegunWatch({ verb, stage }: AuditEvent): boolean {
  return verb === 'watch' && stage === 'ResponseStarted';
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
