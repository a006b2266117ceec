/** Runs a real kubectl against a running Mayfly, with a home of its own so that nothing of the machine leaks in. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Kubectl implements AsyncDisposable {
  readonly home: string;
  readonly #binary: string;

  private constructor(binary: string, home: string) {
    this.#binary = binary;
    this.home = home;
  }

  static async open(binary: string, kubeconfig: string): Promise<Kubectl> {
    const home = await mkdtemp(join(tmpdir(), 'mayfly-kubectl-'));
    await writeFile(join(home, 'kubeconfig'), kubeconfig, { mode: 0o600 });
    return new Kubectl(binary, home);
  }

  /** Writes a manifest or other file into the home and returns its path. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.home, name);
    await writeFile(path, text);
    return path;
  }

  /** Runs, and fails the test when it does not exit with 0. */
  async must(...args: readonly string[]): Promise<Result> {
    const result = await this.run(...args);
    assert.equal(result.code, 0, `kubectl ${args.join(' ')}\n${result.stdout}${result.stderr}`);
    return result;
  }

  /** Runs to the end, or is killed after 60 s (then the code is -1). */
  run(...args: readonly string[]): Promise<Result> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.#binary, args, {
        cwd: this.home,
        env: {
          PATH: '/usr/bin:/bin',
          HOME: this.home,
          KUBECONFIG: join(this.home, 'kubeconfig'),
          KUBE_EDITOR: 'sed -i s/before/after/',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 60_000,
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.home, { recursive: true, force: true });
  }
}
