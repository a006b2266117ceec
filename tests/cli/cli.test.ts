import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mismatch, newWorkingDirectory, parseScript, runStep } from './script.ts';

for (const name of readdirSync(import.meta.dirname).filter((file) => file.endsWith('.txt'))) {
  test(`tests/cli/${name}`, async (context) => {
    const script = parseScript(readFileSync(join(import.meta.dirname, name), 'utf8'));
    assert.ok(script.steps.length > 0, 'a script without commands proves nothing');
    const directory = newWorkingDirectory(script);
    try {
      for (const step of script.steps) {
        await context.test(`$ ${step.command}`, () => {
          const result = runStep(step, directory.path);
          assert.equal(mismatch(step, result), undefined);
          assert.equal(result.exitCode, step.exitCode);
        });
      }
    } finally {
      directory.remove();
    }
  });
}
