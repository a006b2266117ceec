/** The real program as a process of its own: started, talked to by its kubeconfig, and ended in every way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type KubeClient, newKubeClient } from '@mayfly/sdk/kube/client';
import { systemClock } from '../../packages/mayfly/src/clock/clock.ts';
import { newFetcher } from '../../packages/mayfly/src/httpclient/fetch.ts';

const MAIN = join(import.meta.dirname, '../../packages/mayfly/src/main.ts');
const FLAGS = ['--conditions=source', '--disable-warning=ExperimentalWarning'];

/** The tests have variables of their own, such as MAYFLY_KILL_ROUNDS, which the program refuses as unknown settings. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MAYFLY_')));
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class ServerProcess {
  readonly dataDir: string;
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  private constructor(dataDir: string, args: readonly string[]) {
    this.dataDir = dataDir;
    const all = ['up', '--data-dir', dataDir, '--listen', '127.0.0.1:0', ...args];
    this.child = spawn(process.execPath, [...FLAGS, MAIN, ...all], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: withoutSettings(process.env),
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal, ...this.output }));
  }

  /** Starts it without waiting; flags given here win over `--listen 127.0.0.1:0`. */
  static spawn(dataDir: string, args: readonly string[] = []): ServerProcess {
    return new ServerProcess(dataDir, args);
  }

  /** Resolves when it serves. @throws with its stderr when it ends instead */
  static async start(dataDir: string, args: readonly string[] = []): Promise<ServerProcess> {
    const server = new ServerProcess(dataDir, args);
    const lines = createInterface({ input: server.child.stdout ?? process.stdin });
    const ready = new Promise<void>((resolve) => lines.on('line', (line) => line.includes(' is up at ') && resolve()));
    await Promise.race([
      ready,
      server.ended.then(({ code, stderr }) => Promise.reject(new Error(`ended with ${code}: ${stderr}`))),
    ]);
    return server;
  }

  get output(): { readonly stdout: string; readonly stderr: string } {
    return { stdout: this.#stdout, stderr: this.#stderr };
  }

  get kubeconfig(): string {
    return readFileSync(join(this.dataDir, 'kubeconfig'), 'utf8');
  }

  get url(): string {
    return /server: (\S+)/.exec(this.kubeconfig)?.[1] ?? '';
  }

  /** A cluster admin of this server; `close` ends its connections. */
  admin(): { client: KubeClient; close(): void } {
    const field = (name: string): string =>
      Buffer.from(new RegExp(`${name}: (\\S+)`).exec(this.kubeconfig)?.[1] ?? '', 'base64').toString();
    const clientCertificate = { certificate: field('client-certificate-data'), key: field('client-key-data') };
    const ca = field('certificate-authority-data');
    const fetcher = newFetcher({
      clock: systemClock,
      ca,
      clientCertificate,
      timeoutMs: 30_000,
      maxResponseBytes: 2 ** 26,
    });
    return { client: newKubeClient({ baseURL: this.url, fetch: fetcher.fetch }), close: () => fetcher.close() };
  }

  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}
