/** A stock client-go program, built from its own module, against a running server. See main.go for what it asks. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startMayfly } from 'mayfly/testing';

const run = promisify(execFile);

const BUILD_TIMEOUT_MS = 600_000; // the first build compiles client-go and everything below it

const hasGo = await run('go', ['version']).then(
  () => true,
  () => false,
);
const skip = hasGo || process.env.CI === 'true' ? false : 'go is not installed';

test('client-go: typed and dynamic calls, informer, tokens, leader election, revocation', { skip }, async () => {
  const home = await mkdtemp(join(tmpdir(), 'mayfly-client-go-'));
  const mayfly = await startMayfly();
  try {
    const binary = join(home, 'client-go');
    await run('go', ['build', '-o', binary, '.'], { cwd: import.meta.dirname, timeout: BUILD_TIMEOUT_MS });
    const kubeconfig = join(home, 'kubeconfig');
    await writeFile(kubeconfig, mayfly.kubeconfig, { mode: 0o600 });
    const { stdout } = await run(binary, [kubeconfig]).catch((error: { stdout: string; stderr: string }) =>
      assert.fail(`${error.stdout}${error.stderr}`),
    );
    assert.equal(stdout.match(/^ok: /gm)?.length, 22, stdout);
  } finally {
    await mayfly.close();
    await rm(home, { recursive: true, force: true });
  }
});
