/**
 * Unmodified kubectl of several minor releases against a running server. Each step is one command with the exit code and
 * output a stock cluster gives (spec kubernetes-wire §22.1, §25). Steps of one story build on each other.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Clock, type Mayfly, startMayfly, systemClock } from 'mayfly/testing';
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
}
